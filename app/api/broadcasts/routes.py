"""Broadcasts: district officers write, another approves what reaches many, the clock sends."""

from uuid import UUID

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.broadcasts.schemas import (
    AudienceIn,
    BroadcastDetailOut,
    BroadcastFiguresOut,
    BroadcastIn,
    BroadcastOut,
    BroadcastPageOut,
    BroadcastPut,
    CancelIn,
    HandBackIn,
    PreviewIn,
    PreviewOut,
    StationIn,
    StepOut,
    SubmitIn,
    TeamIn,
    VersionIn,
    WorkersIn,
)
from app.api.deps import Now, Officer, ReadDep, SessionDep
from app.api.errors import problems
from app.api.schemas import Cursor, Limit
from app.core.errors import BadCursor, EditConflict, KeyReused, NotFound
from app.models import BroadcastState
from app.services import broadcasts
from app.services.broadcasts import Audience, BroadcastInvalid, BroadcastMoved, SecondPersonNeeded

router = APIRouter(prefix="/broadcasts", tags=["broadcasts"])


async def _audience(session: AsyncSession, given: AudienceIn) -> Audience:
    """Return whom is meant; what is a station's or a team's belongs to its area."""
    match given:
        case StationIn(station_id=station_id):
            area_code = await broadcasts.area_of_station(session, station_id)
            return Audience(given.kind, _known(area_code), station_id=station_id, days=given.days)
        case TeamIn(team_id=team_id):
            area_code = await broadcasts.area_of_team(session, team_id)
            return Audience(given.kind, _known(area_code), team_id=team_id)
        case WorkersIn(worker_kind=worker_kind):
            return Audience(given.kind, given.area_code, worker_kind=worker_kind, days=given.days)
    return Audience(given.kind, given.area_code, days=given.days)


def _known(area_code: str | None) -> str:
    if area_code is None:
        raise NotFound
    return area_code


@router.post("/preview", responses=problems(NotFound))
async def preview_broadcast(given: PreviewIn, by: Officer, session: ReadDep, now: Now) -> PreviewOut:
    """Say how many people an audience has, and whether another officer must approve."""
    wanted = await _audience(session, given.audience)
    return PreviewOut.model_validate(await broadcasts.preview(session, wanted, by=by, now=now))


@router.post("", status_code=201, responses=problems(NotFound, BroadcastInvalid, KeyReused))
async def write_broadcast(given: BroadcastIn, by: Officer, session: SessionDep, now: Now) -> BroadcastOut:
    """Write a draft; nobody hears of it before it is submitted."""
    draft = given.draft(await _audience(session, given.audience))
    return BroadcastOut.of(await broadcasts.write(session, given.id, draft, by=by, now=now))


@router.get("", responses=problems(BadCursor))
async def list_broadcasts(
    *,
    by: Officer,
    session: ReadDep,
    state: BroadcastState | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> BroadcastPageOut:
    """List the broadcasts of the caller's areas, the newest first."""
    page = await broadcasts.list_broadcasts(session, state=state, by=by, cursor=cursor, limit=limit)
    return BroadcastPageOut(
        items=[BroadcastOut.of(each) for each in page.items], next_cursor=page.next_cursor
    )


@router.get("/{broadcast_id:uuid}", responses=problems(NotFound))
async def get_broadcast(broadcast_id: UUID, by: Officer, session: ReadDep) -> BroadcastDetailOut:
    """Show a broadcast, how far it is, and who did what to it."""
    found = await broadcasts.get(session, broadcast_id, by=by)
    steps = [StepOut.model_validate(step) for step in await broadcasts.steps_of(session, found.id)]
    return BroadcastDetailOut(**BroadcastOut.of(found).model_dump(), steps=steps)


@router.put(
    "/{broadcast_id:uuid}", responses=problems(NotFound, EditConflict, BroadcastMoved, BroadcastInvalid)
)
async def edit_broadcast(
    broadcast_id: UUID, given: BroadcastPut, by: Officer, session: SessionDep, now: Now
) -> BroadcastOut:
    """Change a broadcast that has not begun; it is a draft again, and approved by nobody."""
    draft = given.draft(await _audience(session, given.audience))
    found = await broadcasts.edit(session, broadcast_id, draft, version=given.version, by=by, now=now)
    return BroadcastOut.of(found)


@router.post(
    "/{broadcast_id:uuid}/submit",
    responses=problems(NotFound, EditConflict, BroadcastMoved, BroadcastInvalid),
)
async def submit_broadcast(
    broadcast_id: UUID, given: SubmitIn, by: Officer, session: SessionDep, now: Now
) -> BroadcastOut:
    """Have it sent when it is time; to more than a thousand people, once another officer approves."""
    found = await broadcasts.submit(
        session, broadcast_id, version=given.version, ask=given.ask_second_person, by=by, now=now
    )
    return BroadcastOut.of(found)


@router.post(
    "/{broadcast_id:uuid}/approve",
    responses=problems(NotFound, EditConflict, BroadcastMoved, SecondPersonNeeded),
)
async def approve_broadcast(
    broadcast_id: UUID, given: VersionIn, by: Officer, session: SessionDep, now: Now
) -> BroadcastOut:
    """Agree to a broadcast as it was read; who wrote or changed it may not."""
    return BroadcastOut.of(
        await broadcasts.approve(session, broadcast_id, version=given.version, by=by, now=now)
    )


@router.post("/{broadcast_id:uuid}/hand-back", responses=problems(NotFound, EditConflict, BroadcastMoved))
async def hand_broadcast_back(
    broadcast_id: UUID, given: HandBackIn, by: Officer, session: SessionDep, now: Now
) -> BroadcastOut:
    """Give it back to who wrote it, instead of approving."""
    found = await broadcasts.hand_back(
        session, broadcast_id, reason=given.reason, version=given.version, by=by, now=now
    )
    return BroadcastOut.of(found)


@router.post("/{broadcast_id:uuid}/cancel", responses=problems(NotFound))
async def cancel_broadcast(
    broadcast_id: UUID, given: CancelIn, by: Officer, session: SessionDep, now: Now
) -> BroadcastOut:
    """Cancel it, also midway: the rest is not told, waiting copies stay, and its text is withdrawn."""
    return BroadcastOut.of(
        await broadcasts.cancel(session, broadcast_id, reason=given.reason, by=by, now=now)
    )


@router.get("/{broadcast_id:uuid}/figures", responses=problems(NotFound))
async def broadcast_figures(
    broadcast_id: UUID, by: Officer, session: ReadDep, now: Now
) -> BroadcastFiguresOut:
    """Count whom it reached; nothing names anybody, and few are said to be few."""
    found = await broadcasts.get(session, broadcast_id, by=by)
    return BroadcastFiguresOut.model_validate(await broadcasts.figures_of(session, found, now=now))
