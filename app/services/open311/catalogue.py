"""Categories as services, their questions as attributes."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Category, Report
from app.services import categories
from app.services.categories.questions import Question, read
from app.services.open311.errors import ArgumentWrong, ServiceUnknown
from app.services.reports.masking import masked

_DATATYPES = {"bool": "singlevaluelist", "choice": "singlevaluelist", "number": "number", "text": "text"}
_BOOLS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_YES_NO = {"zh": (("true", "是"), ("false", "否")), "en": (("true", "Yes"), ("false", "No"))}


async def services(session: AsyncSession) -> Sequence[Category]:
    """Return what can be asked for; confidential categories are never named to other systems."""
    return [each for each in await categories.list_active(session) if not each.is_confidential]


async def definition(session: AsyncSession, service_code: str) -> Category:
    """Return one service.

    Raises:
        ServiceUnknown: there is none of this code.
    """
    category = await categories.find(session, service_code)
    if category is None or category.is_confidential or not category.is_active:
        raise ServiceUnknown
    return category


def attributes(category: Category, *, language: str) -> list[dict[str, Any]]:
    """Return a service's extra questions as the standard writes them."""
    return [
        {
            "variable": True,
            "code": question.id,
            "datatype": _DATATYPES[question.type],
            "required": question.required,
            "datatype_description": _limits(question),
            "order": order,
            "description": question.en if language == "en" else question.zh,
            "values": [{"key": key, "name": name} for key, name in _values(question, language)],
        }
        for order, question in enumerate(read(category.questions), start=1)
    ]


def _values(question: Question, language: str) -> Sequence[tuple[str, str]]:
    if question.type == "bool":
        return _YES_NO[language]
    return [(each.id, each.en if language == "en" else each.zh) for each in question.choices]


def _limits(question: Question) -> str:
    if question.type == "text":
        return f"<= {question.max_length}"
    bounds = ((">=", question.min), ("<=", question.max))
    return " ".join(f"{sign} {bound:g}" for sign, bound in bounds if bound is not None)


def answers(category: Category, given: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Return attributes as they came in a form as the answers to a category's questions.

    Whether they fit is checked when the report is taken in.

    Raises:
        ArgumentWrong: one of them cannot be read as its type, or has several values.
    """
    types = {question.id: question.type for question in read(category.questions)}
    found: dict[str, Any] = {}
    for code, values in given.items():
        if len(values) > 1:
            raise ArgumentWrong(argument=f"attribute[{code}]")
        found[code] = _answer(code, types.get(code, "text"), values[0])
    return found


def told(category: Category, report: Report) -> list[tuple[str, str]]:
    """Return a case's answers that everybody may read, by question, numbers of people covered.

    Where staff let the public read no words of the reporter's, answers that were typed in are none either.
    """
    told = report.answers if report.public_text is None else picked(category, report)
    return [(code, masked(str(value))) for code, value in told.items()]


def picked(category: Category, report: Report) -> dict[str, Any]:
    """Return a case's answers without those that somebody typed in: they are words of theirs."""
    codes = {question.id for question in read(category.questions) if question.type != "text"}
    return {
        code: value for code, value in report.answers.items() if code in codes or not isinstance(value, str)
    }


def _answer(code: str, kind: str, value: str) -> Any:
    try:
        if kind == "number":
            return float(value)
        return _BOOLS[value.lower()] if kind == "bool" else value
    except (KeyError, ValueError):
        raise ArgumentWrong(argument=f"attribute[{code}]") from None
