"""an installation's own words for what people are told.

Revision: 20261122wordings, after 20261122certificates.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261122wordings"
down_revision = "20261122certificates"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '30s'")
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "notification_wordings",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("version", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("title_zh", sa.Text(), nullable=False),
        sa.Column("body_zh", sa.Text(), nullable=False),
        sa.Column("push_zh", sa.Text(), nullable=True),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("body_en", sa.Text(), nullable=False),
        sa.Column("push_en", sa.Text(), nullable=True),
        sa.Column("entered_at", instant, nullable=False),
        sa.Column("entered_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["entered_by"], ["accounts.id"], name=op.f("fk_notification_wordings_entered_by_accounts")
        ),
        sa.PrimaryKeyConstraint("kind", "version", name=op.f("pk_notification_wordings")),
    )
    op.create_table(
        "notification_choices",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("entered_at", instant, nullable=False),
        sa.Column("entered_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["entered_by"], ["accounts.id"], name=op.f("fk_notification_choices_entered_by_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification_choices")),
    )
    op.create_index("ix_notification_choices_kind", "notification_choices", ["kind", "id"])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_table("notification_choices")
    op.drop_table("notification_wordings")
