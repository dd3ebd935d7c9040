"""desks of any size.

Revision: 20261122sizes, after 20261122words.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261122sizes"
down_revision = "20261122words"
branch_labels = None
depends_on = None

_OPEN = "state NOT IN ('closed', 'rejected', 'duplicate', 'withdrawn') AND is_confidential IS false"
_ORDER = ["urgency_rank", "queue_at", "id"]
_FILTERS = ["state", "category_id", "unit_id", "assigned_to"]
_PREFECTURE, _COUNTY = sa.text("left(area_code, 4)"), sa.text("left(area_code, 6)")
_NEW = {
    "ix_reports_state": (["state", "submitted_at", "id"], None),
    "ix_reports_prefecture": ([_PREFECTURE, "state", "submitted_at", "id"], None),
    "ix_reports_queue": ([*_ORDER, *_FILTERS], _OPEN),
    "ix_reports_queue_prefecture": ([_PREFECTURE, *_ORDER, *_FILTERS], _OPEN),
    "ix_reports_queue_county": ([_COUNTY, *_ORDER, *_FILTERS], _OPEN),
    "ix_reports_case_worker": (["case_worker_id"], "case_worker_id IS NOT NULL"),
    "ix_reports_supervisor": (["supervisor_id"], "supervisor_id IS NOT NULL"),
}
_OLD = {
    "ix_reports_open_prefecture": ([_PREFECTURE, *_ORDER], _OPEN),
    "ix_reports_open_county": ([_COUNTY, *_ORDER], _OPEN),
}


def upgrade() -> None:
    with op.get_context().autocommit_block():
        _make(_NEW)
        _drop(_OLD)
    # Without it the planner believes that a province has one report in two hundred.
    op.execute("CREATE STATISTICS reports_province ON left(area_code, 2) FROM reports")


def downgrade() -> None:
    op.execute("DROP STATISTICS reports_province")
    with op.get_context().autocommit_block():
        _make(_OLD)
        _drop(_NEW)


def _make(indexes: dict[str, tuple[list[str | sa.TextClause], str | None]]) -> None:
    op.execute("SET lock_timeout = '4s'")
    for name, (columns, where) in indexes.items():
        op.create_index(name, "reports", columns, postgresql_where=where, postgresql_concurrently=True)
    op.execute("RESET lock_timeout")


def _drop(indexes: dict[str, tuple[list[str | sa.TextClause], str | None]]) -> None:
    op.execute("SET lock_timeout = '4s'")
    for name, (_, where) in indexes.items():
        op.drop_index(name, table_name="reports", postgresql_where=where, postgresql_concurrently=True)
    op.execute("RESET lock_timeout")
