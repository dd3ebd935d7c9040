"""Counts of the public map's cells: whatever happens to cases, they are what counting all of them gives."""

import random
from collections import Counter
from datetime import timedelta

import h3.api.basic_int as h3
import pytest
from sqlalchemy import func, select

from app.core.geo import Point
from app.models import Report, ReportMapCount, ReportMapDelta, ReportState
from app.services.reports import boxes, map_counts, mapping
from app.services.reports.boxes import Box
from app.services.reports.cells import cell_of
from app.services.reports.mapping import MapFilter
from app.services.reports.publishing import HIDDEN
from tests.factories.reports import SENT_AT, make_category, make_report

STATES = (ReportState.SUBMITTED, ReportState.IN_PROGRESS, ReportState.RESOLVED, ReportState.REJECTED)
KINDS = ("lamp", "road_damage")
FILTERS = (
    MapFilter(),
    MapFilter(category_ids=("lamp",)),
    MapFilter(states=STATES[:2]),
    MapFilter(category_ids=KINDS, states=(ReportState.RESOLVED, ReportState.REJECTED)),
    MapFilter(since=SENT_AT),
)


def somewhere(dice: random.Random) -> Point:
    """A place in one of three towns, or far from all of them."""
    lat, lon = dice.choice([(39.74, 98.5), (35.54, 106.67), (31.2, 121.5), (45.0, 87.0)])
    return Point(lat + dice.gauss(0, 0.02), lon + dice.gauss(0, 0.02))


def happen(report: Report, dice: random.Random) -> None:
    """Have something happen to a case."""
    match dice.randrange(5):
        case 0:
            report.public_at = None if report.public_at else SENT_AT
        case 1:
            report.state = dice.choice(STATES)
        case 2:
            report.category_id = dice.choice(KINDS)
        case 3:
            report.is_confidential = not report.is_confidential
        case _:
            at = somewhere(dice)
            report.lat, report.lon, report.h3 = at.lat, at.lon, cell_of(at)


def counted(reports: list[Report], wanted: MapFilter, resolution: int) -> Counter[int]:
    """Count the cases one by one."""
    return Counter(
        h3.cell_to_parent(each.h3, resolution)
        for each in reports
        if each.public_at is not None
        and not each.is_confidential
        and each.state not in HIDDEN
        and (not wanted.category_ids or each.category_id in wanted.category_ids)
        and (not wanted.states or each.state in wanted.states)
        and (wanted.since is None or each.submitted_at >= wanted.since)
    )


@pytest.mark.parametrize("seed", range(2))
async def test_counts_are_those_of_who_counts_every_case(session, monkeypatch, seed):
    monkeypatch.setattr(mapping, "SMALLEST_COUNT", 1)
    dice = random.Random(seed)
    for kind in KINDS:
        await make_category(session, kind)
    reports = [
        await make_report(
            session,
            at=somewhere(dice),
            category_id=dice.choice(KINDS),
            state=dice.choice(STATES),
            public_at=dice.choice([None, SENT_AT, SENT_AT]),
            submitted_at=SENT_AT + timedelta(hours=dice.choice([-1, 1])),
        )
        for _ in range(40)
    ]

    for turn in range(6):
        for report in dice.sample(reports, 15):
            happen(report, dice)
        await session.flush()
        if turn % 2:
            await map_counts.fold(session, now=SENT_AT)
            assert await session.scalar(select(func.count()).select_from(ReportMapDelta)) == 0
        for zoom in (0, 3, 5, 8, 11, 13):
            resolution = boxes.drawn_at(zoom)
            wide = min(60.0, 3600 / 2**zoom) / 2.1
            lat, lon = dice.choice([(39.74, 98.5), (36.0, 103.0), (35.54, 106.67)])
            box = Box(lon - wide, max(lat - wide, -85), lon + wide, min(lat + wide, 85))
            for wanted in FILTERS:
                cells = await mapping.cells(session, box, wanted, resolution=resolution)
                by_hand = counted(reports, wanted, resolution)
                expected = {cell: count for cell, count in by_hand.items() if boxes.is_in(box, cell)}
                assert {each.cell: each.count for each in cells} == expected, (zoom, wanted)

    below_none = select(func.count()).select_from(ReportMapCount).where(ReportMapCount.count < 0)
    assert await session.scalar(below_none) == 0
