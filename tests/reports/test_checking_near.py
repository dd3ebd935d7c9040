"""What waits for a check near by: of more than can be looked at, the nearest."""

from app.models import ReportState
from app.services.reports import checking
from tests.factories.reports import SUZHOU, make_report
from tests.reports import crew


async def test_of_more_than_are_looked_at_the_nearest_are_shown(session, monkeypatch):
    monkeypatch.setattr(checking, "_MOST_LOOKED_AT", 2)
    offsets = (0.004, 0.003, 0.0001, 0.002, 0.0005)
    cases = {
        offset: await make_report(
            session, state=ReportState.RESOLVED, at=SUZHOU._replace(lat=SUZHOU.lat + offset)
        )
        for offset in offsets
    }

    found = await checking.near(session, SUZHOU, by=await crew.staff(session))

    assert [each.report.id for each in found] == [cases[offset].id for offset in (0.0001, 0.0005)]
