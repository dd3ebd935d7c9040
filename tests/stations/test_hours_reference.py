"""Our reader and the reference one say the same, of plain expressions and of what we compile."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.services.stations.hours import Schedule
from tests.stations.reference import plans

EXPECTED = json.loads((Path(plans.__file__).parent / "expected.json").read_text())
START = datetime(2024, 12, 31, 16, 0, tzinfo=UTC)  # 2025 begins in China
LETTER = {True: "o", False: "c", None: "u"}


@pytest.mark.parametrize("expression", plans.expressions(), ids=range(len(EXPECTED)))
def test_the_reference_reader_agrees(expression):
    assert expression in EXPECTED, "what is compiled changed: ask the reference anew, see reference/README.md"
    schedule = Schedule(expression)
    asked = EXPECTED[expression]["minutes"]
    ours = "".join(LETTER[schedule.look(START + timedelta(minutes=minute)).is_open] for minute in asked)
    assert ours == EXPECTED[expression]["said"]


def test_the_oracle_is_not_trivial():
    said = "".join(each["said"] for each in EXPECTED.values())
    assert min(said.count(letter) for letter in "ocu") > 200
