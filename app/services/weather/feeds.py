"""Bureaus' systems that post an area's alerts by themselves: each by an address that ends in its own key."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Grant, Role
from app.core.errors import NotFound
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


async def list_feeds(session: AsyncSession, *, by: Actor) -> Sequence[WeatherFeed]:
    """Return the systems that post alerts of the caller's areas, closed ones too, the newest first."""
    query = select(WeatherFeed).where(authority.covers(by, roles=_OFFICERS, area=WeatherFeed.area_code))
    return (await session.scalars(query.order_by(WeatherFeed.id.desc()))).all()


async def close_feed(session: AsyncSession, feed_id: UUID, *, by: Actor, now: datetime) -> None:
    """Take nothing more from a system; its alerts stay. Again is no error.

    Raises:
        NotFound: it posts for no area of the caller's.
    """
    feed = await session.get(WeatherFeed, feed_id, with_for_update=True)
    if feed is None or not authority.may(by, roles=_OFFICERS, area_code=feed.area_code):
        raise NotFound
    feed.closed_at = feed.closed_at or now


async def take_from_feed(
    session: AsyncSession, key: str, message: CapAlert, *, now: datetime
) -> list[WeatherAlert]:
    """Take a CAP message from the system whose key this is, within its area; see :func:`take_cap`.

    Raises:
        NotFound: no open feed has this key, or none of the message's divisions is the feed's.
        AlertInvalid: it ends before it begins, or lasts longer than a week.
    """
    query = select(WeatherFeed).where(WeatherFeed.key_hash == _hash_of(key), WeatherFeed.closed_at.is_(None))
    feed = await session.scalar(query.with_for_update())
    if feed is None:
        raise NotFound
    its_area = Actor(None, (Grant(Role.DISTRICT_OFFICER, (feed.area_code,)),))
    alerts = await take_cap(session, message, by=its_area, now=now)
    feed.heard_at = now
    return alerts


def _hash_of(key: str) -> bytes:
    """Return what is kept of a key; it is random, so a plain hash suffices."""
    return hashlib.sha256(key.encode(errors="replace")).digest()
