"""What phones sent of a case is thrown away a year after its end."""

from datetime import timedelta

import pytest

from app.models import Outcome, ReportState
from app.ports import ObjectMissing
from app.services.photos.desk import original_of
from app.services.reports import originals
from tests.factories.photos import jpeg
from tests.factories.reports import SENT_AT, make_case_photo, make_report

YEAR = timedelta(days=365)


async def test_originals_go_a_year_after_the_end_of_their_case(session, runtime):
    store = runtime.outside.objects

    async def sent(**case):
        report = await make_report(session, **case)
        photo = await make_case_photo(
            session, report, None, exif_lat=39.74, exif_lon=98.51, exif_taken_at=SENT_AT
        )
        await store.put(original_of(photo.id), jpeg(), media_type="image/jpeg")
        return photo

    closed = {"state": ReportState.CLOSED, "outcome": Outcome.FIXED, "closed_at": SENT_AT}
    old = await sent(**closed)
    later = await sent(**closed, state_at=SENT_AT + timedelta(days=1))
    still_open = await sent(state=ReportState.ACCEPTED)
    await session.commit()

    due = SENT_AT + YEAR + timedelta(hours=1)
    assert await originals.forget(session, store, now=due) == 1
    await session.commit()
    assert await originals.forget(session, store, now=due) == 0

    assert [photo.has_original for photo in (old, later, still_open)] == [False, True, True]
    assert (old.exif_lat, old.exif_lon, old.exif_taken_at) == (None, None, None)
    assert later.exif_lat == 39.74
    with pytest.raises(ObjectMissing):
        await store.get(original_of(old.id))
    assert await store.get(original_of(later.id)) == await store.get(original_of(still_open.id)) == jpeg()
