"""The counts behind every figure; they add up, so any level of areas is a sum of communities."""

from collections.abc import Iterable
from dataclasses import asdict, astuple, dataclass, fields
from datetime import date, datetime
from typing import Any, TypeAlias

from app.core.clock import SHANGHAI

Key: TypeAlias = tuple[str, str]  # community, category


@dataclass(frozen=True, slots=True)
class Tally:
    """What happened in a month, counted."""

    submitted: int = 0
    acceptance_owed: int = 0
    accepted_in_time: int = 0
    due: int = 0
    done_in_time: int = 0
    due_originally: int = 0
    done_in_original_time: int = 0
    closed: int = 0
    first_time: int = 0
    reopened: int = 0
    dispatches: int = 0
    returns: int = 0
    asked: int = 0
    answered: int = 0
    satisfied: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        """Return both together."""
        return Tally(*map(sum, zip(astuple(self), astuple(other), strict=True)))


NAMES = tuple(field.name for field in fields(Tally))
Cells: TypeAlias = dict[Key, Tally]


def total(tallies: Iterable[Tally]) -> Tally:
    """Return the sum of counts."""
    return sum(tallies, start=Tally())


def to_json(cells: Cells) -> dict[str, Any]:
    """Return counts as a snapshot keeps them; zeros are left out."""
    return {
        "cells": [
            [*key, {name: count for name, count in asdict(tally).items() if count}]
            for key, tally in sorted(cells.items())
        ]
    }


def from_json(content: dict[str, Any]) -> Cells:
    """Read a snapshot's counts."""
    return {(area, category): Tally(**counts) for area, category, counts in content["cells"]}


def month_of(month: date) -> tuple[datetime, datetime]:
    """Return the first instant of a month in China, and of the next one."""
    first = datetime(month.year, month.month, 1, tzinfo=SHANGHAI)
    return first, datetime(month.year + month.month // 12, month.month % 12 + 1, 1, tzinfo=SHANGHAI)
