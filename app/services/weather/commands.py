"""Alerts come in, end and are watched."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import locks
from app.core.actor import Actor, Role
from app.core.errors import KeyReused, NotFound
from app.core.weather import AlertColour, WeatherKind
from app.models import CapTakenBack, WeatherAlert, WeatherWatch
from app.services import areas, authority, outbox
from app.services.weather import queries
from app.services.weather.cap import CapAlert
from app.services.weather.errors import AlertInvalid, AlertOver, TooManyWatches
from app.services.weather.events import WeatherAlertEnded, WeatherAlertIssued

_STAFF = (Role.COMMUNITY_STAFF, Role.DISTRICT_OFFICER)
_LONGEST = timedelta(days=7)
_KEPT_FOR = timedelta(days=30)
_MOST_WATCHES = 20


@dataclass(frozen=True, slots=True)
class AlertDraft:
    """An alert as staff copy it from the weather bureau; it may take the place of another of theirs."""

    kind: WeatherKind
    colour: AlertColour
    area_code: str
    starts_at: datetime
    ends_at: datetime
    source: str
    text: str = ""
    replaces_id: UUID | None = None


async def enter(
    session: AsyncSession, alert_id: UUID, draft: AlertDraft, *, by: Actor, now: datetime
) -> WeatherAlert:
    """Enter an alert; the same id and content again is the same alert.

    Raises:
        NotFound: the area, or the alert to be replaced, is not the caller's.
        AlertInvalid: see there.
        AlertOver: the alert to be replaced has ended already.
        KeyReused: the id is another alert's.
    """
    await _check_area(session, draft.area_code, by=by)
    await locks.alone(session, alert_id)
    if (kept := await session.get(WeatherAlert, alert_id)) is not None:
        if _same(kept, draft):
            return kept
        raise KeyReused
    _check_span(draft.starts_at, draft.ends_at, now=now)
    if draft.replaces_id is not None:
        await end(session, draft.replaces_id, by=by, now=now)
    alert = _row(draft, issued_at=now, now=now)
    alert.id, alert.entered_by = alert_id, by.account_id
    return await _issue(session, alert, now=now)


async def end(session: AsyncSession, alert_id: UUID, *, by: Actor, now: datetime) -> WeatherAlert:
    """End an alert before its time.

    Raises:
        NotFound: it is not in the caller's area.
        AlertOver: it has ended.
    """
    alert = await session.get(WeatherAlert, alert_id, with_for_update=True)
    if alert is None or not authority.may(by, roles=_STAFF, area_code=alert.area_code):
        raise NotFound
    if alert.ended_at is not None or alert.ends_at <= now:
        raise AlertOver
    _end(session, alert, now=now)
    return alert


async def take_cap(
    session: AsyncSession, message: CapAlert, *, by: Actor, now: datetime
) -> list[WeatherAlert]:
    """Take a CAP message: its alerts, one a division, and the end of those that it refers to.

    The same message again changes nothing, and messages may come in any order: what was taken back before
    it came is over when it comes. Of its divisions those that are not known here, or not the caller's, are
    left out.

    Raises:
        NotFound: none of its divisions is the caller's.
        AlertInvalid: it ends before it begins, or lasts longer than a week.
    """
    await queries.hold(session, {message.key, *message.replaces})
    await _note_taken_back(session, message, by=by, now=now)
    for earlier in await queries.with_keys(session, message.replaces):
        if authority.may(by, roles=_STAFF, area_code=earlier.area_code):
            _end(session, earlier, now=now)
    if message.is_cancel:
        return []
    named = await _followed(session, message.area_codes)
    codes = [code for code in named if await _is_own(session, code, by)]
    if not codes:
        raise NotFound
    known = {alert.area_code for alert in await queries.with_keys(session, [message.key], also_ended=True)}
    taken_back = await queries.taken_back_within(session, message.key)
    drafts = [_draft(message, code) for code in codes if code not in known]
    for draft in drafts:
        _check_span(draft.starts_at, draft.ends_at, now=draft.starts_at)
    return [
        await _issue(session, _cap_row(draft, message, by, taken_back=taken_back, now=now), now=now)
        for draft in drafts
    ]


async def _note_taken_back(session: AsyncSession, message: CapAlert, *, by: Actor, now: datetime) -> None:
    everywhere = [""] if by.holds(Role.SYSADMIN) else []
    rows = [
        {"cap_key": key, "within_code": code, "noted_at": now}
        for key in message.replaces
        for code in everywhere or authority.reach(by, roles=_STAFF)
    ]
    if rows:
        await session.execute(insert(CapTakenBack).values(rows).on_conflict_do_nothing())


async def forget_taken_back(session: AsyncSession, *, now: datetime) -> int:
    """Delete what was taken back so long ago that the message, if it came, would be over by itself."""
    old = delete(CapTakenBack).where(CapTakenBack.noted_at < now - _KEPT_FOR)
    return len((await session.scalars(old.returning(CapTakenBack.cap_key))).all())


async def watch(session: AsyncSession, area_code: str, *, by: Actor, now: datetime) -> None:
    """Have the caller told of an area's alerts.

    Raises:
        NotFound: there is no such area.
        TooManyWatches: see there.
    """
    if by.account_id is None or not await areas.exists(session, area_code):
        raise NotFound
    await locks.alone(session, by.account_id)  # two at once would both be the twentieth
    kept = await queries.watched(session, by=by)
    if area_code not in kept and len(kept) >= _MOST_WATCHES:
        raise TooManyWatches
    row = {"account_id": by.account_id, "area_code": area_code, "since": now}
    await session.execute(insert(WeatherWatch).values(row).on_conflict_do_nothing())


async def unwatch(session: AsyncSession, area_code: str, *, by: Actor) -> None:
    """Tell the caller no more of an area's alerts; it is fine if they were not told."""
    if (row := await session.get(WeatherWatch, (by.account_id, area_code))) is not None:
        await session.delete(row)


async def _check_area(session: AsyncSession, area_code: str, *, by: Actor) -> None:
    if not await _is_own(session, area_code, by):
        raise NotFound


async def _followed(session: AsyncSession, codes: Sequence[str]) -> list[str]:
    """Return what a bureau's codes stand for now: it may go on naming a division that has ended."""
    found = [each for code in codes for each in await areas.codes_in_force(session, code)]
    return list(dict.fromkeys(found))


async def _is_own(session: AsyncSession, area_code: str, by: Actor) -> bool:
    if not authority.may(by, roles=_STAFF, area_code=area_code):
        return False
    return await areas.exists(session, area_code)


def _check_span(starts_at: datetime, ends_at: datetime, *, now: datetime) -> None:
    if not max(starts_at, now) < ends_at <= starts_at + _LONGEST:
        raise AlertInvalid


def _same(kept: WeatherAlert, draft: AlertDraft) -> bool:
    fields = ("kind", "colour", "area_code", "starts_at", "ends_at", "source", "text")
    return all(getattr(kept, name) == getattr(draft, name) for name in fields)


def _row(
    draft: AlertDraft, *, issued_at: datetime, now: datetime, replaces: Sequence[str] = ()
) -> WeatherAlert:
    return WeatherAlert(
        kind=draft.kind,
        colour=draft.colour,
        area_code=draft.area_code,
        starts_at=draft.starts_at,
        ends_at=draft.ends_at,
        source=draft.source,
        text=draft.text,
        replaces=list(replaces),
        issued_at=issued_at,
        entered_at=now,
    )


def _draft(message: CapAlert, area_code: str) -> AlertDraft:
    if message.kind is None or message.colour is None or message.starts_at is None or message.ends_at is None:
        raise AlertInvalid
    span = (message.starts_at, message.ends_at)
    return AlertDraft(message.kind, message.colour, area_code, *span, message.source, message.text)


def _cap_row(
    draft: AlertDraft, message: CapAlert, by: Actor, *, taken_back: Sequence[str], now: datetime
) -> WeatherAlert:
    alert = _row(draft, issued_at=message.issued_at, now=now, replaces=message.replaces)
    alert.cap_key, alert.entered_by = message.key, by.account_id
    is_over = any(authority.is_within(draft.area_code, code) for code in taken_back)
    alert.ended_at = now if is_over else None
    return alert


async def _issue(session: AsyncSession, alert: WeatherAlert, *, now: datetime) -> WeatherAlert:
    session.add(alert)
    await session.flush()
    if alert.ended_at is None and alert.ends_at > now:
        event = WeatherAlertIssued(alert.id, alert.kind.value, alert.colour.value, alert.ends_at)
        outbox.record(session, event, now=now, area_code=alert.area_code)
    return alert


def _end(session: AsyncSession, alert: WeatherAlert, *, now: datetime) -> None:
    alert.ended_at = now
    outbox.record(session, WeatherAlertEnded(alert.id), now=now, area_code=alert.area_code)
