"""Volunteers see their hours and dispute them; the keepers of books record, approve, void and answer."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from app.api.deps import CaseStaff, Now, OnceDep, ReadDep, SessionDep, Worker
from app.api.errors import problems
from app.api.ledger.schemas import (
    AnswerIn,
    BookIn,
    BookOut,
    BooksOut,
    CorrectionIn,
    DisputeIn,
    DisputeOut,
    DisputesOut,
    EntriesOut,
    EntryOut,
    FiguresOut,
    HeadOut,
    HeadsOut,
    MemberHoursIn,
    OwnLedgerOut,
    ReasonIn,
    RecordedOut,
    RegistrationIn,
    TotalsOut,
    TypedIn,
    VolunteerOut,
)
from app.api.schemas import Cursor, Day, Limit
from app.core.errors import BadCursor, EditConflict, InvalidInput, KeyReused, NotFound
from app.models import LedgerEntry, Provenance
from app.services import ledger
from app.services.ledger import books, disputes, people, proving, queries

router = APIRouter(prefix="/ledger", tags=["ledger"])

_OTHERS = (ledger.OwnHours, ledger.ReasonNeeded)


@router.put("/me", responses=problems(EditConflict))
async def register_volunteer(
    given: RegistrationIn, by: Worker, session: SessionDep, now: Now
) -> VolunteerOut:
    """Say under which name one's hours are certified. Hours are recorded without it, too."""
    return VolunteerOut.of(await ledger.register(session, given.read(), by=by, now=now))


@router.get("/me", responses=problems(ledger.NotRegistered))
async def see_own_hours(by: Worker, session: ReadDep) -> OwnLedgerOut:
    """See what one's entries add up to."""
    subject = await people.own(session, by=by)
    totals = await queries.totals(session, await people.ids_of(session, by=by))
    return OwnLedgerOut(volunteer=VolunteerOut.of(subject), totals=TotalsOut.model_validate(totals))


@router.get("/me/entries", responses=problems(BadCursor))
async def list_own_hours(
    by: Worker, session: ReadDep, cursor: Cursor = None, limit: Limit = 20
) -> EntriesOut:
    """List one's entries with what became of each, the newest first."""
    ids = await people.ids_of(session, by=by)
    return EntriesOut.of(await queries.own_entries(session, ids, cursor=cursor, limit=limit))


@router.post(
    "/me/disputes",
    status_code=201,
    responses=problems(ledger.NotRegistered, NotFound, KeyReused, ledger.DisputeLate, ledger.DisputeOpen),
)
async def dispute_hours(given: DisputeIn, by: Worker, session: SessionDep, now: Now) -> DisputeOut:
    """Say that an entry is wrong or that hours are missing; somebody else than its recorder answers."""
    raised = await disputes.raise_one(session, given.id, given.read(), by=by, now=now)
    return DisputeOut.of(raised, now)


@router.get("/me/disputes")
async def list_own_disputes(by: Worker, session: ReadDep, now: Now) -> DisputesOut:
    """List one's disputes with their answers, the newest first."""
    found = await disputes.own_disputes(session, await people.ids_of(session, by=by))
    return DisputesOut(disputes=[DisputeOut.of(each, now) for each in found])


@router.post(
    "/books",
    status_code=201,
    response_model=BookOut,
    responses=problems(NotFound, KeyReused, ledger.ParentUnfit),
)
async def open_book(
    given: BookIn, *, by: CaseStaff, session: SessionDep, now: Now, once: OnceDep
) -> Response:
    """Open a book for an organisation of one's area."""

    async def work() -> BookOut:
        return BookOut.of(await ledger.open_book(session, given.id, given.read(), by=by, now=now))

    return await once(work, status=201)


@router.get("/books")
async def list_books(by: Worker, session: ReadDep, now: Now) -> BooksOut:
    """List the books that one keeps, and those of the organisations below."""
    return BooksOut(books=[BookOut.of(each) for each in await ledger.listed(session, by=by, now=now)])


@router.get("/books/{book_id:uuid}/entries", responses=problems(NotFound, BadCursor))
async def list_entries(
    book_id: UUID,
    *,
    by: Worker,
    session: ReadDep,
    now: Now,
    only_waiting: bool = False,
    provenance: Provenance | None = None,
    list_id: Annotated[UUID | None, Query(description="only what came with an imported list")] = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> EntriesOut:
    """List a book's entries, the newest first: all, or what waits for an approval."""
    await books.get(session, book_id, by=by, now=now)
    page = await queries.entries_of_book(
        session,
        book_id,
        only_waiting=only_waiting,
        provenance=provenance,
        list_id=list_id,
        cursor=cursor,
        limit=limit,
    )
    return EntriesOut.of(page)


@router.get("/books/{book_id:uuid}/figures", responses=problems(NotFound, InvalidInput))
async def see_figures(
    book_id: UUID,
    since: Day,
    until: Annotated[Day, Query(description="included")],
    *,
    by: Worker,
    session: ReadDep,
    now: Now,
) -> FiguresOut:
    """See what a book recorded, by provenance: the share of what was typed in among it."""
    if until < since:
        raise InvalidInput(hint="until")
    await books.get(session, book_id, by=by, now=now)
    found = await queries.figures(session, book_id, since=since, until=until)
    return FiguresOut(
        since=since,
        until=until,
        minutes=found.minutes,
        manual_minutes=found.manual_minutes,
        imported_minutes=found.imported_minutes,
        people=found.people,
        by_provenance=dict(found.by_provenance),
    )


@router.post(
    "/books/{book_id:uuid}/recordings",
    status_code=201,
    response_model=RecordedOut,
    responses=problems(NotFound, KeyReused, ledger.VolunteerUnknown, ledger.HoursImpossible, *_OTHERS),
)
async def type_hours_in(
    book_id: UUID, given: TypedIn, *, by: Worker, session: SessionDep, now: Now, once: OnceDep
) -> Response:
    """Type hours in that nothing else evidences: with a reason, for a second person to approve."""

    async def work() -> RecordedOut:
        return await _recorded(session, await ledger.type_in(session, book_id, given.read(), by=by, now=now))

    return await once(work, status=201)


@router.post(
    "/teams/{team_id:uuid}/recordings",
    status_code=201,
    response_model=RecordedOut,
    responses=problems(NotFound, KeyReused, ledger.HoursImpossible, *_OTHERS),
)
async def type_members_hours_in(
    team_id: UUID, given: MemberHoursIn, *, by: Worker, session: SessionDep, now: Now, once: OnceDep
) -> Response:
    """Type hours of a member of a team that one runs in: its organisation or area approves them."""

    async def work() -> RecordedOut:
        made = await ledger.type_in_for_member(
            session, team_id, given.member_id, given.served(), by=by, now=now
        )
        return await _recorded(session, made)

    return await once(work, status=201)


@router.get("/typed", responses=problems(BadCursor))
async def list_typed_hours(
    by: Worker, session: ReadDep, cursor: Cursor = None, limit: Limit = 20
) -> EntriesOut:
    """List what one typed in, with what became of it, the newest first."""
    return EntriesOut.of(await queries.typed_by(session, by=by, cursor=cursor, limit=limit))


@router.get("/waiting", responses=problems(BadCursor))
async def list_waiting_hours(
    by: Worker,
    session: ReadDep,
    now: Now,
    *,
    without_lists: Annotated[bool, Query(description="leave out what `/v1/ledger/lists` tells")] = False,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> EntriesOut:
    """List what waits for an approval in all of one's books and those below, the newest first."""
    page = await queries.waiting_for(
        session, without_lists=without_lists, by=by, now=now, cursor=cursor, limit=limit
    )
    return EntriesOut.of(page)


@router.post(
    "/entries/{entry_id:uuid}/approve",
    responses=problems(
        NotFound, ledger.NothingToDecide, ledger.SecondPersonNeeded, ledger.LevelTooHigh, ledger.OwnHours
    ),
)
async def approve_hours(
    entry_id: UUID, given: ReasonIn, by: Worker, session: SessionDep, now: Now
) -> EntryOut:
    """Approve minutes that wait: from now on they count."""
    await ledger.decide(session, entry_id, approve=True, reason=given.read(), by=by, now=now)
    return EntryOut.of(await queries.one(session, entry_id))


@router.post(
    "/entries/{entry_id:uuid}/refuse",
    responses=problems(
        NotFound, ledger.NothingToDecide, ledger.SecondPersonNeeded, ledger.LevelTooHigh, *_OTHERS
    ),
)
async def refuse_hours(
    entry_id: UUID, given: ReasonIn, by: Worker, session: SessionDep, now: Now
) -> EntryOut:
    """Refuse minutes that wait, with a reason that the volunteer reads."""
    await ledger.decide(session, entry_id, approve=False, reason=given.read(), by=by, now=now)
    return EntryOut.of(await queries.one(session, entry_id))


@router.post("/entries/{entry_id:uuid}/void", responses=problems(NotFound, ledger.AlreadyVoided, *_OTHERS))
async def void_hours(entry_id: UUID, given: ReasonIn, by: Worker, session: SessionDep, now: Now) -> EntryOut:
    """Take an entry out of the totals by another that points to it; certificates drawn from it die."""
    await ledger.void(session, entry_id, reason=given.read(), by=by, now=now)
    return EntryOut.of(await queries.one(session, entry_id))


@router.post(
    "/entries/{entry_id:uuid}/correct",
    status_code=201,
    response_model=RecordedOut,
    responses=problems(NotFound, KeyReused, ledger.AlreadyVoided, ledger.HoursImpossible, *_OTHERS),
)
async def correct_hours(
    entry_id: UUID, given: CorrectionIn, *, by: Worker, session: SessionDep, now: Now, once: OnceDep
) -> Response:
    """Void an entry and record other minutes in its place; more than there were need a second person."""

    async def work() -> RecordedOut:
        made = await ledger.correct(
            session, entry_id, given.id, minutes=given.minutes, reason=given.read(), by=by, now=now
        )
        return await _recorded(session, made)

    return await once(work, status=201)


@router.get("/disputes")
async def list_disputes(by: Worker, session: ReadDep, now: Now) -> DisputesOut:
    """List the disputes that wait for an answer of one's books, the most urgent first."""
    found = await disputes.open_ones(session, by=by, now=now)
    return DisputesOut(disputes=[DisputeOut.of(each, now) for each in found])


@router.post(
    "/disputes/{dispute_id:uuid}/answer",
    responses=problems(NotFound, ledger.DisputeAnswered, ledger.OwnHours, ledger.SecondPersonNeeded),
)
async def answer_dispute(
    dispute_id: UUID, given: AnswerIn, by: Worker, session: SessionDep, now: Now
) -> DisputeOut:
    """Answer a dispute, once."""
    answered = await disputes.answer(
        session, dispute_id, is_upheld=given.is_upheld, text=given.text, by=by, now=now
    )
    return DisputeOut.of(answered, now)


@router.get("/heads")
async def list_heads(session: ReadDep, day: date | None = None) -> HeadsOut:
    """List the chains' heads as published on a day; whoever keeps them can tell if a book is rewritten."""
    published_on = day or await proving.last_published(session)
    found = [] if published_on is None else await proving.heads_on(session, published_on)
    return HeadsOut(published_on=published_on, heads=[HeadOut.of(head, name) for head, name in found])


async def _recorded(session: SessionDep, entries: list[LedgerEntry]) -> RecordedOut:
    return RecordedOut(entries=[EntryOut.of(await queries.one(session, each.id)) for each in entries])
