"""how long a task on the way takes.

Revision: 20261122ontheway, after 20261122attendance.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261122ontheway"
down_revision = "20261122attendance"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '30s'")
    op.add_column("volunteer_activities", sa.Column("task_minutes", sa.SmallInteger(), nullable=True))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_column("volunteer_activities", "task_minutes")
