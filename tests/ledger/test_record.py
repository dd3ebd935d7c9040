"""One's own record: all five blocks of the law, for oneself alone."""

from uuid import uuid4

from app.core.actor import Actor
from tests.factories.accounts import make_account
from tests.factories.ledger import make_book, make_hours, make_subject
from tests.factories.stations import COMMUNITY
from tests.factories.volunteering import make_member, make_team
from tests.reports.desks import staff_of


async def test_ones_own_record_holds_all_five_blocks(session, client_for):
    account, book = await make_account(session), await make_book(session)
    subject = await make_subject(session, account.id)
    await make_hours(session, book, subject, 90)
    await make_member(session, await make_team(session), account.id)
    staff = client_for(await staff_of(session, COMMUNITY))
    stranger = client_for(await staff_of(session, "620921001001", name="外人"))
    rider = client_for(Actor(account.id))
    await session.commit()
    path = f"/v1/ledger/books/{book.id}/remarks"
    said = {
        kind: {
            "id": str(uuid4()),
            "volunteer_id": str(subject.id),
            "kind": kind,
            "text": text,
            "given_on": "2026-11-18",
        }
        for kind, text in (
            ("training", "急救培训 4 学时"),
            ("commendation", "年度优秀志愿者"),
            ("evaluation", "守时,联系 13912345678"),
        )
    }
    for each in said.values():
        first, again = [await staff.post(path, json=each) for _ in range(2)]
        assert (first.status_code, first.json()) == (201, again.json()), first.text
    assert (await stranger.post(path, json=said["training"])).status_code == 404
    future = {**said["training"], "id": str(uuid4()), "given_on": "2100-01-01"}
    assert (await staff.post(path, json=future)).json()["code"] == "ledger.remark_impossible"
    changed = await staff.post(path, json={**said["training"], "text": "8 学时"})
    assert changed.json()["code"] == "idempotency_key_reused"
    withdraw = f"/v1/ledger/remarks/{said['commendation']['id']}/withdraw"
    assert (await stranger.post(withdraw)).status_code == 404
    assert (await staff.post(withdraw)).status_code == 200

    response = await rider.get("/v1/ledger/me/record")
    record = response.json()
    assert response.headers["cache-control"] == "no-store"
    assert set(record) == {"basics", "service", "training", "commendation", "evaluation"}
    assert (record["basics"]["name"], len(record["basics"]["teams"])) == ("马小蜂", 1)
    assert record["service"]["totals"]["minutes"] == 90
    assert [each["minutes"] for each in record["service"]["entries"]] == [90]
    assert [each["text"] for each in record["training"]] == ["急救培训 4 学时"]
    assert record["commendation"][0]["withdrawn_at"] is not None
    assert record["evaluation"][0]["text"] == "守时,联系 ***"
    held = (await rider.get("/v1/accounts/me/export")).json()["records"]
    assert len(held["ledger_remarks"]) == 3
