"""The caller's inbox, and what its texts look like."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query

from app.api.deps import AreaStaff, Now, Officer, Person, ReadDep, SessionDep
from app.api.errors import problems
from app.api.notifications.schemas import (
    AllReadIn,
    ChannelFiguresOut,
    FiguresOut,
    InboxOut,
    MarkedOut,
    NotificationOut,
    TemplateOut,
    TemplatesOut,
    UnreadOut,
)
from app.api.schemas import Cursor, Limit, Text
from app.core.errors import BadCursor, NotFound, SignInRequired
from app.services import notifications

router = APIRouter(prefix="/notifications", tags=["notifications"])

Kind = Annotated[Text, Path(max_length=60)]
Version = Annotated[int | None, Query(ge=1, le=10_000)]


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


@router.get("/templates", responses=problems(SignInRequired))
async def list_wordings(by: AreaStaff) -> TemplatesOut:  # noqa: ARG001 - who may look
    """Show every kind of notification with example values, and what a locked screen shows of it."""
    kinds = notifications.catalogue().kinds.values()
    return TemplatesOut(templates=[TemplateOut.of(each, each.version) for each in kinds])


@router.get("/templates/{kind}", responses=problems(NotFound))
async def preview_wording(
    kind: Kind,
    by: AreaStaff,  # noqa: ARG001 - who may look
    version: Version = None,
) -> TemplateOut:
    """Show one kind, in an earlier version if asked: an inbox row keeps the one it was told in."""
    template = notifications.find(kind)
    return TemplateOut.of(template, version or template.version)
