"""Bureaus' systems that post an area's alerts by themselves: each by an address that ends in its own key."""

import hashlib
import secrets
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Grant, Role
from app.core.errors import NotFound
from app.core.pages import Page, id_cursor, page_of, read_id_cursor
from app.models import WeatherAlert, WeatherFeed
from app.services import areas, authority
from app.services.weather.cap import CapAlert
from app.services.weather.commands import take_cap

_SECRET_BYTES = 32
_OFFICERS = (Role.DISTRICT_OFFICER,)


async def open_feed(
    session: AsyncSession, name: str, area_code: str, *, by: Actor, now: datetime
) -> tuple[WeatherFeed, str]:
    """Let a system post the alerts of an area; the key that its address ends in is returned this once.

    Raises:
        NotFound: the area is not the caller's.
    """
    if not authority.may(by, roles=_OFFICERS, area_code=area_code):
        raise NotFound
    await areas.get(session, area_code)
    key = secrets.token_urlsafe(_SECRET_BYTES)
    feed = WeatherFeed(
        name=name, area_code=area_code, key_hash=_hash_of(key), opened_at=now, opened_by=by.account_id
    )
    session.add(feed)
    await session.flush()
    return feed, key


async def list_feeds(
    session: AsyncSession, *, by: Actor, cursor: str | None, limit: int
) -> Page[WeatherFeed]:
    """Return a page of the systems that post alerts of the caller's areas, closed ones too, the oldest first.

    Raises:
        BadCursor: the cursor is not one of this list.
    """
    after = read_id_cursor(cursor)
    items, has_more = await page_of(
        session,
        select(WeatherFeed).where(await _own(session, by)),
        by=(WeatherFeed.id,),
        after=None if after is None else (after,),
        limit=limit,
    )
    return Page(items, id_cursor(items[-1].id) if has_more else None)


async def close_feed(session: AsyncSession, feed_id: UUID, *, by: Actor, now: datetime) -> None:
    """Take nothing more from a system; its alerts stay. Again is no error.

    Raises:
        NotFound: it posts for no area of the caller's.
    """
    query = select(WeatherFeed).where(WeatherFeed.id == feed_id, await _own(session, by))
    feed = await session.scalar(query.with_for_update())
    if feed is None:
        raise NotFound
    feed.closed_at = feed.closed_at or now


async def take_from_feed(
    session: AsyncSession, key: str, message: CapAlert, *, now: datetime
) -> list[WeatherAlert]:
    """Take a CAP message from the system whose key this is; see :func:`take_cap`.

    It speaks for its area and, once that was renamed, merged or split, for what followed it.

    Raises:
        NotFound: no open feed has this key, or none of the message's divisions is the feed's.
        AlertInvalid: it ends before it begins, or lasts longer than a week.
    """
    query = select(WeatherFeed).where(WeatherFeed.key_hash == _hash_of(key), WeatherFeed.closed_at.is_(None))
    feed = await session.scalar(query.with_for_update())
    if feed is None:
        raise NotFound
    codes = await areas.codes_in_force(session, feed.area_code)
    speaker = Actor(None, (Grant(Role.DISTRICT_OFFICER, codes),))
    alerts = await take_cap(session, message, by=speaker, now=now)
    feed.heard_at = now
    return alerts


async def _own(session: AsyncSession, by: Actor) -> ColumnElement[bool]:
    """Return the WHERE condition of the caller's feeds, those of divisions that theirs followed included."""
    held = authority.reach(by, roles=_OFFICERS)
    codes = {each for code in held for each in await areas.codes_before(session, code)}
    earlier = (authority.within(WeatherFeed.area_code, code) for code in sorted(codes - set(held)))
    return or_(authority.covers(by, roles=_OFFICERS, area=WeatherFeed.area_code), *earlier)


def _hash_of(key: str) -> bytes:
    """Return what is kept of a key; it is random, so a plain hash suffices."""
    return hashlib.sha256(key.encode(errors="replace")).digest()
