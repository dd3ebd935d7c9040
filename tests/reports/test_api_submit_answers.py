"""Extra questions of a category: answered rightly, or refused with which of them is wrong."""

from uuid import UUID

from app.models import Report, Urgency
from tests.factories.reports import make_category
from tests.reports.test_api_submit import a_report, rider

__all__ = ["rider"]

QUESTIONS = [
    {
        "id": "state", "type": "choice", "zh": "怎么了?", "en": "What?", "required": True,
        "choices": [
            {"id": "missing", "zh": "没有了", "en": "Missing", "urgency": "emergency"},
            {"id": "loose", "zh": "松", "en": "Loose"},
        ],
    }
]  # fmt: skip


async def test_a_wrong_or_missing_answer_is_named(rider, session):
    await make_category(session, "cover", questions=QUESTIONS)
    await session.commit()

    missing = await rider.post("/v1/reports", json=a_report(category_id="cover"))
    wrong = await rider.post(
        "/v1/reports", json=a_report(category_id="cover", answers={"state": "x", "y": 1})
    )

    assert (missing.status_code, missing.json()["code"]) == (422, "report.answers_invalid")
    assert missing.json()["fields"] == [{"id": "state", "problem": "required"}]
    assert wrong.json()["fields"] == [
        {"id": "y", "problem": "unknown"},
        {"id": "state", "problem": "not_offered"},
    ]


async def test_an_answer_makes_the_case_more_urgent(rider, session):
    await make_category(session, "cover", questions=QUESTIONS)
    await session.commit()
    given = a_report(category_id="cover", answers={"state": "missing"})

    response = await rider.post("/v1/reports", json=given)

    assert response.json()["urgency"] == "emergency"
    report = await session.get_one(Report, UUID(given["id"]))
    assert (report.urgency, report.answers) == (Urgency.EMERGENCY, {"state": "missing"})
