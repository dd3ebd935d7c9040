"""sums of counts.

Revision: 20261122sums, after 20261122remarks.
"""

from alembic import op

revision = "20261122sums"
down_revision = "20261122remarks"
branch_labels = None
depends_on = None

_ADD = """
INSERT INTO report_counts AS kept (town_code, state, urgency_rank, count)
SELECT left(town_code, digits), state, urgency_rank, sum(count)
FROM report_counts, unnest(ARRAY[6, 4, 2]) AS digits
WHERE length(town_code) > digits
GROUP BY 1, 2, 3
ON CONFLICT (town_code, state, urgency_rank) DO UPDATE SET count = kept.count + excluded.count
"""
# A county has cases of its own, of which no town is known: what is left when its towns' are taken from it.
_TAKE = """
UPDATE report_counts AS wide SET count = wide.count - coalesce((
    SELECT sum(count) FROM report_counts AS town
    WHERE length(town.town_code) = %(narrow)s AND left(town.town_code, %(wide)s) = wide.town_code
        AND (town.state, town.urgency_rank) = (wide.state, wide.urgency_rank)
), 0)
WHERE length(wide.town_code) = %(wide)s
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("LOCK TABLE report_counts IN EXCLUSIVE MODE")
    op.execute(_ADD)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("LOCK TABLE report_counts IN EXCLUSIVE MODE")
    # The widest first: each still holds all of what lies below it.
    for wide, narrow in ((2, 4), (4, 6), (6, 9)):
        op.execute(_TAKE % {"wide": wide, "narrow": narrow})
