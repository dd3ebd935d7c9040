"""Typed answers: what fits, what does not, and what they say of the urgency."""

import pytest

from app.models import Urgency
from app.services.categories import questions

ASKED = questions.read(
    [
        {
            "id": "state", "type": "choice", "zh": "?", "en": "?", "required": True,
            "choices": [
                {"id": "gone", "zh": "没", "en": "gone", "urgency": "emergency"},
                {"id": "loose", "zh": "松", "en": "loose"},
            ],
        },
        {"id": "on_road", "type": "bool", "zh": "?", "en": "?", "urgency": "urgent"},
        {"id": "width", "type": "number", "zh": "?", "en": "?", "min": 1, "max": 500},
        {"id": "shop", "type": "text", "zh": "?", "en": "?", "max_length": 5},
    ]
)  # fmt: skip


@pytest.mark.parametrize(
    ("answers", "problem"),
    [
        ({"state": "loose", "on_road": True, "width": 12.5, "shop": "面馆"}, None),
        ({}, ("state", "required")),
        ({"state": "stolen"}, ("state", "not_offered")),
        ({"state": ["gone"]}, ("state", "not_offered")),
        ({"state": "gone", "other": 1}, ("other", "unknown")),
        ({"state": "gone", "on_road": 1}, ("on_road", "wrong_type")),
        ({"state": "gone", "width": True}, ("width", "wrong_type")),
        ({"state": "gone", "width": float("nan")}, ("width", "wrong_type")),
        ({"state": "gone", "width": 501}, ("width", "out_of_range")),
        ({"state": "gone", "shop": 3}, ("shop", "wrong_type")),
        ({"state": "gone", "shop": "六个字的店名"}, ("shop", "too_long")),
    ],
)
def test_answers_fit_their_questions(answers, problem):
    found = [(each.id, each.problem) for each in questions.check(ASKED, answers)]

    assert found == ([] if problem is None else [problem])


@pytest.mark.parametrize(
    ("answers", "urgency"),
    [
        ({"state": "loose"}, Urgency.NORMAL),
        ({"state": "loose", "on_road": False}, Urgency.NORMAL),
        ({"state": "loose", "on_road": True}, Urgency.URGENT),
        ({"state": "gone", "on_road": True}, Urgency.EMERGENCY),
    ],
)
def test_an_answer_raises_the_urgency(answers, urgency):
    assert questions.urgency(Urgency.NORMAL, ASKED, answers) is urgency


def test_an_answer_never_lowers_it():
    assert questions.urgency(Urgency.EMERGENCY, ASKED, {"state": "loose"}) is Urgency.EMERGENCY
