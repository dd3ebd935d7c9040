"""Who hears of hours: the volunteer of what was taken away, the staff of a dispute, nobody twice."""

from uuid import uuid4

from sqlalchemy import func, select

from app.core.actor import Actor, Role
from app.core.clock import utc_now
from app.jobs.delivery import deliver
from app.jobs.reactions import REACTIONS
from app.models import Notification, Provenance
from tests.factories.accounts import make_account
from tests.factories.ledger import make_book, make_hours, make_subject
from tests.factories.stations import COMMUNITY, make_area
from tests.factories.volunteering import make_liaison, make_organisation
from tests.reports.desks import staff_of


async def test_the_volunteer_hears_what_was_taken_away_and_the_staff_of_disputes(
    session, client_for, runtime
):
    await make_area(session)
    boss = await staff_of(session, COMMUNITY, name="李主任")
    account = await make_account(session)
    book, subject = await make_book(session), await make_subject(session, account.id)
    [typed] = await make_hours(session, book, subject, provenance=Provenance.MANUAL, reason="没电")
    [coded] = await make_hours(session, book, subject)
    await session.commit()
    staff, rider = client_for(boss), client_for(Actor(account.id))

    await staff.post(f"/v1/ledger/entries/{typed.id}/refuse", json={"reason": "登记表上没有"})
    said = {"id": str(uuid4()), "book_id": str(book.id), "entry_id": str(typed.id), "text": "我在的"}
    await rider.post("/v1/ledger/me/disputes", json=said)
    given = {"is_upheld": False, "text": "登记表上没有签名"}
    await staff.post(f"/v1/ledger/disputes/{said['id']}/answer", json=given)
    await staff.post(f"/v1/ledger/entries/{coded.id}/void", json={"reason": "重复"})
    while await deliver(runtime.db, REACTIONS, now=utc_now()):
        pass

    async def heard(account_id):
        query = select(Notification.kind).where(Notification.account_id == account_id)
        return list(await session.scalars(query.order_by(Notification.id)))

    assert await heard(account.id) == ["hours.refused", "hours.dispute_answered", "hours.voided"]
    assert await heard(boss.account_id) == ["hours.disputed"]


async def test_those_who_may_decide_hear_once_a_day_that_hours_wait(session, client_for, runtime):
    await make_area(session)
    above = await make_organisation(session, area_code=COMMUNITY[:6])
    liaison = (await make_account(session)).id
    await make_liaison(session, above, liaison)
    parent = await make_book(session, id=above.id, area_code=COMMUNITY[:6])
    book = await make_book(session, parent_id=parent.id)
    clerk, second = [await staff_of(session, COMMUNITY, name=name) for name in ("甲", "乙")]
    officer = await staff_of(session, COMMUNITY[:6], role=Role.DISTRICT_OFFICER, name="区干部")
    subject = await make_subject(session, (await make_account(session)).id)
    await session.commit()
    typed_by = client_for(clerk)
    for minutes in (60, 14 * 60):
        given = {
            "id": str(uuid4()), "volunteer_id": str(subject.id), "served_on": "2026-11-18", "reason": "没电",
            "minutes": minutes, "activity": "清扫楼道", "provenance": "manual",
        }  # fmt: skip
        typed = await typed_by.post(f"/v1/ledger/books/{book.id}/recordings", json=given)
        assert typed.status_code == 201, typed.text
    while await deliver(runtime.db, REACTIONS, now=utc_now()):
        pass

    query = select(Notification.account_id, func.count()).where(Notification.kind == "hours.waiting")
    told = dict((await session.execute(query.group_by(Notification.account_id))).all())
    # The second person, the organisation above, and the district: for 8 to 12 hours and for what is above.
    assert told == {second.account_id: 1, liaison: 1, officer.account_id: 2}
