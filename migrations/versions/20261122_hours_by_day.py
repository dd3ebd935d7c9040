"""hours by day.

Revision: 20261122hoursday, after 20261122manycases.
"""

from alembic import op

revision = "20261122hoursday"
down_revision = "20261122manycases"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '4s'")
        op.create_index(
            "ix_ledger_entries_day", "ledger_entries", ["served_on"], postgresql_concurrently=True
        )
        op.execute("RESET lock_timeout")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_index("ix_ledger_entries_day", table_name="ledger_entries")
