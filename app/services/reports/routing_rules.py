"""Ordered routing rules: the first that fits a case proposes a unit; pure, and it always says why.

A narrower area's rules come before a wider one's; within an area they stand in the order of ``position``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from app.core.clock import SHANGHAI
from app.models import UnitKind, Urgency
from app.services.areas import Calendar, Lineage

_MOST_HOPS = 20
_MOST_TOLD = 20
_GONE = "承办单位已撤销,没有承接单位"
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
        self._rules: dict[str, list[_Ready]] = {}
        for rule in sorted(rules, key=lambda rule: (rule.position, rule.id)):
            self._rules.setdefault(rule.area_code, []).append(self._made_ready(rule))
        self._plans: dict[tuple[str, str, str], _Plan] = {}
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
        local = facts.at.astimezone(SHANGHAI)
        for code in self._lineage.above(facts.area_code):
            if code not in self._rules:
                continue
            plan = self._plan(code, facts)
            for passed_over, ready in plan.stages:
                tried += passed_over
                outcome = self._outcome(ready, facts, local)
                if isinstance(outcome, Unit):
                    fired = Try(ready.rule, "fired")
                    return Proposal(outcome, ready.rule, _why(ready.rule, outcome), (*tried, fired))
                tried.append(outcome)
            tried += plan.rest
        return self._by_kind(facts, tuple(tried))

    def _plan(self, code: str, facts: Facts) -> "_Plan":
        """Return an area's rules as they stand for a category: those of others are passed over at once."""
        key = code, facts.category_id, facts.group
        plan = self._plans.get(key)
        if plan is None:
            plan = self._plans[key] = _planned(self._rules[code], facts)
        return plan

    def _outcome(self, ready: "_Ready", facts: Facts, local: datetime) -> Unit | Try:
        """Return a rule's unit, or what became of the rule."""
        condition = ready.condition
        if isinstance(condition, str):
            return Try(ready.rule, condition, is_error=True)
        if mismatch := self._mismatch(condition, facts, local):
            return Try(ready.rule, mismatch)
        if isinstance(ready.unit, str):
            return Try(ready.rule, ready.unit, is_error=True)
        return ready.unit

    def _mismatch(self, condition: Condition, facts: Facts, local: datetime) -> str:
        """Return the name of the first part of a condition that a case does not meet; empty when it fits.

        The category is not asked again.
        """
        if condition.urgencies and facts.urgency not in condition.urgencies:
            return "urgency"
        if not _in_window(local.time(), condition.starts, condition.ends):
            return "time"
        if condition.days is not Days.ANY:
            is_working = self._calendar.is_working_day(local.date())
            if is_working is not (condition.days is Days.WORKING):
                return "days"
        unmet = (key for key, value in condition.answers.items() if facts.answers.get(key) != value)
        return next((f"answer {key}" for key in unmet), "")

    def _made_ready(self, rule: Rule) -> "_Ready":
        """Return a rule with what it asks and its unit, or the one that followed it; or why there is none."""
        try:
            condition: Condition | str = read_condition(rule.condition)
        except RuleBroken as broken:
            condition = str(broken)
        unit = self._units.get(rule.unit_id)
        for _ in range(_MOST_HOPS):
            if unit is None or not unit.is_ended:
                break
            unit = self._units.get(unit.successor_id) if unit.successor_id else None
        return _Ready(rule, condition, _GONE if unit is None or unit.is_ended else unit)

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


class _Ready(NamedTuple):
    """A rule, what it asks, and who it names; in the place of either, why it cannot be applied."""

    rule: Rule
    condition: Condition | str
    unit: Unit | str


class _Plan(NamedTuple):
    """An area's rules for one category: each that may fit, after those before it that cannot."""

    stages: tuple[tuple[tuple[Try, ...], _Ready], ...]
    rest: tuple[Try, ...]


def _planned(rules: Iterable[_Ready], facts: Facts) -> _Plan:
    stages: list[tuple[tuple[Try, ...], _Ready]] = []
    passed_over: list[Try] = []
    for ready in rules:
        if _is_of(ready.condition, facts):
            stages.append((tuple(passed_over), ready))
            passed_over = []
        else:
            passed_over.append(Try(ready.rule, "category"))
    return _Plan(tuple(stages), tuple(passed_over))


def _is_of(condition: Condition | str, facts: Facts) -> bool:
    """Tell whether a rule is of a case's category, or of any; one that cannot be read has to be told of."""
    if isinstance(condition, str) or not (condition.categories or condition.groups):
        return True
    return facts.category_id in condition.categories or facts.group in condition.groups


def _in_window(at: time, starts: time | None, ends: time | None) -> bool:
    starts, ends = starts or time.min, ends or time.max
    if starts <= ends:
        return starts <= at and (at < ends or ends == time.max)
    return at >= starts or at < ends


def _why(rule: Rule, unit: Unit) -> str:
    return "rule" if unit.id == rule.unit_id else "rule, its unit's successor"
