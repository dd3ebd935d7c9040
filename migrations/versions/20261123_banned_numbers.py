"""numbers whose accounts were deleted under a ban.

Revision: 20261123numbers, after 20261123codes.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261123numbers"
down_revision = "20261123codes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '30s'")
    op.create_table(
        "banned_numbers",
        sa.Column("phone_hash", sa.LargeBinary(), nullable=False),
        sa.Column("area_code", sa.Text(collation="C"), nullable=True),
        sa.Column("banned_by", sa.Uuid(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("forget_after", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["banned_by"], ["accounts.id"], name=op.f("fk_banned_numbers_banned_by_accounts")
        ),
        sa.PrimaryKeyConstraint("phone_hash", name=op.f("pk_banned_numbers")),
    )
    op.create_index(op.f("ix_banned_numbers_forget_after"), "banned_numbers", ["forget_after"])


def downgrade() -> None:
    op.drop_table("banned_numbers")
