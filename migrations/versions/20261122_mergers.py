"""mergers of two accounts of one person.

Revision: 20261122mergers, after 20261122oversight.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261122mergers"
down_revision = "20261122oversight"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '30s'")
    op.create_table(
        "account_mergers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("absorbed_id", sa.Uuid(), nullable=False),
        sa.Column("survivor_id", sa.Uuid(), nullable=False),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("records", postgresql.JSONB(none_as_null=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["absorbed_id"], ["accounts.id"], name=op.f("fk_account_mergers_absorbed_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["survivor_id"], ["accounts.id"], name=op.f("fk_account_mergers_survivor_id_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_mergers")),
        sa.UniqueConstraint("absorbed_id", name=op.f("uq_account_mergers_absorbed_id")),
    )
    op.create_index(op.f("ix_account_mergers_survivor_id"), "account_mergers", ["survivor_id"], unique=False)
    op.create_index(op.f("ix_account_mergers_merged_at"), "account_mergers", ["merged_at"], unique=False)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_table("account_mergers")
