"""tokens that vendors lend, one an account, shared by all processes.

Revision: 20261122vendors, after 20261122across.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261122vendors"
down_revision = "20261122across"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '30s'")
    op.create_table(
        "vendor_tokens",
        sa.Column("vendor", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("vendor", name=op.f("pk_vendor_tokens")),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_table("vendor_tokens")
