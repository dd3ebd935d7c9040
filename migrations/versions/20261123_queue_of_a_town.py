"""the queue of a town, read from its county's.

Revision: 20261123towns, after 20261123addresses.
"""

from alembic import op
from sqlalchemy import TextClause, text

revision = "20261123towns"
down_revision = "20261123addresses"
branch_labels = None
depends_on = None

_OPEN = "state NOT IN ('closed', 'rejected', 'duplicate', 'withdrawn') AND is_confidential IS false"
_ORDER: list[str | TextClause] = [text("left(area_code, 6)"), "urgency_rank", "queue_at", "id"]
_FILTERS: list[str | TextClause] = ["state", "category_id", "unit_id", "assigned_to"]
_OLD, _OLD_COLUMNS = "ix_reports_queue_county", [*_ORDER, *_FILTERS]
_NEW, _NEW_COLUMNS = "ix_reports_queue_county_area", [*_ORDER, "area_code", *_FILTERS]


def upgrade() -> None:
    _make_and_drop(_NEW, _NEW_COLUMNS, _OLD)


def downgrade() -> None:
    _make_and_drop(_OLD, _OLD_COLUMNS, _NEW)


def _make_and_drop(new: str, columns: list[str | TextClause], old: str) -> None:
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '4s'")
        op.create_index(new, "reports", columns, postgresql_where=_OPEN, postgresql_concurrently=True)
        op.drop_index(old, table_name="reports", postgresql_where=_OPEN, postgresql_concurrently=True)
        op.execute("RESET lock_timeout")
