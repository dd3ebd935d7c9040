"""training, commendation and evaluation of volunteers.

Revision: 20261122remarks, after 20261122ontheway.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261122remarks"
down_revision = "20261122ontheway"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '30s'")
    op.create_table(
        "ledger_remarks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "training",
                "commendation",
                "evaluation",
                name="remarkkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("entered_by", sa.Uuid(), nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["book_id"], ["ledger_books.id"], name=op.f("fk_ledger_remarks_book_id_ledger_books")
        ),
        sa.ForeignKeyConstraint(
            ["entered_by"], ["accounts.id"], name=op.f("fk_ledger_remarks_entered_by_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["ledger_subjects.id"], name=op.f("fk_ledger_remarks_subject_id_ledger_subjects")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_remarks")),
    )
    op.create_index("ix_ledger_remarks_subject", "ledger_remarks", ["subject_id", "given_on"], unique=False)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_table("ledger_remarks")
