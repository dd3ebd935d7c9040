"""What should be looked at: odd shifts and books, by those who run them, and nothing follows by itself."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from app.core.actor import Actor
from app.core.geo import Point
from app.models import Attendance, EvidenceGrade, LedgerBook, PlaceKind, Provenance
from app.services.attendance.anomalies import at_night
from tests.attendance.scene import EVENING, MINUTES, Evening
from tests.factories.accounts import make_account
from tests.factories.ledger import make_hours, make_subject
from tests.factories.stations import COMMUNITY, make_station
from tests.factories.volunteering import make_activity, make_role, make_shift, make_sign_up
from tests.reports.desks import staff_of

PATH = "/v1/attendance/anomalies"
NOVEMBER = {"since": "2026-11-01", "until": "2026-12-01"}


_ENDLESS = {"since": "9999-12-01", "until": "9999-12-31"}


async def test_what_is_odd_is_listed_for_whoever_runs_it(session, client_for, clock):
    evening = await Evening(session, client_for, clock).set_up()
    phone = uuid4()

    async def attend(role, in_at, out_at, account_id=None, **given):
        sign_up = await make_sign_up(session, role, account_id)
        values = {
            "sign_up_id": sign_up.id,
            "shift_id": sign_up.shift_id,
            "account_id": sign_up.account_id,
            "in_id": uuid4(),
            "in_at": in_at,
            "in_received_at": in_at,
            "in_offline": False,
            "in_provenance": Provenance.CODE,
            "in_grade": EvidenceGrade.B,
            "out_id": uuid4(),
            "out_at": out_at,
            "out_received_at": out_at,
            "out_offline": False,
            "out_provenance": Provenance.CODE,
            "out_grade": EvidenceGrade.B,
        }
        session.add(Attendance(**{**values, **given}))
        await session.flush()
        return sign_up.account_id

    end = EVENING + timedelta(minutes=MINUTES)
    for number in range(5):
        await attend(evening.role, EVENING, end, device_id=phone if number < 2 else None)
    traveller = await attend(evening.role, EVENING - timedelta(minutes=7), end, is_doubtful=True)
    # The same evening, 300 km to the east, ten minutes after the shift.
    station = await make_station(session, at=Point(39.7, 102.0))
    far = await make_activity(
        session, evening.team, place_kind=PlaceKind.STATION, station_id=station.id, lat=None, lon=None
    )
    role = await make_role(session, await make_shift(session, far, end + timedelta(minutes=10)), places=9)
    await attend(role, end + timedelta(minutes=10), end + timedelta(hours=2), traveller)
    subject = await make_subject(session, (await make_account(session)).id)
    book = LedgerBook(
        id=evening.organisation.id,
        name="测试社区",
        area_code=COMMUNITY,
        responsible="赵负责",
        phone="110",
        head_hash=bytes(32),
        head_seq=0,
        opened_at=EVENING,
    )
    session.add(book)
    await session.flush()
    staff, second = [await staff_of(session, COMMUNITY, name=name) for name in ("甲", "乙")]
    await make_hours(session, book, subject, 60)
    [typed] = await make_hours(session, book, subject, 40, provenance=Provenance.MANUAL, reason="没电")
    await session.commit()
    boss = client_for(staff)
    approved = await client_for(second).post(f"/v1/ledger/entries/{typed.id}/approve", json={})
    assert approved.status_code == 200

    told = (await boss.get(PATH, params=NOVEMBER)).json()["anomalies"]
    shift, elsewhere = str(evening.shift.id), str(role.shift_id)
    assert [
        (each["kind"], each["shift_id"] or each["book_id"], each["people"], each["detail"]) for each in told
    ] == [
        ("same_device", shift, 2, ""),
        ("identical_times", shift, 5, "18:30–00:40"),
        ("mock_position", shift, 1, ""),
        ("night", elsewhere, 1, ""),
        ("impossible_travel", elsewhere, 1, ""),
        ("manual_share", str(book.id), 0, "40/100"),
    ]
    assert (await evening.organiser.get(PATH, params=NOVEMBER)).json()["anomalies"][0][
        "kind"
    ] == "same_device"
    stranger = client_for(Actor((await make_account(session)).id))
    await session.commit()
    assert (await stranger.get(PATH, params=NOVEMBER)).json()["anomalies"] == []
    october = {"since": "2026-10-01", "until": "2026-10-31"}
    assert (await boss.get(PATH, params=october)).json()["anomalies"] == []
    for bad in ({**NOVEMBER, "until": "2026-10-01"}, {**NOVEMBER, "until": "2027-11-01"}, _ENDLESS):
        assert (await boss.get(PATH, params=bad)).status_code == 422


def test_the_night_is_from_midnight_to_five_in_china():
    def hours(since, until):
        day = datetime(2026, 11, 30, tzinfo=UTC)
        return at_night(day + timedelta(hours=since), day + timedelta(hours=until)) / timedelta(hours=1)

    # 16:00 UTC is midnight in China, 21:00 is five in the morning.
    assert [hours(*each) for each in ((10, 16), (10, 16.5), (17, 30), (-10, 40), (21, 22))] == [
        0,
        0.5,
        4,
        10,
        0,
    ]
