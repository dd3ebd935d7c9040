"""places from addresses.

Revision: 20261123addresses, after 20261122queue.
"""

from alembic import op

from app.core.migrate import allow_values

revision = "20261123addresses"
down_revision = "20261122queue"
branch_labels = None
depends_on = None

_BEFORE = ("inside", "nearest", "declared", "station", "moved")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '30s'")
    allow_values("reports", "ck_reports_placedby", *_BEFORE, "address", column="placed_by")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("UPDATE reports SET placed_by = 'declared' WHERE placed_by = 'address'")
    allow_values("reports", "ck_reports_placedby", *_BEFORE, column="placed_by")
