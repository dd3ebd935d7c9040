"""photos of stations and of what is broken there; pictures elsewhere only at https addresses.

Revision: 20261122album, after 20261122feeds.
"""

import sqlalchemy as sa
from alembic import op

from app.core.migrate import allow_values

revision = "20261122album"
down_revision = "20261122feeds"
branch_labels = None
depends_on = None

_PURPOSES = ("report", "resolution", "verification", "update", "amenity")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '30s'")
    op.add_column("station_amenities", sa.Column("photo_id", sa.Uuid(), nullable=True))
    # A phone does not load what anybody on its way could exchange.
    op.execute("UPDATE station_amenities SET photo_url = '' WHERE photo_url LIKE 'http://%'")
    op.execute(
        "UPDATE stations SET photo_urls = jsonb_path_query_array(photo_urls, '$[*] ? (@ starts with \"https://\")')"
        " WHERE jsonb_path_exists(photo_urls, '$[*] ? (@ starts with \"http://\")')"
    )
    allow_values("photos", "ck_photos_photopurpose", *_PURPOSES, "station", column="purpose")
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '4s'")
        op.create_index(
            "ix_station_amenities_photo",
            "station_amenities",
            ["photo_id"],
            postgresql_where="photo_id IS NOT NULL",
            postgresql_concurrently=True,
        )
        op.create_index(
            "ix_photos_of_stations",
            "photos",
            ["attached_at", "id"],
            postgresql_where="purpose IN ('amenity', 'station') AND attached_at IS NOT NULL",
            postgresql_concurrently=True,
        )
        op.execute("RESET lock_timeout")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_index("ix_photos_of_stations", table_name="photos")
    op.drop_index("ix_station_amenities_photo", table_name="station_amenities")
    op.drop_column("station_amenities", "photo_id")
    op.execute("UPDATE photos SET purpose = 'amenity' WHERE purpose = 'station'")
    allow_values("photos", "ck_photos_photopurpose", *_PURPOSES, column="purpose")
