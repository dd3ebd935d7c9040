"""Reading a phone's offline queue: one record that does not fit must not spoil the others."""

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from pydantic import ValidationError, ValidatorFunctionWrapHandler

from app.core.errors import AppError, InvalidInput
from app.services.offline import Unreadable

T = TypeVar("T")
_MOST_HINTS = 3


def keep_going(value: Any, read: ValidatorFunctionWrapHandler) -> Any:
    """Let one record that does not fit be answered by itself, not spoil the queue."""
    try:
        return read(value)
    except ValidationError as error:
        problems = error.errors()[:_MOST_HINTS]
        fields = (f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in problems)
        return Unreadable(_id_of(value), InvalidInput(hint="; ".join(fields)))
    except AppError as refusal:
        return Unreadable(_id_of(value), refusal)


def _id_of(value: Any) -> UUID | None:
    try:
        return UUID(value["id"])
    except (TypeError, KeyError, ValueError, AttributeError):
        return None


def readable(record: Any, read: Callable[[Any], T]) -> T | Unreadable:
    """Return what a record says, or why it cannot be meant."""
    if isinstance(record, Unreadable):
        return record
    try:
        return read(record)
    except AppError as refusal:
        return Unreadable(record.id, refusal)
