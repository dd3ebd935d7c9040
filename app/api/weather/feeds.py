"""Bureaus' systems post alerts by themselves: officers give each an address that ends in a secret."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Path

from app.api.deps import Now, Officer, ReadDep, SessionDep
from app.api.errors import problems
from app.api.schemas import Cursor, Limit
from app.api.weather.routes import CAP
from app.api.weather.schemas import AlertList, AlertOut, FeedIn, FeedList, FeedOut, NewFeedOut
from app.core.errors import BadCursor, NotFound
from app.services import weather
from app.services.weather import AlertInvalid, CapUnreadable, read_cap

router = APIRouter(prefix="/weather-alerts/feeds", tags=["weather"])


@router.get("", responses=problems(BadCursor))
async def list_feeds(by: Officer, session: ReadDep, limit: Limit = 50, cursor: Cursor = None) -> FeedList:
    """List the systems that post alerts of the caller's areas, closed ones too."""
    page = await weather.list_feeds(session, by=by, cursor=cursor, limit=limit)
    items = [FeedOut.model_validate(each) for each in page.items]
    return FeedList(items=items, next_cursor=page.next_cursor)


@router.post("", status_code=201, responses=problems(NotFound))
async def open_feed(given: FeedIn, by: Officer, session: SessionDep, now: Now) -> NewFeedOut:
    """Let a system post alerts of an area; ``path`` ends in its secret and is told this once."""
    feed, key = await weather.open_feed(session, given.name, given.area_code, by=by, now=now)
    return NewFeedOut(feed=FeedOut.model_validate(feed), path=f"/v1{router.prefix}/{key}")


@router.delete("/{feed_id:uuid}", status_code=204, responses=problems(NotFound))
async def close_feed(feed_id: UUID, by: Officer, session: SessionDep, now: Now) -> None:
    """Take nothing more from a system; what it posted stays."""
    await weather.close_feed(session, feed_id, by=by, now=now)


@router.post("/{_key}", responses=problems(NotFound, AlertInvalid, CapUnreadable))
async def take_from_feed(
    key: Annotated[str, Path(alias="_key", max_length=200)],
    content: Annotated[bytes, Body(media_type=CAP)],
    session: SessionDep,
    now: Now,
) -> AlertList:
    """Take a CAP 1.2 message from a system: `Alert`, `Update` or `Cancel`; again it changes nothing.

    Divisions are read from `geocode` values; those outside of the feed's area are left out.
    """
    found = await weather.take_from_feed(session, key, read_cap(content), now=now)
    return AlertList(items=[AlertOut.model_validate(each) for each in found])
