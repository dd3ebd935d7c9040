"""Revisions that fill new tables from what there was."""

import h3.api.basic_int as h3
from alembic import command

from app.core.geo import Point
from app.models.reports.mapping import KEPT_AT
from app.services.reports.cells import cell_of
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


_CATEGORY = """
INSERT INTO categories (id, standard_ref, kind, code, is_local_extension, "group", name_zh, name_en, hint_zh,
  hint_en, icon, urgency, is_confidential, phones, questions, handled_by, position, version, is_active,
  changed_at)
VALUES ('lamp', 'x', 'matter', NULL, true, 'x', 'x', 'x', '', '', 'x', 'normal', false, '[]', '[]', 'x', 1, 1,
  true, now())
"""
_REPORTS = """
INSERT INTO reports (id, state, state_at, category_id, category_version, urgency, is_confidential,
  is_escalated, is_trust_low, lat, lon, h3, given_lat, given_lon, given_coord_type, is_pin_moved, address,
  area_code, grid_ids, placed_by, description, answers, captured_at, captured_offline, submitted_at,
  is_due_provisional,
  is_designated, return_count, reopened_count, public_at, version, changed_at)
SELECT gen_random_uuid(), state, now(), 'lamp', 1, 'normal', false, false, false, 39, 98, %d, 39, 98, 'wgs84',
  false, '', '62', '[]', 'inside', '', '{}', now(), false, now(), false, false, 0, 0, public_at, 1, now()
FROM (VALUES ('submitted', now()), ('submitted', now()), ('in_progress', now()), ('withdrawn', now()),
  ('submitted', NULL)) AS each (state, public_at)
"""


async def test_what_is_public_already_is_counted_for_the_map(own_url: str) -> None:
    await in_thread(command.downgrade, own_url, "20261122volunteers")
    cell = cell_of(Point(39, 98))
    await _run_sql(own_url, _AREA, _CATEGORY, _REPORTS % cell)

    await in_thread(command.upgrade, own_url, "head")

    kept = await ask(own_url, "SELECT category_id, state, cell, count FROM report_map_counts")
    sums = {("lamp", "submitted"): 2, ("lamp", "in_progress"): 1, ("lamp", ""): 3}
    sums |= {("", "submitted"): 2, ("", "in_progress"): 1, ("", ""): 3}
    assert {tuple(row) for row in kept} == {
        (*key, h3.cell_to_parent(cell, level), count) for key, count in sums.items() for level in KEPT_AT
    }


async def test_counts_of_towns_become_those_of_provinces_and_back(own_url: str) -> None:
    counted = "SELECT town_code, count FROM report_counts WHERE count <> 0 ORDER BY 1"
    towns = [("620902", 1), ("620902006", 3), ("620902007", 4), ("620102001", 5)]
    values = ", ".join(f"('{code}', 'submitted', 2, {count})" for code, count in towns)
    await in_thread(command.downgrade, own_url, "20261122remarks")
    await _run_sql(
        own_url, f"INSERT INTO report_counts (town_code, state, urgency_rank, count) VALUES {values}"
    )

    await in_thread(command.upgrade, own_url, "20261122sums")
    kept = dict(map(tuple, await ask(own_url, counted)))
    assert kept == {**dict(towns), "62": 13, "6209": 8, "6201": 5, "620902": 8, "620102": 5}

    await in_thread(command.downgrade, own_url, "20261122remarks")
    assert sorted(tuple(row) for row in await ask(own_url, counted)) == sorted(towns)
