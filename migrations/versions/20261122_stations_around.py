"""an index of where stations stand, for reports where no grid is drawn.

Revision: 20261122around, after 20261122offers.
"""

from alembic import op

revision = "20261122around"
down_revision = "20261122offers"
branch_labels = None
depends_on = None

_NAME = "ix_stations_lat_lon"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '4s'")
        op.create_index(_NAME, "stations", ["lat", "lon"], postgresql_concurrently=True)
        op.execute("RESET lock_timeout")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '4s'")
        op.drop_index(_NAME, table_name="stations", postgresql_concurrently=True)
        op.execute("RESET lock_timeout")
