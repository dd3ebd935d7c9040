"""The caller's inbox, and how well its copies get through."""

from uuid import UUID

from fastapi import APIRouter

from app.api.deps import Now, Officer, Person, ReadDep, SessionDep
from app.api.errors import problems
from app.api.notifications.schemas import (
    AllReadIn,
    ChannelFiguresOut,
    FiguresOut,
    InboxOut,
    MarkedOut,
    NotificationOut,
    UnreadOut,
)
from app.api.schemas import Cursor, Limit
from app.core.errors import BadCursor, NotFound, SignInRequired
from app.services import notifications

router = APIRouter(prefix="/notifications", tags=["notifications"])


@router.get("", responses=problems(SignInRequired, BadCursor))
async def list_inbox(
    *, by: Person, session: ReadDep, unread: bool = False, cursor: Cursor = None, limit: Limit = 50
) -> InboxOut:
    """List what the caller was told, the newest first; a push on a phone is only a copy of this."""
    page = await notifications.list_own(session, by=by, unread=unread, cursor=cursor, limit=limit)
    shown = await notifications.show_all(session, page.items)
    told = [NotificationOut.model_validate(each) for each in shown]
    return InboxOut(notifications=told, next_cursor=page.next_cursor)


@router.get("/unread", responses=problems(SignInRequired))
async def count_unread(by: Person, session: ReadDep) -> UnreadOut:
    """Count what the caller has not read."""
    return UnreadOut(unread=await notifications.count_unread(session, by=by))


@router.post("/read", responses=problems(SignInRequired))
async def mark_all_read(given: AllReadIn, by: Person, session: SessionDep, now: Now) -> MarkedOut:
    """Mark everything as read, up to the last notification that was seen."""
    return MarkedOut(marked=await notifications.mark_all_read(session, until=given.until, by=by, now=now))


@router.post("/{notification_id:uuid}/read", status_code=204, responses=problems(SignInRequired, NotFound))
async def mark_read(notification_id: UUID, by: Person, session: SessionDep, now: Now) -> None:
    """Mark one notification as read; doing it twice changes nothing."""
    await notifications.mark_read(session, notification_id, by=by, now=now)


@router.get("/figures", responses=problems(SignInRequired))
async def push_figures(by: Officer, session: ReadDep, now: Now) -> FiguresOut:
    """Show how well pushes get through: by channel, for the caller's areas and the last seven days.

    Times from event to vendor, what failed by class, and how many of the people with a device are reached.
    """
    found = await notifications.of_week(session, by=by, now=now)
    channels = [ChannelFiguresOut.model_validate(each) for each in found]
    return FiguresOut(since=now - notifications.PERIOD, channels=channels)
