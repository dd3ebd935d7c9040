"""Training, commendation and evaluation beside the hours, and the five blocks of a person's own record."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.clock import local_day
from app.core.errors import KeyReused, NotFound
from app.models import (
    LedgerBook,
    LedgerRemark,
    LedgerSubject,
    MemberState,
    RemarkKind,
    TeamMember,
    VolunteerTeam,
)
from app.services.ledger import books, people, queries, scope
from app.services.ledger.errors import OwnHours, RemarkImpossible
from app.services.ledger.queries import Shown, Totals

_MOST = 10_000


@dataclass(frozen=True, slots=True)
class NewRemark:
    """What an organisation records about a volunteer."""

    subject_id: UUID
    kind: RemarkKind
    text: str
    given_on: date


@dataclass(frozen=True, slots=True)
class Record:
    """Everything that the law has recorded of a volunteer (志愿服务条例 art. 19), for themselves."""

    subject: LedgerSubject
    teams: Sequence[str]
    totals: Totals
    service: Sequence[Shown]
    remarks: Sequence[Row[LedgerRemark, str]]


async def add(
    session: AsyncSession, book_id: UUID, remark_id: UUID, said: NewRemark, *, by: Actor, now: datetime
) -> LedgerRemark:
    """Record a training, a commendation or an evaluation; the same id and content again is the same one.

    Raises:
        NotFound: the book is not the caller's.
        VolunteerUnknown, OwnHours, KeyReused: see there.
        RemarkImpossible: its day is to come.
    """
    await books.get_kept(session, book_id, by=by, now=now)
    subject, _ = await people.lock(session, said.subject_id)
    if subject.account_id == by.account_id:
        raise OwnHours
    if said.given_on > local_day(now):
        raise RemarkImpossible
    kept = await session.get(LedgerRemark, remark_id)
    if kept is not None:
        if NewRemark(kept.subject_id, kept.kind, kept.text, kept.given_on) != said:
            raise KeyReused
        return kept
    remark = LedgerRemark(
        id=remark_id,
        book_id=book_id,
        subject_id=said.subject_id,
        kind=said.kind,
        text=said.text,
        given_on=said.given_on,
        entered_by=by.account_id,
        entered_at=now,
    )
    session.add(remark)
    await session.flush()
    return remark


async def withdraw(session: AsyncSession, remark_id: UUID, *, by: Actor, now: datetime) -> LedgerRemark:
    """Withdraw what was recorded wrongly; it stays, marked. Again is no error.

    Raises:
        NotFound: it is in no book of the caller's.
    """
    mine = (await scope.reach(session, by=by, now=now)).kept()
    query = (
        select(LedgerRemark)
        .join(LedgerBook, LedgerBook.id == LedgerRemark.book_id)
        .where(LedgerRemark.id == remark_id, mine)
        .with_for_update(of=LedgerRemark)
    )
    remark = await session.scalar(query)
    if remark is None:
        raise NotFound
    remark.withdrawn_at = remark.withdrawn_at or now
    return remark


async def own_record(session: AsyncSession, *, by: Actor) -> Record:
    """Return everything that is recorded of the caller as a volunteer.

    Raises:
        NotRegistered: nothing is.
    """
    subject = await people.own(session, by=by)
    ids = await people.ids_of(session, by=by)
    teams = (
        select(VolunteerTeam.name)
        .join(TeamMember, TeamMember.team_id == VolunteerTeam.id)
        .where(TeamMember.account_id == by.account_id, TeamMember.state == MemberState.ACTIVE)
        .order_by(VolunteerTeam.name)
    )
    remarks = (
        select(LedgerRemark, LedgerBook.name)
        .join(LedgerBook, LedgerBook.id == LedgerRemark.book_id)
        .where(LedgerRemark.subject_id.in_(ids))
        .order_by(LedgerRemark.given_on, LedgerRemark.id)
        .limit(_MOST)
    )
    service = await queries.own_entries(session, ids, cursor=None, limit=_MOST)
    return Record(
        subject=subject,
        teams=(await session.scalars(teams)).all(),
        totals=await queries.totals(session, ids),
        service=service.items,
        remarks=(await session.execute(remarks)).all(),
    )
