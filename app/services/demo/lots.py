"""Drawing one of several by weight."""

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def draw(dice: random.Random, choices: Sequence[tuple[T, float]]) -> T:
    """Return one of some choices, each with its weight."""
    return dice.choices([each for each, _ in choices], [weight for _, weight in choices])[0]
