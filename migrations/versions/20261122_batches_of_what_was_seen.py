"""which version of each case of a batch was seen, and who changed it meanwhile.

Revision: 20261122seen, after 20261122phones.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261122seen"
down_revision = "20261122phones"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '30s'")
    op.add_column("report_batch_items", sa.Column("version", sa.BigInteger(), nullable=True))
    op.add_column("report_batch_items", sa.Column("editor_id", sa.Uuid(), nullable=True))
    possible = postgresql.JSONB(none_as_null=True, astext_type=sa.Text())
    op.add_column("report_batch_items", sa.Column("possible", possible, nullable=True))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '30s'")
    op.drop_column("report_batch_items", "possible")
    op.drop_column("report_batch_items", "editor_id")
    op.drop_column("report_batch_items", "version")
