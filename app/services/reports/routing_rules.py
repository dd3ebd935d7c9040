"""Ordered routing rules: the first that fits a case proposes a unit; pure, and it always says why.

A narrower area's rules come before a wider one's; within an area they stand in the order of ``position``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum
from typing import Any
from uuid import UUID

from app.core.clock import SHANGHAI
from app.models import UnitKind, Urgency
from app.services.areas import Calendar, Lineage

_MOST_HOPS = 20
_MOST_TOLD = 20
_KINDS = {kind.value: kind for kind in UnitKind}


class Days(StrEnum):
    """On which days a rule fits, by the official calendar."""

    ANY = "any"
    WORKING = "working"
    OFF = "off"


class RuleBroken(Exception):
    """A rule cannot be applied; its text says why."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What a rule asks of a case; what is empty asks nothing.

    ``categories`` and ``groups`` are alternatives to one another. From ``starts`` to ``ends`` in local
    time, over midnight when it ends before it starts. ``answers`` are all to be given just so.
    """

    categories: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    urgencies: tuple[Urgency, ...] = ()
    days: Days = Days.ANY
    starts: time | None = None
    ends: time | None = None
    answers: Mapping[str, Any] = field(default_factory=dict)

    def written(self) -> dict[str, Any]:
        """Return the condition as it is stored."""
        return {
            "categories": list(self.categories),
            "groups": list(self.groups),
            "urgencies": [urgency.value for urgency in self.urgencies],
            "days": self.days.value,
            "starts": None if self.starts is None else self.starts.isoformat("minutes"),
            "ends": None if self.ends is None else self.ends.isoformat("minutes"),
            "answers": dict(self.answers),
        }


def read_condition(stored: Mapping[str, Any]) -> Condition:
    """Return a stored condition.

    Raises:
        RuleBroken: it is not one.
    """
    try:
        return Condition(
            categories=tuple(stored["categories"]),
            groups=tuple(stored["groups"]),
            urgencies=tuple(Urgency(each) for each in stored["urgencies"]),
            days=Days(stored["days"]),
            starts=None if stored["starts"] is None else time.fromisoformat(stored["starts"]),
            ends=None if stored["ends"] is None else time.fromisoformat(stored["ends"]),
            answers=dict(stored["answers"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise RuleBroken(f"条件无法读取:{type(error).__name__}") from error


@dataclass(frozen=True, slots=True)
class Facts:
    """What rules know of a case, and the instant at which they look at it."""

    area_code: str
    category_id: str
    group: str
    handled_by: str
    urgency: Urgency
    answers: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class Rule:
    """A routing rule in force, its condition as stored."""

    id: UUID
    area_code: str
    position: int
    name: str
    version: int
    unit_id: UUID
    condition: Mapping[str, Any]
    is_failing: bool


@dataclass(frozen=True, slots=True)
class Unit:
    """A handling unit as rules see it."""

    id: UUID
    name: str
    kind: UnitKind
    area_code: str
    successor_id: UUID | None
    is_ended: bool


@dataclass(frozen=True, slots=True)
class Try:
    """What became of one rule: why it did not fit, that it fired, or its error."""

    rule: Rule
    outcome: str
    is_error: bool = False


@dataclass(frozen=True, slots=True)
class Proposal:
    """Which unit is proposed, and how that came about; ``rule`` is ``None`` where no rule fitted."""

    unit: Unit | None
    rule: Rule | None
    why: str
    tried: tuple[Try, ...] = ()

    def written(self, at: datetime) -> dict[str, Any]:
        """Return what the case keeps; of many rules that did not fit, the first twenty."""
        rule = self.rule
        told = [each for each in self.tried if each.is_error]
        told += [each for each in self.tried if not each.is_error][: _MOST_TOLD - len(told)]
        return {
            "rule_id": None if rule is None else str(rule.id),
            "rule_version": None if rule is None else rule.version,
            "rule_name": None if rule is None else rule.name,
            "unit_id": None if self.unit is None else str(self.unit.id),
            "unit_name": None if self.unit is None else self.unit.name,
            "why": self.why,
            "at": at.isoformat(),
            "tried": [
                {"rule_id": str(each.rule.id), "version": each.rule.version, "outcome": each.outcome}
                for each in told
            ],
        }


class Routing:
    """The rules and units in force; immutable."""

    def __init__(
        self, rules: Iterable[Rule], units: Iterable[Unit], *, calendar: Calendar, lineage: Lineage
    ) -> None:
        """Put rules and units by area."""
        self._calendar = calendar
        self._lineage = lineage
        self._units = {unit.id: unit for unit in units}
        self._rules: dict[str, list[tuple[Rule, Condition | str]]] = {}
        for rule in sorted(rules, key=lambda rule: (rule.position, rule.id)):
            self._rules.setdefault(rule.area_code, []).append((rule, _asked(rule)))
        self._in_area: dict[tuple[str, UnitKind], list[Unit]] = {}
        for unit in self._units.values():
            if not unit.is_ended:
                self._in_area.setdefault((unit.area_code, unit.kind), []).append(unit)

    def propose(self, facts: Facts) -> Proposal:
        """Return the first fitting rule's unit; a rule that cannot be applied is passed over and told of.

        Where none fits, the unit next to the case of the kind that usually handles its category; where
        there is none (a compound without a property firm), the community itself.
        """
        tried: list[Try] = []
        for code in self._lineage.above(facts.area_code):
            for rule, condition in self._rules.get(code, ()):
                try:
                    mismatch = self._mismatch(condition, facts)
                    unit = None if mismatch else self._standing(rule.unit_id)
                except RuleBroken as error:
                    tried.append(Try(rule, str(error), is_error=True))
                    continue
                if unit is not None:
                    return Proposal(unit, rule, _why(rule, unit), (*tried, Try(rule, "fired")))
                tried.append(Try(rule, mismatch or ""))
        return self._by_kind(facts, tuple(tried))

    def _mismatch(self, condition: Condition | str, facts: Facts) -> str:
        """Return the name of the first part of a condition that a case does not meet; empty when it fits."""
        if isinstance(condition, str):
            raise RuleBroken(condition)
        if (condition.categories or condition.groups) and (
            facts.category_id not in condition.categories and facts.group not in condition.groups
        ):
            return "category"
        if condition.urgencies and facts.urgency not in condition.urgencies:
            return "urgency"
        local = facts.at.astimezone(SHANGHAI)
        if not _in_window(local.time(), condition.starts, condition.ends):
            return "time"
        if condition.days is not Days.ANY:
            is_working = self._calendar.is_working_day(local.date())
            if is_working is not (condition.days is Days.WORKING):
                return "days"
        unmet = (key for key, value in condition.answers.items() if facts.answers.get(key) != value)
        return next((f"answer {key}" for key in unmet), "")

    def _standing(self, unit_id: UUID) -> Unit:
        """Return a unit, or the one that followed it."""
        unit = self._units.get(unit_id)
        for _ in range(_MOST_HOPS):
            if unit is None or not unit.is_ended:
                break
            unit = self._units.get(unit.successor_id) if unit.successor_id else None
        if unit is None or unit.is_ended:
            raise RuleBroken("承办单位已撤销,没有承接单位")
        return unit

    def _by_kind(self, facts: Facts, tried: tuple[Try, ...]) -> Proposal:
        kind = _KINDS.get(facts.handled_by)
        if kind is not None:
            for code in self._lineage.above(facts.area_code):
                near = self._in_area.get((code, kind), ())
                if len(near) == 1:
                    return Proposal(near[0], None, f"no rule fits: the area's only {kind.value}", tried)
                if near or kind is UnitKind.PROPERTY_COMPANY:
                    break  # several: a person has to choose; and no firm serves another community
        for code in self._lineage.above(facts.area_code):
            for unit in self._in_area.get((code, UnitKind.COMMUNITY), ()):
                return Proposal(unit, None, "no rule fits: the community itself", tried)
        return Proposal(None, None, "no rule fits", tried)


def _asked(rule: Rule) -> Condition | str:
    """Return what a rule asks, or why that cannot be read."""
    try:
        return read_condition(rule.condition)
    except RuleBroken as broken:
        return str(broken)


def _in_window(at: time, starts: time | None, ends: time | None) -> bool:
    starts, ends = starts or time.min, ends or time.max
    if starts <= ends:
        return starts <= at and (at < ends or ends == time.max)
    return at >= starts or at < ends


def _why(rule: Rule, unit: Unit) -> str:
    return "rule" if unit.id == rule.unit_id else "rule, its unit's successor"
