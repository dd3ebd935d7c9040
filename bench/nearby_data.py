"""Stations for the benches: towns and the land between, hours and amenities as offices have them."""

import asyncio
import random

import asyncpg
from sqlalchemy import make_url

from app.core import migrate
from app.core.embedded import EmbeddedPostgres

AREA = "620902006001"
# Cities of the north-west and beyond; seven of ten stations stand in one.
CITIES = [
    (39.74, 98.51), (36.06, 103.83), (34.58, 105.72), (35.54, 106.67), (35.58, 104.63), (38.52, 102.19),
    (37.93, 102.64), (38.93, 100.45), (33.53, 109.88), (34.27, 108.95), (36.62, 101.78), (38.47, 106.27),
    (39.90, 116.40), (31.23, 121.47), (23.13, 113.26), (30.57, 104.07), (29.56, 106.55), (30.59, 114.31),
    (32.06, 118.80), (34.75, 113.63), (43.83, 87.62), (25.04, 102.71), (45.80, 126.53), (41.80, 123.43),
]  # fmt: skip
SELECTIVE = "battery_swap"  # seven stations of a thousand have it
_SHARES = {
    "hot_water": 0.95, "phone_charging": 0.9, "seats": 0.9, "microwave": 0.6, "first_aid": 0.59,
    "wifi": 0.5, "toilet": 0.4, "tyre_pump": 0.2, "aed": 0.1, "shower": 0.03, SELECTIVE: 0.007,
}  # fmt: skip

_STATIONS_FROM = """
INSERT INTO areas (code, name, level, kind, valid_from, source)
  VALUES ('{area}', '测试社区', 5, 'official', '2000-01-01', 'bench');
INSERT INTO stations (id, code, name, kind, status, area_code, address, lat, lon, given_lat, given_lon,
    given_coord_type, floor_text, indoor_note, entry_requirements, accessibility, photo_urls, operators,
    service_items, phone, seats, geofence_m, opening_hours, holiday_policy, holiday_hours, makeup_policy,
    shelter_reason, code_secret, is_invented, version, changed_at, created_at)
  SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'B' || n, '金泉路暖蜂驿站' || n,
    (ARRAY['union_station', 'warm_station', 'red_station', 'driver_home'])[1 + n % 4], 'in_service', '{area}',
    '肃州区西南街街道金泉路' || n || '号', lat, lon, lat, lon, 'wgs84',
    CASE WHEN n % 5 = 0 THEN 'B1' ELSE '' END, CASE WHEN n % 5 = 0 THEN '由三号门进' ELSE '' END,
    '[]', '[]', '[]', '[]', '[]', '', 4 + n % 20, 120,
    (ARRAY['24/7', 'Mo-Su 08:00-20:00', 'Mo-Fr 08:30-18:00', 'Mo-Su 07:00-23:00', 'Mo-Su 09:00-21:00',
           'Mo-Fr 08:30-12:00,14:30-18:00; Sa 09:00-12:00', 'Mo-Su 00:00-24:00'])[1 + n % 7],
    'same', '', 'as_weekend', '', 'secret', true, 1, now(), now()
  FROM (VALUES {values}) AS placed (n, lat, lon);
"""


async def furnish(postgres: EmbeddedPostgres, database: str, stations: int) -> str:
    """Make a database with that many stations and return its address."""
    await run_sql(postgres.url(), f"CREATE DATABASE {database}")
    url = postgres.url(database)
    await asyncio.to_thread(migrate.upgrade, url)
    await run_sql(url, _places(stations))
    for amenity, share in _SHARES.items():
        await run_sql(
            url,
            "INSERT INTO station_amenities (station_id, amenity, state, note, photo_url, state_at) "
            f"SELECT id, '{amenity}', 'works', '', '', now() FROM stations WHERE random() < {share}",
        )
    await run_sql(
        url,
        "INSERT INTO occupancies (station_id, open_visits, correction, peak, observed_at, changed_at) "
        "SELECT id, (random() * 12)::int, 0, 0, now(), now() FROM stations WHERE random() < 0.7; ANALYZE",
    )
    return url


def _places(stations: int) -> str:
    rng = random.Random(42)
    rows = []
    for number in range(stations):
        if number % 10 < 7:
            city = CITIES[number % len(CITIES)]
            lat, lon = city[0] + rng.gauss(0, 0.05), city[1] + rng.gauss(0, 0.06)
        else:
            lat, lon = rng.uniform(24, 44), rng.uniform(85, 123)
        rows.append(f"({number},{lat:.6f},{lon:.6f})")
    return _STATIONS_FROM.format(area=AREA, values=",".join(rows))


async def run_sql(url: str, text: str) -> None:
    """Run statements on one connection."""
    dsn = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(text)
    finally:
        await connection.close()


def coordinates(count: int) -> list[tuple[float, float]]:
    """Return places where riders ask: mostly in towns."""
    rng = random.Random(7)
    places = []
    for _ in range(count):
        city = rng.choice(CITIES)
        places.append((city[0] + rng.gauss(0, 0.06), city[1] + rng.gauss(0, 0.07)))
    return places
