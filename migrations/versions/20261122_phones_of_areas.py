"""phones of areas.

Revision: 20261122phones, after 20261122published.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261122phones"
down_revision = "20261122published"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '30s'")
    op.create_table(
        "area_phones",
        sa.Column("area_code", sa.Text(collation="C"), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["area_code"], ["areas.code"], name=op.f("fk_area_phones_area_code_areas")),
        sa.PrimaryKeyConstraint("area_code", "service", name=op.f("pk_area_phones")),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_table("area_phones")
