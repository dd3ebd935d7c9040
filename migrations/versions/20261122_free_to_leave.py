"""since when a place may be given back because the organiser changed what was agreed.

Revision: 20261122free, after 20261122sums.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261122free"
down_revision = "20261122sums"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '30s'")
    op.add_column("sign_ups", sa.Column("free_to_leave_since", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_column("sign_ups", "free_to_leave_since")
