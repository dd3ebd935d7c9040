"""since when an activity is public.

Revision: 20261122published, after 20261122hoursday.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261122published"
down_revision = "20261122hoursday"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '30s'")
    op.add_column(
        "volunteer_activities", sa.Column("published_at", sa.DateTime(timezone=True), nullable=True)
    )
    # Of what was called off only what somebody signed up for or an area decided is known to have been public.
    op.execute(
        """
        UPDATE volunteer_activities AS a SET published_at = coalesce(decided_at, made_at)
        WHERE state = 'published' OR (state = 'cancelled' AND (
            decided_at IS NOT NULL OR EXISTS (SELECT FROM sign_ups s WHERE s.activity_id = a.id)))
        """
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_column("volunteer_activities", "published_at")
