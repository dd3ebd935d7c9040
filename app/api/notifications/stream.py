"""The caller's inbox as it fills (server-sent events); no stream holds a database connection."""

from collections.abc import Iterable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header

from app.api.deps import Person, RuntimeDep
from app.api.errors import problems
from app.api.live import EventStream, stream_after
from app.core.errors import SignInRequired
from app.realtime.inboxes import STALE, inbox_topic, notification_event, open_event
from app.services import notifications

router = APIRouter(prefix="/live/notifications", tags=["live"])

_MOST_MISSED = 100
LastSeen = Annotated[
    str | None,
    Header(alias="Last-Event-ID", description="the last event received; what came since is sent first"),
]


@router.get("", response_class=EventStream, responses=problems(SignInRequired))
async def follow_inbox(by: Person, runtime: RuntimeDep, last_event_id: LastSeen = None) -> EventStream:
    """Send what the caller is told, as it happens; who comes back gets what they missed, or ``stale``."""
    if by.account_id is None:
        raise SignInRequired
    since = _id_of(last_event_id)

    async def begin() -> Iterable[bytes]:
        async with runtime.db.reading() as session:
            opened = open_event(await notifications.count_unread(session, by=by))
            if since is None:
                return [opened] if last_event_id is None else [opened, STALE]
            rows, has_more = await notifications.missed(session, since=since, by=by, limit=_MOST_MISSED)
            shown = await notifications.show_all(session, rows)
        return [opened, STALE] if has_more else [opened, *map(notification_event, shown)]

    return await stream_after(runtime.realtime.hub, inbox_topic(by.account_id), begin)


def _id_of(event_id: str | None) -> UUID | None:
    """Return the notification that an event's id names; nothing for one that is not ours."""
    try:
        return None if event_id is None else UUID(event_id)
    except ValueError:
        return None
