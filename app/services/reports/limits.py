"""Which time limit holds for a step of a case: the narrowest area's, then the closest to the category; pure.

An area's own limit for a step, however general, goes before every wider area's: who answers for the street
decides. Where nobody has said anything the shipped limits hold (the table of GB/T 30428.8 is not public).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.models import DeadlineRule, DeadlineStep, LimitUnit, Urgency
from app.services.areas import Calendar, Lineage
from app.services.reports import working_time
from app.services.reports.working_time import DEFAULT_HOURS, Due, OfficeHours


@dataclass(frozen=True, slots=True)
class Limit:
    """So much time for a step; the last three members say whose limit it is, none of them: a shipped one."""

    step: DeadlineStep
    amount: int
    unit: LimitUnit
    urgency: Urgency | None = None
    category_id: str | None = None
    area_code: str | None = None
    rule_id: UUID | None = None
    version: int | None = None

    @classmethod
    def of(cls, rule: DeadlineRule) -> "Limit":
        """Return an area's limit as data."""
        return cls(
            step=rule.step,
            amount=rule.amount,
            unit=rule.unit,
            urgency=rule.urgency,
            category_id=rule.category_id,
            area_code=rule.area_code,
            rule_id=rule.id,
            version=rule.version,
        )

    @property
    def is_countable(self) -> bool:
        """Tell whether its step may count in its unit."""
        return self.unit in _CLOCK or self.step not in BY_THE_CLOCK

    @property
    def clock_time(self) -> timedelta:
        """The time by the clock, whatever the hour; of a limit that counts so."""
        return self.amount * _CLOCK[self.unit]

    def snapshot(self) -> dict[str, Any]:
        """Return what a promise keeps of the limit it was made by."""
        return {
            "amount": self.amount,
            "unit": self.unit.value,
            "area_code": self.area_code,
            "rule_id": None if self.rule_id is None else str(self.rule_id),
            "version": self.version,
        }


_S, _U = DeadlineStep, LimitUnit
# Whom to call next about an emergency cannot wait for office hours.
BY_THE_CLOCK = frozenset({_S.CALL_BACKUP, _S.CALL_DISTRICT})
_CLOCK = {_U.CLOCK_MINUTES: timedelta(minutes=1), _U.CLOCK_HOURS: timedelta(hours=1)}
_EMERGENCY, _URGENT, _NORMAL = Urgency.EMERGENCY, Urgency.URGENT, Urgency.NORMAL
DEFAULTS: tuple[Limit, ...] = (
    Limit(_S.ACCEPTANCE, 15, _U.CLOCK_MINUTES, _EMERGENCY),
    Limit(_S.ACCEPTANCE, 1, _U.CLOCK_HOURS, _URGENT),
    Limit(_S.ACCEPTANCE, 4, _U.WORKING_HOURS, _NORMAL),
    Limit(_S.DISPATCH, 1, _U.CLOCK_HOURS, _EMERGENCY),
    Limit(_S.DISPATCH, 1, _U.CLOCK_HOURS, _URGENT),
    Limit(_S.DISPATCH, 1, _U.WORKING_HOURS, _NORMAL),
    Limit(_S.MADE_SAFE, 2, _U.CLOCK_HOURS, _EMERGENCY),
    Limit(_S.HANDLING, 24, _U.CLOCK_HOURS, _EMERGENCY),
    Limit(_S.HANDLING, 24, _U.CLOCK_HOURS, _URGENT),
    Limit(_S.HANDLING, 3, _U.WORKING_DAYS, _NORMAL),
    Limit(_S.FEEDBACK, 1, _U.WORKING_DAYS),
    Limit(_S.WHOLE, 24, _U.CLOCK_HOURS, _EMERGENCY),
    Limit(_S.WHOLE, 26, _U.CLOCK_HOURS, _URGENT),
    Limit(_S.WHOLE, 5, _U.WORKING_DAYS, _NORMAL),  # as the hot line 12345 promises
    Limit(_S.CALL_BACKUP, 5, _U.CLOCK_MINUTES, _EMERGENCY),
    Limit(_S.CALL_DISTRICT, 15, _U.CLOCK_MINUTES, _EMERGENCY),
)


class Terms:
    """The limits, office hours and calendar in force; immutable."""

    def __init__(
        self,
        calendar: Calendar,
        limits: Iterable[Limit] = (),
        *,
        hours: Mapping[str, OfficeHours] | None = None,
        lineage: Lineage | None = None,
    ) -> None:
        """Take what areas have said."""
        self.calendar = calendar
        self._hours = hours or {}
        self._lineage = lineage or Lineage()
        self._limits: dict[str | None, list[Limit]] = defaultdict(list)
        for limit in (*limits, *DEFAULTS):
            self._limits[limit.area_code].append(limit)

    def limit(
        self, step: DeadlineStep, *, area_code: str, category_id: str, urgency: Urgency
    ) -> Limit | None:
        """Return the limit that holds; ``None`` where the step is not limited."""
        for code in (*self._lineage.above(area_code), None):
            fitting = [
                limit
                for limit in self._limits.get(code, ())
                if limit.step is step
                and limit.category_id in (None, category_id)
                and limit.urgency in (None, urgency)
            ]
            if fitting:
                return max(fitting, key=_closeness)
        return None

    def hours_of(self, area_code: str) -> OfficeHours:
        """Return an area's office hours."""
        for code in self._lineage.above(area_code):
            if code in self._hours:
                return self._hours[code]
        return DEFAULT_HOURS

    def due(self, at: datetime, amount: int, unit: LimitUnit, *, area_code: str) -> Due:
        """Return when a time from an instant is over in an area."""
        hours = self.hours_of(area_code)
        return working_time.due(at, amount, unit, hours=hours, calendar=self.calendar)


def _closeness(limit: Limit) -> tuple[bool, bool]:
    return limit.category_id is not None, limit.urgency is not None
