"""Station codes live fifteen seconds; printed ones live until they are revoked."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.models import CodeKind
from app.services.checkins.codes import printed_code, rotating_code, verify

SECRET = b"k" * 32
STATION = UUID("019ab000-0000-7000-8000-000000000001")
OTHER = UUID("019ab000-0000-7000-8000-000000000002")
PAPER = UUID("019ab000-0000-7000-8000-00000000000f")
NOW = datetime(2026, 11, 22, 4, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("late_s", "kind"),
    [(0, "rotating"), (14, "rotating"), (29, "rotating"), (30, None), (-15, "rotating"), (-16, None)],
)
def test_a_rotating_code_holds_for_its_slot_and_the_next(late_s: int, kind: str | None):
    code = rotating_code(SECRET, STATION, NOW)

    assert verify(SECRET, STATION, code, NOW + timedelta(seconds=late_s), ()) == kind


def test_a_code_reads_as_a_path_and_as_a_whole_link():
    code = rotating_code(SECRET, STATION, NOW)

    assert code.startswith(f"/c/{STATION}/")
    assert verify(SECRET, STATION, f"https://nuanfeng.example{code}", NOW, ()) is CodeKind.ROTATING


def test_a_code_of_another_station_or_another_secret_is_wrong():
    assert verify(SECRET, OTHER, rotating_code(SECRET, STATION, NOW), NOW, ()) is None
    assert verify(b"x" * 32, STATION, rotating_code(SECRET, STATION, NOW), NOW, ()) is None


def test_a_printed_code_holds_until_its_paper_is_revoked():
    code = printed_code(SECRET, STATION, PAPER)

    assert verify(SECRET, STATION, code, NOW, {PAPER}) is CodeKind.PRINTED
    assert verify(SECRET, STATION, code, NOW + timedelta(days=900), {PAPER}) is CodeKind.PRINTED
    assert verify(SECRET, STATION, code, NOW, {OTHER}) is None


def test_a_slot_cannot_be_changed_without_the_secret():
    head, slot, token = rotating_code(SECRET, STATION, NOW).rsplit("/", 2)

    assert verify(SECRET, STATION, f"{head}/{int(slot) + 4}/{token}", NOW + timedelta(minutes=1), ()) is None


@given(st.text(max_size=80))
def test_any_other_text_is_no_code(text: str):
    assert verify(SECRET, STATION, text, NOW, {PAPER}) is None
    assert verify(SECRET, STATION, f"/c/{STATION}/{text}", NOW, {PAPER}) is None
