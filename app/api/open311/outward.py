"""Officers keep other cities' endpoints; the desk sees how its cases come there, and acts in their name."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from app.api.deps import CaseStaff, Now, Officer, ReadDep, RuntimeDep, SessionDep
from app.api.errors import problems
from app.api.open311.outward_schemas import (
    EndpointIn,
    EndpointList,
    EndpointOut,
    NoteList,
    NoteOut,
    PartnerResultIn,
    PartnerWordIn,
    SendingOut,
    SendingPage,
    ShowNoteIn,
)
from app.api.schemas import Cursor, Limit
from app.core.errors import BadCursor, EditConflict, InvalidInput, NotFound
from app.models import SendingState
from app.services import open311
from app.services.open311 import sendings
from app.services.open311.sendings import Wanted
from app.services.photos import NotReady, PhotoInUse, PhotoUnknown
from app.services.reports.errors import IllegalMove, MoveNotYours, ReasonNeeded
from app.services.reports.handling import Word
from app.services.reports.handling_errors import Designated, PhotoNeeded, PhotoNotNew, TasksOpen

router = APIRouter(prefix="/open311", tags=["open311"])


@router.get("/endpoints")
async def list_open311_endpoints(by: Officer, session: ReadDep) -> EndpointList:
    """List the other cities' endpoints that units of the caller's districts are."""
    found = await open311.list_endpoints(session, by=by)
    return EndpointList(items=[EndpointOut.model_validate(each) for each in found])


@router.put(
    "/endpoints/{unit_id:uuid}",
    responses=problems(
        NotFound,
        InvalidInput,
        EditConflict,
        open311.UnitSpeaksNoOpen311,
        open311.EndpointAddressRefused,
    ),
)
async def keep_open311_endpoint(
    unit_id: UUID, given: EndpointIn, *, by: Officer, runtime: RuntimeDep, session: SessionDep, now: Now
) -> EndpointOut:
    """Set or change where a unit of the kind `open311` is reached; without `is_enabled` cases wait."""
    kept = await open311.keep_endpoint(
        session,
        unit_id,
        given.draft(),
        version=given.version,
        vault=runtime.vault,
        by=by,
        now=now,
        may_be_plain=runtime.settings.outgoing_inside,
    )
    return EndpointOut.model_validate(kept)


@router.get("/sendings", responses=problems(BadCursor))
async def list_sendings(
    by: CaseStaff,
    session: ReadDep,
    now: Now,
    *,
    report_id: UUID | None = None,
    state: SendingState | None = None,
    stuck: Annotated[bool, Query(description="only what a person has to look at")] = False,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> SendingPage:
    """List the cases that left the caller's desk for other cities, the newest first."""
    wanted = Wanted(report_id, state, stuck)
    page = await sendings.search(session, wanted, by=by, cursor=cursor, limit=limit, now=now)
    return SendingPage(items=[SendingOut.of(each) for each in page.items], next_cursor=page.next_cursor)


@router.post("/sendings/{sending_id:uuid}/retry", responses=problems(NotFound, open311.SendingNotStuck))
async def retry_sending(sending_id: UUID, by: CaseStaff, session: SessionDep, now: Now) -> SendingOut:
    """Try again at once; what may have arrived there is looked for first."""
    return SendingOut.of(await sendings.retry(session, sending_id, by=by, now=now))


@router.get("/sendings/{sending_id:uuid}/notes", responses=problems(NotFound))
async def list_sending_notes(sending_id: UUID, by: CaseStaff, session: ReadDep) -> NoteList:
    """List what the other city said of a case."""
    found = await sendings.notes_of(session, sending_id, by=by)
    return NoteList(items=[NoteOut.model_validate(each) for each in found])


@router.post("/notes/{note_id:uuid}/show", responses=problems(NotFound, EditConflict, ReasonNeeded))
async def show_sending_note(
    note_id: UUID, given: ShowNoteIn, by: CaseStaff, session: SessionDep, now: Now
) -> NoteOut:
    """Let those who follow a case read what the other city said; numbers of people are covered."""
    word = Word(given.version, given.text)
    return NoteOut.model_validate(await sendings.show_note(session, note_id, word, by=by, now=now))


@router.post(
    "/sendings/{sending_id:uuid}/return",
    responses=problems(NotFound, EditConflict, IllegalMove, MoveNotYours, ReasonNeeded, Designated),
)
async def return_sent_case(
    sending_id: UUID, given: PartnerWordIn, by: CaseStaff, session: SessionDep, now: Now
) -> SendingOut:
    """Take a case back from another city, in its name: it does not answer, or it is not theirs."""
    word = Word(given.version, given.text)
    await sendings.return_case(session, sending_id, word, by=by, now=now)
    return SendingOut.of(await sendings.get(session, sending_id, by=by))


@router.post(
    "/sendings/{sending_id:uuid}/resolve",
    responses=problems(
        NotFound,
        EditConflict,
        IllegalMove,
        MoveNotYours,
        ReasonNeeded,
        TasksOpen,
        PhotoNeeded,
        PhotoNotNew,
        PhotoUnknown,
        PhotoInUse,
        NotReady,
    ),
)
async def resolve_sent_case(
    sending_id: UUID, given: PartnerResultIn, by: CaseStaff, session: SessionDep, now: Now
) -> SendingOut:
    """Say with a photo, in the other city's name, that a case is mended; somebody else checks it."""
    word = Word(given.version, given.text, given.photo_ids)
    await sendings.resolve(session, sending_id, word, by=by, now=now)
    return SendingOut.of(await sendings.get(session, sending_id, by=by))
