"""Revisions that fill new tables from what there was."""

from alembic import command

from tests.architecture.test_migrations import ask, in_thread
from tests.conftest import _run_sql

_AREA = """
INSERT INTO areas (code, name, level, kind, valid_from, source)
VALUES ('62', '甘肃', 1, 'official', '2000-01-01', 'test')
"""
_STATION = """
INSERT INTO stations (id, code, name, kind, status, area_code, address, lat, lon, given_lat, given_lon,
  given_coord_type, floor_text, indoor_note, entry_requirements, accessibility, photo_urls, operators,
  service_items, phone, geofence_m, opening_hours, holiday_policy, holiday_hours, makeup_policy,
  shelter_reason, code_secret, is_invented, version, changed_at, created_at)
SELECT gen_random_uuid(), status, 'x', 'warm_station', status, '62', 'x', 39, 98, 39, 98, 'wgs84', '', '',
  '[]', '[]', '[]', '[]', '[]', '', 120, 'Mo-Fr 08:00-18:00', 'closed', '', 'as_weekend', '', '', false, 1,
  '2026-03-01Z', '2026-01-01Z'
FROM unnest(ARRAY['in_service', 'removed', 'planned']) AS status
"""


async def test_stations_promise_todays_hours_for_all_the_time_before(own_url: str) -> None:
    await in_thread(command.downgrade, own_url, "20261122doors")
    await _run_sql(own_url, _AREA, _STATION)

    await in_thread(command.upgrade, own_url, "head")

    kept = await ask(
        own_url,
        "SELECT code, valid_from::date::text, valid_to::date::text, h.opening_hours FROM station_hours h"
        " JOIN stations s ON s.id = station_id ORDER BY code",
    )
    assert [tuple(row) for row in kept] == [
        ("in_service", "2026-01-01", None, "Mo-Fr 08:00-18:00"),
        ("removed", "2026-01-01", "2026-03-01", "Mo-Fr 08:00-18:00"),
    ]
