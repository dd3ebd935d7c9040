"""When a copy may go out: pure rules over a person's say. Emergencies pass them all."""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any

from app.core.clock import SHANGHAI
from app.core.urgency import Urgency
from app.models import Language

_DIGEST_AT = time(8, 30)
_DAY_MINUTES = 24 * 60
_HOUR = timedelta(hours=1)


class Mode(StrEnum):
    """How copies of a topic go out; the inbox has everything in any case."""

    AT_ONCE = "at_once"
    HOURLY = "hourly"  # once an hour, together
    DIGEST = "digest"  # once a day, together
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Say:
    """What a person decided; without a word everything goes out at once. ``quiet_…`` are minutes of a day."""

    topics: dict[str, Any] = field(default_factory=dict)
    quiet_from: int | None = None
    quiet_to: int | None = None
    riding_until: datetime | None = None
    language: Language = Language.ZH

    def mode(self, topic: str) -> Mode:
        """Return how a topic's copies go out."""
        return Mode(self.topics.get(topic, Mode.AT_ONCE))


def may_go_at(say: Say, topic: str, urgency: Urgency, *, now: datetime) -> datetime | None:
    """Return from when on a copy may go out, or ``None`` if it never may."""
    if urgency is Urgency.EMERGENCY:
        return now
    if say.mode(topic) is Mode.OFF:
        return None
    at = now
    if say.riding_until is not None:
        at = max(at, say.riding_until)
    return _after_quiet(say, at)


def digest_at(say: Say, topic: str, urgency: Urgency, *, told_at: datetime) -> datetime | None:
    """Return when the digest is due that speaks for something, or ``None`` if it goes out by itself."""
    if urgency is not Urgency.NORMAL:
        return None
    mode = say.mode(topic)
    if mode is Mode.DIGEST:
        return _next(_DIGEST_AT, told_at)
    if mode is Mode.HOURLY:
        return told_at.replace(minute=0, second=0, microsecond=0) + _HOUR
    return None


def _after_quiet(say: Say, at: datetime) -> datetime:
    """Return an instant, or the end of the quiet hours that it lies in; they may cross midnight."""
    if say.quiet_from is None or say.quiet_to is None or say.quiet_from == say.quiet_to:
        return at
    local = at.astimezone(SHANGHAI)
    minute = local.hour * 60 + local.minute
    since_start = (minute - say.quiet_from) % _DAY_MINUTES
    if since_start >= (say.quiet_to - say.quiet_from) % _DAY_MINUTES:
        return at
    return _next(time(say.quiet_to // 60, say.quiet_to % 60), at)


def _next(clock: time, at: datetime) -> datetime:
    """Return when it is next some time of the day in China; never the instant itself."""
    local = at.astimezone(SHANGHAI)
    found = local.replace(hour=clock.hour, minute=clock.minute, second=0, microsecond=0)
    return (found if found > local else found + timedelta(days=1)).astimezone(at.tzinfo)
