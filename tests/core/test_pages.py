"""Cursors come back from outside: what we did not make is refused, never an error of ours."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from app.core.errors import BadCursor
from app.core.pages import encode_cursor, read_time_cursor, time_cursor

ID = "0190a0b0-0000-7000-8000-000000000001"


def test_a_key_comes_back_as_it_was():
    key = (datetime(2026, 11, 22, 6, 40, 0, 123456, tzinfo=UTC), uuid4())
    assert read_time_cursor(time_cursor(*key)) == key


@pytest.mark.parametrize(
    "values",
    [("x", ID), ("2026-11-22T06:40:00Z", "x"), ("0001-01-01T00:00:00+23:59", ID), ("x",)],
    ids=["no instant", "no id", "before all time", "too short"],
)
def test_what_we_did_not_make_is_refused(values):
    with pytest.raises(BadCursor):
        read_time_cursor(encode_cursor(values))


def test_an_instant_without_a_zone_has_one():
    at, _ = read_time_cursor(encode_cursor(("2026-11-22T06:40:00", str(uuid4()))))
    assert at.tzinfo is UTC
