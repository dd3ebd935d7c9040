"""A person's say about what reaches their phone and when."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import InvalidInput, SignInRequired
from app.core.urgency import Urgency
from app.models import Language, Notification, NotificationPreference
from app.services.accounts import editors
from app.services.notifications import jobs, templates
from app.services.notifications.timing import Mode, Say

LONGEST_RIDE = timedelta(hours=12)


async def own_preference(session: AsyncSession, *, by: Actor, now: datetime) -> NotificationPreference:
    """Return the caller's say, as it is before any word if they never gave one; nothing is written."""
    if by.account_id is None:
        raise SignInRequired
    found = await session.get(NotificationPreference, by.account_id)
    return found or NotificationPreference(**_first(by), changed_at=now)


def _first(by: Actor) -> dict[str, object]:
    return {
        "account_id": by.account_id,
        "topics": {},
        "quiet_from": None,
        "quiet_to": None,
        "riding_until": None,
        "language": Language.ZH,
        "version": 1,
    }


def topics_for(by: Actor, own: NotificationPreference) -> list[str]:
    """Return the topics that concern the caller's roles, and those that they had a say about before."""
    concerns = templates.catalogue().concerns
    return [
        topic for topic, roles in concerns.items() if not roles or by.holds(*roles) or topic in own.topics
    ]


async def prefer(
    session: AsyncSession,
    *,
    topics: Mapping[str, Mode],
    quiet: tuple[int, int] | None,
    language: Language,
    version: int,
    by: Actor,
    now: datetime,
) -> NotificationPreference:
    """Set what the caller wants to be told at once, in a digest, or not; and when it is quiet.

    Raises:
        InvalidInput: there is no such topic.
        EditConflict: it was changed on another device since ``version`` was read.
    """
    if unknown := topics.keys() - templates.catalogue().topics.keys():
        raise InvalidInput(hint=f"topics.{min(unknown)}")
    own = await _own_locked(session, by=by, now=now)
    if own.version != version:
        raise await editors.conflict(session, by.account_id)
    own.topics = {topic: mode.value for topic, mode in topics.items() if mode is not Mode.AT_ONCE}
    own.quiet_from, own.quiet_to = quiet or (None, None)
    own.language = language
    own.version += 1
    own.changed_at = now
    await _judge_anew(session, own, now=now)
    return own


async def ride(session: AsyncSession, *, until: datetime | None, by: Actor, now: datetime) -> None:
    """Say that the caller is riding, until an instant at most 12 hours ahead, or that they are no more.

    Raises:
        InvalidInput: that is too far ahead.
    """
    if until is not None and until > now + LONGEST_RIDE:
        raise InvalidInput(hint="until")
    own = await _own_locked(session, by=by, now=now)
    own.riding_until = until
    await _judge_anew(session, own, now=now)


async def _judge_anew(session: AsyncSession, own: NotificationPreference, *, now: datetime) -> None:
    """Let what was put off be looked at again: it may go out earlier, or not at all."""
    put_off = or_(Notification.push_at > now, Notification.digest_at.is_not(None))
    # Emergencies do not care, and their next tier has its own time.
    can_wait = Notification.urgency != Urgency.EMERGENCY
    waiting = (Notification.account_id == own.account_id) & put_off & can_wait
    await session.execute(update(Notification).where(waiting).values(push_at=now, digest_at=None))
    jobs.ask_to_route(session)


async def _own_locked(session: AsyncSession, *, by: Actor, now: datetime) -> NotificationPreference:
    if by.account_id is None:
        raise SignInRequired
    first = insert(NotificationPreference).values(**_first(by), changed_at=now).on_conflict_do_nothing()
    await session.execute(first)
    query = select(NotificationPreference).where(NotificationPreference.account_id == by.account_id)
    return (await session.scalars(query.with_for_update().execution_options(populate_existing=True))).one()


def say_of(row: NotificationPreference | None) -> Say:
    """Return what a row says; nothing was said where there is none."""
    if row is None:
        return Say()
    return Say(row.topics, row.quiet_from, row.quiet_to, row.riding_until, row.language)
