"""who lies across the street; where those who take cases out hold office.

Revision: 20261122across, after 20261122heirs.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261122across"
down_revision = "20261122heirs"
branch_labels = None
depends_on = None

_HAS_NEIGHBOURS = "neighbour_codes <> '[]'::jsonb"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.add_column("case_disclosures", sa.Column("area_code", sa.Text(collation="C"), nullable=True))
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '4s'")
        op.create_index(
            "ix_reports_neighbours",
            "reports",
            ["neighbour_codes"],
            postgresql_using="gin",
            postgresql_where=_HAS_NEIGHBOURS,
            postgresql_concurrently=True,
        )
        op.execute("RESET lock_timeout")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_index("ix_reports_neighbours", table_name="reports", postgresql_where=_HAS_NEIGHBOURS)
    op.drop_column("case_disclosures", "area_code")
