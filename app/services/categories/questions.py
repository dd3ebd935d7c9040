"""Extra questions of a category, typed, and whether a report's answers fit them; pure."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, TypeAdapter, model_validator
from pydantic.dataclasses import dataclass as checked

from app.models import Urgency

# Most severe first.
_RANK = {Urgency.EMERGENCY: 0, Urgency.URGENT: 1, Urgency.NORMAL: 2}
_STRICT = ConfigDict(extra="forbid", strict=False)

PlainText = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")]
Slug = Annotated[str, Field(max_length=60, pattern=r"^[a-z0-9_]+$")]
_Wrong = Literal["required", "unknown", "wrong_type", "not_offered", "out_of_range", "too_long"]
_Number = Annotated[float, Field(ge=-1e9, le=1e9, allow_inf_nan=False)]


@checked(config=_STRICT, frozen=True, slots=True, kw_only=True)
class Choice:
    """One of the answers offered; ``urgency`` when choosing it makes the case at least so urgent."""

    id: Slug
    zh: PlainText
    en: PlainText
    urgency: Urgency | None = None


@checked(config=_STRICT, frozen=True, slots=True, kw_only=True)
class Question:
    """One extra question. ``urgency`` is what a yes makes of the case at least."""

    id: Slug
    type: Literal["bool", "choice", "number", "text"]
    zh: PlainText
    en: PlainText
    required: bool = False
    urgency: Urgency | None = None
    choices: Annotated[tuple[Choice, ...], Field(max_length=30)] = ()
    min: _Number | None = None
    max: _Number | None = None
    max_length: Annotated[int, Field(ge=1, le=500)] = 200

    @model_validator(mode="after")
    def _holds_together(self) -> "Question":
        if (self.type == "choice") != bool(self.choices):
            raise ValueError("choices belong to a choice question, and to no other")
        if len({choice.id for choice in self.choices}) < len(self.choices):
            raise ValueError("two choices have one id")
        return self


_QUESTIONS = TypeAdapter(tuple[Question, ...])


@dataclass(frozen=True, slots=True)
class AnswerProblem:
    """An answer that does not fit, or is missing."""

    id: str
    problem: _Wrong


def read(kept: Sequence[Mapping[str, Any]]) -> tuple[Question, ...]:
    """Return a category's questions as they are kept."""
    return _QUESTIONS.validate_python(kept)


def check(questions: Sequence[Question], answers: Mapping[str, Any]) -> list[AnswerProblem]:
    """Return what is wrong with a report's answers, in the order of the questions."""
    known = {question.id for question in questions}
    found = [AnswerProblem(name, "unknown") for name in answers if name not in known]
    for question in questions:
        answer = answers.get(question.id)
        if answer is None:
            if question.required:
                found.append(AnswerProblem(question.id, "required"))
            continue
        found += _problem(question, answer)
    return found


def _problem(question: Question, answer: Any) -> list[AnswerProblem]:
    wrong = _CHECKS[question.type](question, answer)
    return [] if wrong is None else [AnswerProblem(question.id, wrong)]


def _wrong_bool(_question: Question, answer: Any) -> _Wrong | None:
    return None if isinstance(answer, bool) else "wrong_type"


def _wrong_choice(question: Question, answer: Any) -> _Wrong | None:
    offered = {choice.id for choice in question.choices}
    return None if isinstance(answer, str) and answer in offered else "not_offered"


def _wrong_number(question: Question, answer: Any) -> _Wrong | None:
    if isinstance(answer, bool) or not isinstance(answer, int | float) or not math.isfinite(answer):
        return "wrong_type"
    least = -1e9 if question.min is None else question.min
    most = 1e9 if question.max is None else question.max
    return None if least <= answer <= most else "out_of_range"


def _wrong_text(question: Question, answer: Any) -> _Wrong | None:
    if not isinstance(answer, str):
        return "wrong_type"
    if question.required and not answer.strip():
        return "required"
    return None if len(answer) <= question.max_length else "too_long"


_CHECKS: Mapping[str, Callable[[Question, Any], _Wrong | None]] = {
    "bool": _wrong_bool,
    "choice": _wrong_choice,
    "number": _wrong_number,
    "text": _wrong_text,
}


def urgency(least: Urgency, questions: Sequence[Question], answers: Mapping[str, Any]) -> Urgency:
    """Return how urgent a case is: as its category, or more by what was answered, never less."""
    raised = [least]
    for question in questions:
        answer = answers.get(question.id)
        if answer is True and question.urgency is not None:
            raised.append(question.urgency)
        raised += [each.urgency for each in question.choices if each.id == answer and each.urgency]
    return min(raised, key=_RANK.__getitem__)
