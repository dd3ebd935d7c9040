"""Hours in the demonstration: who came to a past shift has them in a book; one shift goes on right now."""

import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import bulk
from app.core.clock import local_day
from app.core.geo import CoordType
from app.models import (
    Account,
    ActivityKind,
    ActivityShift,
    ActivityState,
    ApprovalLevel,
    Attendance,
    EntryKind,
    EvidenceGrade,
    LedgerBook,
    LedgerEntry,
    LedgerSubject,
    OrganisationKind,
    PlaceKind,
    Provenance,
    ShiftRole,
    SignUp,
    SignUpMode,
    SignUpState,
    TeamKind,
    VolunteerActivity,
    VolunteerOrganisation,
    VolunteerTeam,
    WorkerKind,
)
from app.services import authority
from app.services.attendance.anomalies import LEAST_ALIKE
from app.services.demo.places import GRIDDED
from app.services.ledger import chain, proving

_COLUMNS = tuple(column.key for column in LedgerEntry.__table__.columns)
_ATTENDED = tuple(column.key for column in Attendance.__table__.columns)
# What evidences an attendance, and how often.
_EVIDENCE = (
    (Provenance.CODE, EvidenceGrade.A, 70),
    (Provenance.CODE, EvidenceGrade.B, 15),
    (Provenance.GEOFENCE, EvidenceGrade.C, 11),
    (Provenance.ORGANISER_LIST, EvidenceGrade.D, 4),
)
_BEGAN_AGO, _LASTS = timedelta(hours=2), timedelta(hours=3)


async def add(session: AsyncSession, *, dice: random.Random, now: datetime) -> int:
    """Invent what was served at the past shifts; return how many entries that made."""
    came = (
        select(SignUp, ActivityShift, VolunteerActivity.title, VolunteerOrganisation)
        .join(ActivityShift, ActivityShift.id == SignUp.shift_id)
        .join(VolunteerActivity, VolunteerActivity.id == SignUp.activity_id)
        .join(VolunteerTeam, VolunteerTeam.id == VolunteerActivity.team_id)
        .join(VolunteerOrganisation, VolunteerOrganisation.id == VolunteerTeam.organisation_id)
        .where(SignUp.state == SignUpState.BOOKED, ActivityShift.ends_at < now)
        .order_by(ActivityShift.ends_at, SignUp.id)
    )
    rows = [row for row in await session.execute(came) if row[0].account_id is not None]
    people = dict.fromkeys(row[0].account_id for row in rows)
    subjects = {account_id: _id(dice) for account_id in people if account_id is not None}
    session.add_all(
        LedgerSubject(id=subject_id, account_id=account_id, registered_at=now)
        for account_id, subject_id in subjects.items()
    )
    books = {row[3].id: _book(row[3], now) for row in rows}
    parents = select(VolunteerOrganisation).where(
        VolunteerOrganisation.id.in_({each.parent_id for each in books.values()})
    )
    session.add_all([_book(each, now) for each in await session.scalars(parents)])
    await session.flush()
    session.add_all(books.values())
    await session.flush()
    attended = [_attendance(sign_up, shift, dice) for sign_up, shift, _, _ in rows]
    _make_odd([there for row, there in zip(rows, attended, strict=True) if row[3].area_code == GRIDDED.code])
    await bulk.copy_rows(session, "attendances", _ATTENDED, map(_values(_ATTENDED), attended))
    entries = list(_entries(rows, attended, subjects, books, dice))
    await bulk.copy_rows(session, "ledger_entries", _COLUMNS, map(_values(_COLUMNS), entries))
    await session.flush()
    await _begin_now(session, dice=dice, now=now)
    await proving.publish_heads(session, now=now)
    return len(entries)


def _id(dice: random.Random) -> UUID:
    return UUID(bytes=dice.randbytes(16), version=4)


def _values(columns: Iterable[str]) -> Any:
    return lambda row: tuple(getattr(row, key) for key in columns)


def _book(organisation: VolunteerOrganisation, now: datetime) -> LedgerBook:
    return LedgerBook(
        id=organisation.id,
        name=organisation.name,
        area_code=organisation.area_code,
        parent_id=organisation.parent_id,
        responsible=organisation.responsible,
        phone=organisation.phone,
        head_seq=0,
        head_hash=chain.GENESIS,
        opened_at=now - timedelta(days=366),
    )


def _attendance(sign_up: SignUp, shift: ActivityShift, dice: random.Random) -> Attendance:
    in_at = shift.starts_at - timedelta(minutes=dice.randint(-6, 12))
    out_at = shift.ends_at + timedelta(minutes=dice.randint(-9, 10))
    [(how, grade, _)] = dice.choices(_EVIDENCE, [share for *_, share in _EVIDENCE])
    return Attendance(
        sign_up_id=sign_up.id,
        shift_id=shift.id,
        account_id=sign_up.account_id,
        in_id=_id(dice),
        in_at=in_at,
        in_received_at=in_at,
        in_offline=False,
        in_provenance=how,
        in_grade=grade,
        out_id=_id(dice),
        out_at=out_at,
        out_received_at=out_at,
        out_offline=False,
        out_provenance=how,
        out_grade=grade,
        is_doubtful=False,
        minutes=(out_at - in_at) // timedelta(minutes=1),
    )


def _make_odd(attended: Sequence[Attendance]) -> None:
    """Let everybody of a late shift come and go in the same minute, two of them on one phone.

    A list of what a liaison should look at is nothing without something to look at.
    """
    by_shift: dict[UUID, list[Attendance]] = {}
    for each in attended:
        by_shift.setdefault(each.shift_id, []).append(each)
    crowd = next((them for them in reversed(by_shift.values()) if len(them) >= LEAST_ALIKE), [])
    for each in crowd:
        each.in_at, each.out_at, each.minutes = crowd[0].in_at, crowd[0].out_at, crowd[0].minutes
        each.in_provenance = each.out_provenance = Provenance.CODE
        each.in_grade = each.out_grade = EvidenceGrade.B
    for each in crowd[:2]:
        each.device_id = crowd[0].in_id


def _entries(
    rows: Iterable[Row[SignUp, ActivityShift, str, VolunteerOrganisation]],
    attended: Iterable[Attendance],
    subjects: dict[UUID, UUID],
    books: dict[UUID, LedgerBook],
    dice: random.Random,
) -> Iterator[LedgerEntry]:
    """Chain what was served, book by book, in the order in which it ended."""
    for (_, shift, title, organisation), there in zip(rows, attended, strict=True):
        if there.account_id is None or there.out_at is None or there.minutes is None:
            continue
        book = books[organisation.id]
        entry = LedgerEntry(
            id=_id(dice),
            book_id=book.id,
            seq=book.head_seq + 1,
            kind=EntryKind.RECORD,
            subject_id=subjects[there.account_id],
            recording_id=there.sign_up_id,
            part=0,
            source_id=there.sign_up_id,
            served_on=local_day(shift.starts_at),
            starts_at=there.in_at,
            ends_at=there.out_at,
            minutes=there.minutes,
            counted=there.minutes,
            provenance=there.in_provenance,
            grade=there.in_grade,
            needs=ApprovalLevel.NONE,
            activity=title,
            entered_at=there.out_at,
            prev_hash=book.head_hash,
        )
        entry.hash = chain.digest(entry, book.head_hash)
        book.head_seq, book.head_hash = entry.seq, entry.hash
        yield entry


async def _begin_now(session: AsyncSession, *, dice: random.Random, now: datetime) -> None:
    """Invent a shift that began two hours ago, with a place for each rider who may sign in."""
    there = (
        select(VolunteerTeam)
        .where(authority.within(VolunteerTeam.area_code.expression, GRIDDED.code))
        .order_by(VolunteerTeam.name, VolunteerTeam.id)
    )
    team = (await session.scalars(there.limit(1))).one_or_none() or await _team(session, dice, now)
    lat, lon = GRIDDED.seat.lat, GRIDDED.seat.lon
    activity = VolunteerActivity(
        id=_id(dice),
        team_id=team.id,
        area_code=GRIDDED.code,
        kind=ActivityKind.TRAFFIC,
        title="文明交通劝导(示例)",
        content="在路口提醒骑手戴好头盔",
        service_objects="骑手与行人",
        risks="",
        place_kind=PlaceKind.POINT,
        place_text="区政府门前路口(虚构地点)",
        lat=lat,
        lon=lon,
        given_lat=lat,
        given_lon=lon,
        given_coord_type=CoordType.WGS84,
        mode=SignUpMode.FIRST_COME,
        is_dangerous=False,
        is_on_the_way=False,
        withdraw_minutes=180,
        least_presence_percent=10,
        state=ActivityState.PUBLISHED,
        reason="",
        made_at=now - timedelta(days=3),
        changed_at=now - timedelta(days=3),
        published_at=now - timedelta(days=3),
    )
    session.add(activity)
    await session.flush()
    riders = select(Account.id).where(Account.phone_hash.is_not(None), Account.worker_kind.in_(WorkerKind))
    places = (await session.scalars(riders.order_by(Account.display_name))).all()
    starts_at = now - _BEGAN_AGO
    shift = ActivityShift(
        id=_id(dice),
        activity_id=activity.id,
        starts_at=starts_at,
        ends_at=starts_at + _LASTS,
        break_minutes=0,
        cancel_reason="",
    )
    role = ShiftRole(
        id=_id(dice),
        shift_id=shift.id,
        name="志愿者",
        places=20,
        taken=len(places),
        next_in_line=len(places) + 1,
        adults_only=False,
        needs_insurance=False,
    )
    session.add(shift)
    await session.flush()
    session.add(role)
    await session.flush()
    session.add_all(
        SignUp(
            id=_id(dice),
            activity_id=activity.id,
            shift_id=shift.id,
            role_id=role.id,
            account_id=account_id,
            state=SignUpState.BOOKED,
            line_no=number,
            signed_up_at=now - timedelta(days=2),
            changed_at=now - timedelta(days=2),
            reason="",
        )
        for number, account_id in enumerate(places, 1)
    )
    await session.flush()


async def _team(session: AsyncSession, dice: random.Random, now: datetime) -> VolunteerTeam:
    organisation = VolunteerOrganisation(
        id=_id(dice),
        name=f"{GRIDDED.name}志愿服务协会(示例)",
        kind=OrganisationKind.SOCIETY,
        area_code=GRIDDED.code,
        responsible="示例负责人",
        phone="0938-0000000",
        changed_at=now,
    )
    session.add(organisation)
    await session.flush()
    team = VolunteerTeam(
        id=_id(dice),
        organisation_id=organisation.id,
        name=f"{GRIDDED.name}先锋骑手队(示例)",
        kind=TeamKind.PIONEER_RIDERS,
        area_code=GRIDDED.code,
        about="本队为演示数据,纯属虚构",
        takes_requests=True,
        founded_on=local_day(now) - timedelta(days=400),
        changed_at=now,
    )
    session.add(team)
    await session.flush()
    return team
