"""One's own profile; a copy of everything held; and having it gone."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import LargeBinary, select, text

from app.core.actor import Role
from app.core.geo import CoordType
from app.models import (
    Account,
    AccountMerger,
    AccountStatus,
    AgeBand,
    Base,
    CaseDisclosure,
    DisclosureKind,
    DoorCode,
    DoorCodeRead,
    DutyAcknowledgement,
    DutyCall,
    DutyLadder,
    EndReason,
    EvidenceGrade,
    IdempotencyKey,
    Move,
    RefreshToken,
    ReportBatch,
    RoleGrant,
    SignInCode,
    StoredFilter,
    Visit,
)
from app.models.base import OnErasure
from app.services.accounts import personal
from tests.accounts.conftest import NUMBER, Phone
from tests.factories.accounts import make_account, make_ban, make_consent, make_grant, make_read
from tests.factories.certificates import make_certificate
from tests.factories.duty import make_shift
from tests.factories.ledger import make_book, make_dispute, make_hours, make_remark, make_subject
from tests.factories.notifications import (
    make_delivery,
    make_device,
    make_mailbox,
    make_notification,
    make_preference,
)
from tests.factories.photos import make_photo
from tests.factories.points import make_points
from tests.factories.reports import make_report
from tests.factories.stations import COMMUNITY, make_area, make_station
from tests.factories.volunteering import fill_in_volunteering
from tests.factories.weather import make_watch

# Personal columns of tables without a person's id, and why they are neither exported nor emptied.
NOBODYS = {
    # Deleted with the account, by the number's hash; never exported, as hashes are not.
    ("sign_in_codes", "phone_hash"),
    # Of who deleted an account under a ban: forgotten when the ban is over.
    ("banned_numbers", "phone_hash"),
    # A keyed hash of an app's id and a station: tells two senders apart, leads to no account.
    ("station_flags", "sender_hash"),
}


async def fill_in(session, account_id: UUID) -> None:
    """Make one row about the person in every table that has such rows."""
    now = datetime.now(UTC)
    station = await make_station(session)
    account = await session.get_one(Account, account_id)
    account.area_code = COMMUNITY
    account.worker_kind = "courier"
    await make_grant(session, account, Role.STATION_MANAGER, station_id=station.id)
    report = await make_report(session, reporter_id=account_id)
    session.add(
        Visit(
            id=uuid4(),
            station_id=station.id,
            account_id=account_id,
            area_code=COMMUNITY,
            captured_at=now,
            received_at=now,
            captured_offline=False,
            grade=EvidenceGrade.C,
            lat=39.7431,
            lon=98.5083,
            accuracy_m=8.5,
            coord_type=CoordType.WGS84,
            due_at=now + timedelta(hours=4),
            due_reason=EndReason.MAX_STAY,
        )
    )
    officer = await make_account(session)
    await make_read(session, account, by=officer)
    await make_consent(session, account)
    await make_photo(session, account_id)
    session.add(
        StoredFilter(id=uuid4(), account_id=account_id, name="超期", content={}, position=0, made_at=now)
    )
    session.add(
        ReportBatch(id=uuid4(), account_id=account_id, move=Move.ACCEPT, reason="", made_at=now, done_at=now)
    )
    await make_shift(session, account_id)
    ladder = DutyLadder(report_id=report.id, round=1, state="acknowledged", started_at=now)
    session.add(ladder)
    await session.flush()
    session.add(DutyCall(ladder_id=ladder.id, rung="first", account_id=account_id, called_at=now))
    session.add(
        DutyAcknowledgement(ladder_id=ladder.id, at=now, how="signed_in", account_id=account_id, name="小蜂")
    )
    account.age_band = AgeBand.FROM_14_TO_17
    session.add(
        CaseDisclosure(account_id=account_id, kind=DisclosureKind.CSV, filter={}, begun_at=now, rows=1)
    )
    notification = await make_notification(session, account_id)
    device = await make_device(session, account_id)
    await make_delivery(session, notification, device)
    await make_preference(session, account_id)
    await make_mailbox(session, account_id)
    await make_watch(session, account_id)
    book = await make_book(session)
    [hours] = await make_hours(session, book, await make_subject(session, account_id))
    await make_dispute(session, hours)
    await make_remark(session, hours)
    await make_certificate(session, book, account_id)
    await make_points(session, account_id, 10)
    absorbed = await make_account(session)
    door = DoorCode(station_id=station.id, code_encrypted=b"x", set_at=now)
    session.add(door)
    await session.flush()
    session.add(DoorCodeRead(code_id=door.id, account_id=account_id, read_at=now))
    session.add(
        AccountMerger(absorbed_id=absorbed.id, survivor_id=account_id, merged_at=now, records={"visits": []})
    )
    await make_ban(session, account, by=officer, lifted_at=now, lifted_by=officer.id, lift_reason="申诉成立")
    await fill_in_volunteering(session, account_id)
    await session.commit()


async def rows_of(session, table_name: str) -> list[dict]:
    return [dict(row) for row in (await session.execute(text(f"SELECT * FROM {table_name}"))).mappings()]


def test_every_personal_column_stands_in_a_row_that_says_whose_it_is():
    """A new table with personal data marks its person, or says above why it has none."""
    owned = {column.table.name for column in personal.subject_columns()} | {"accounts"}
    marked = {
        (table.name, column.name)
        for table in Base.metadata.tables.values()
        for column in table.columns
        if column.info.get("pii")
    }

    assert {each for each in marked if each[0] not in owned} == NOBODYS


def test_columns_that_refer_to_accounts_say_whether_they_are_about_the_person():
    """Acts of office keep pointing to an account that no longer says whose it was; all else is marked."""
    acts_of_office = {
        "approved_by", "banned_by", "case_worker_id", "changed_by", "entered_by", "granted_by",
        "headcount_by", "issued_by", "lifted_by", "set_by", "state_by", "supervisor_id",
        "answered_by", "appointed_by", "cancelled_by", "confirmed_by", "decided_by", "made_by", "marked_by",
        "named_by", "revoked_by",
    }  # fmt: skip
    unmarked = {
        (table.name, column.name)
        for table in Base.metadata.tables.values()
        for column in table.columns
        if any(key.column.table.name == "accounts" for key in column.foreign_keys)
        and "on_erasure" not in column.info
        and column.name not in acts_of_office
    }

    assert unmarked == {
        ("report_disclosures", "recipient_id"),  # whom the desk wished to show a case to
        ("occupancy_corrections", "account_id"),  # a manager's tap
        ("open311_keys", "partner_id"),  # another system's account, no person
        ("account_mergers", "absorbed_id"),  # the row is the survivor's
    }


def test_what_is_kept_can_be_emptied():
    """Personal columns of rows that stay are nullable, but the one that says whose a kept row is."""
    for whose in personal.subject_columns():
        rule = whose.info["on_erasure"]
        if rule is OnErasure.DROP:
            continue
        for column in whose.table.columns:
            if column.info.get("pii") and not (column is whose and rule is OnErasure.KEEP):
                assert column.nullable, f"{column} must be nullable"


async def test_a_profile_is_edited_one_version_at_a_time(phone, session):
    await make_area(session)
    await session.commit()
    await phone.sign_in()

    changed = await phone.client.patch(
        "/v1/accounts/me",
        json={"version": 1, "display_name": " 老马 ", "worker_kind": "courier", "area_code": COMMUNITY},
    )
    late = await phone.client.patch("/v1/accounts/me", json={"version": 1, "display_name": "x"})
    emptied = await phone.client.patch("/v1/accounts/me", json={"version": 2, "worker_kind": None})

    assert changed.status_code == 200
    assert changed.json()["display_name"] == "老马"
    assert (changed.json()["area_code"], changed.json()["version"]) == (COMMUNITY, 2)
    assert (late.status_code, late.json()["code"], late.json()["editor"]) == (409, "edit_conflict", "老马")
    assert emptied.json()["worker_kind"] is None
    assert emptied.json()["area_code"] == COMMUNITY


@pytest.mark.parametrize(
    "bad",
    [
        {},
        {"version": "1"},
        {"version": True},
        {"version": 10**30},
        {"version": 1, "display_name": None},
        {"version": 1, "area_code": "620"},
        {"version": 1, "area_code": "999999"},
        {"version": 1, "worker_kind": "king"},
        {"version": 1, "status": "active"},
        {"version": 1, "phone_hash": "x"},
    ],
)
async def test_what_cannot_be_meant_is_refused(phone, bad):
    await phone.sign_in()

    assert (await phone.client.patch("/v1/accounts/me", json=bad)).status_code == 422


async def test_two_edits_at_once_leave_one(own_phone: Phone):
    await own_phone.sign_in()

    answers = await asyncio.gather(
        *(
            own_phone.client.patch("/v1/accounts/me", json={"version": 1, "display_name": name})
            for name in ("甲", "乙")
        )
    )

    assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_the_export_holds_every_personal_column(phone, session):
    account = (await phone.sign_in())["account"]
    await fill_in(session, UUID(account["id"]))

    response = await phone.client.get("/v1/accounts/me/export")

    held = response.json()
    assert held["phone"] == f"+86{NUMBER}"
    assert response.headers["cache-control"] == "no-store"
    for whose in personal.subject_columns():
        (row,) = held["records"][whose.table.name]
        for column in whose.table.columns:
            assert (column.name in row) is not isinstance(column.type, LargeBinary), column
    (visit,) = held["records"]["visits"]
    assert (visit["lat"], visit["grade"]) == (39.7431, "C")


async def test_the_export_holds_nobody_elses_rows(phone, second_phone, session, clock):
    first = (await phone.sign_in())["account"]
    await fill_in(session, UUID(first["id"]))
    second = (await second_phone.sign_in("13900000000"))["account"]

    held = (await second_phone.client.get("/v1/accounts/me/export")).json()

    assert first["id"] not in str(held)
    assert [row["id"] for row in held["records"]["accounts"]] == [second["id"]]
    assert held["records"]["visits"] == []


async def test_deletion_empties_every_personal_column(phone, session):
    account_id = UUID((await phone.sign_in())["account"]["id"])
    await fill_in(session, account_id)

    response = await phone.client.delete("/v1/accounts/me")

    assert response.status_code == 204
    account = await session.get_one(Account, account_id, populate_existing=True)
    assert (account.status, account.display_name) == (AccountStatus.DELETED, personal.ERASED_NAME)
    personal_columns = [column for column in Account.__table__.columns if column.info.get("pii")]
    assert {column.name: getattr(account, column.name) for column in personal_columns} == {
        "phone_hash": None,
        "phone_encrypted": None,
        "display_name": personal.ERASED_NAME,
        "worker_kind": None,
        "area_code": None,
        "age_band": None,
    }
    for whose in personal.subject_columns():
        rule, rows = whose.info["on_erasure"], await rows_of(session, whose.table.name)
        assert len(rows) == (0 if rule is OnErasure.DROP else 1)
        for row in rows:
            assert (row[whose.name] is None) is (rule is OnErasure.CUT)
            for column in whose.table.columns:
                if column.info.get("pii") and column is not whose:
                    assert row[column.name] is None, column


async def test_a_deleted_accounts_visit_stays_and_names_nobody(phone, session):
    account_id = UUID((await phone.sign_in())["account"]["id"])
    await fill_in(session, account_id)
    await phone.client.delete("/v1/accounts/me")

    (visit,) = (await session.scalars(select(Visit).execution_options(populate_existing=True))).all()

    assert (visit.account_id, visit.lat, visit.lon, visit.accuracy_m) == (None, None, None, None)
    assert visit.area_code == COMMUNITY


async def test_after_deletion_no_token_opens_anything_and_the_number_begins_anew(phone, session, clock):
    old = (await phone.sign_in())["account"]
    account_id = UUID(old["id"])
    await fill_in(session, account_id)
    # What an offline queue was answered says where somebody was: it goes as well.
    answered = [f"{account_id}{queue}" for queue in ("", "/sync", "/reports", "/attendance")]
    kept = {"fingerprint": b"", "status": 200, "body": {"name": "x"}, "made_at": datetime.now(UTC)}
    session.add_all(IdempotencyKey(actor=each, key=uuid4(), **kept) for each in answered)
    await session.commit()
    await phone.client.delete("/v1/accounts/me")

    assert (await phone.client.get("/v1/accounts/me")).status_code == 401
    assert (await phone.client.delete("/v1/accounts/me")).status_code == 401
    assert (await phone.refresh()).status_code == 401
    assert (await session.scalars(select(SignInCode))).all() == []
    assert (await session.scalars(select(RefreshToken))).all() == []
    assert (await session.scalars(select(IdempotencyKey))).all() == []
    (grant,) = (await session.scalars(select(RoleGrant).execution_options(populate_existing=True))).all()
    assert grant.revoked_at is not None

    clock.at = datetime.now(UTC) + timedelta(minutes=1)
    phone.client.headers.pop("authorization")
    new = await phone.sign_in()
    assert new["is_new"]
    assert new["account"]["id"] != old["id"]


async def test_deleting_twice_at_once_changes_nothing_more(own_phone: Phone):
    await own_phone.sign_in()

    answers = await asyncio.gather(*(own_phone.client.delete("/v1/accounts/me") for _ in range(5)))

    assert {answer.status_code for answer in answers} <= {204, 401}
    assert 204 in {answer.status_code for answer in answers}
    async with own_phone.runtime.db.reading() as session:
        assert len((await session.execute(text("SELECT 1 FROM outbox_events"))).all()) == 1
