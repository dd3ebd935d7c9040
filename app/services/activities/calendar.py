"""A person's places as an iCalendar feed (RFC 5545), at a secret address that can be taken back."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from icalendar import Calendar, Event
from sqlalchemy import Row, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import NotFound, SignInRequired
from app.models import (
    Account,
    AccountStatus,
    ActivityShift,
    CalendarFeed,
    SignUp,
    SignUpState,
    VolunteerActivity,
)
from app.services.accounts.vault import token_hash

_SECRET_BYTES = 32
_BACK = timedelta(days=30)
_MOST = 500
# A place that was given up stays in calendars as cancelled for so long, or phones would keep it.
_SHOWN = (SignUpState.BOOKED, SignUpState.CANCELLED, SignUpState.WITHDRAWN, SignUpState.COVERED)


async def open_feed(session: AsyncSession, *, by: Actor, now: datetime) -> str:
    """Make the secret of the caller's feed and return it; the one before opens nothing any more."""
    if by.account_id is None:
        raise SignInRequired
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    values = {"secret_hash": token_hash(secret), "made_at": now}
    written = insert(CalendarFeed).values(account_id=by.account_id, **values)
    await session.execute(
        written.on_conflict_do_update(index_elements=[CalendarFeed.account_id], set_=values)
    )
    return secret


async def close_feed(session: AsyncSession, *, by: Actor) -> None:
    """Take the address of the caller's feed back; it is fine if there is none."""
    if (feed := await session.get(CalendarFeed, by.account_id)) is not None:
        await session.delete(feed)


async def read_feed(session: AsyncSession, secret: str, *, now: datetime) -> bytes:
    """Return the feed of a secret: places of the last month and all to come; names nobody.

    Raises:
        NotFound: the secret opens nothing, or its person is gone or banned.
    """
    owner = (
        select(CalendarFeed.account_id)
        .join(Account, Account.id == CalendarFeed.account_id)
        .where(CalendarFeed.secret_hash == token_hash(secret), Account.status == AccountStatus.ACTIVE)
    )
    account_id = await session.scalar(owner)
    if account_id is None:
        raise NotFound
    query = (
        select(SignUp, ActivityShift, VolunteerActivity)
        .join(ActivityShift, ActivityShift.id == SignUp.shift_id)
        .join(VolunteerActivity, VolunteerActivity.id == SignUp.activity_id)
        .where(
            SignUp.account_id == account_id,
            SignUp.state.in_(_SHOWN),
            ActivityShift.starts_at > now - _BACK,
        )
        .order_by(ActivityShift.starts_at)
        .limit(_MOST)
    )
    return _written((await session.execute(query)).all())


def _written(rows: Sequence[Row[SignUp, ActivityShift, VolunteerActivity]]) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//Nuanfeng//Volunteering//ZH")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", "暖蜂志愿服务")
    for row, shift, activity in rows:
        event = Event()
        event.add("uid", f"{row.id}@nuanfeng")
        changed_at = max(row.changed_at, activity.changed_at)
        event.add("dtstamp", changed_at)
        event.add("last-modified", changed_at)
        event.add("dtstart", shift.starts_at)
        event.add("dtend", shift.ends_at)
        event.add("summary", activity.title)
        event.add("location", activity.place_text)
        event.add("status", "CONFIRMED" if row.state is SignUpState.BOOKED else "CANCELLED")
        if activity.lat is not None and activity.lon is not None:
            event.add("geo", (activity.lat, activity.lon))
        calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written
