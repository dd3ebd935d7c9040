"""Keyset paging: a page is a row comparison, never an OFFSET."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from app.core.errors import BadCursor

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page and the cursor of the next, or ``None`` at the end."""

    items: Sequence[T]
    next_cursor: str | None


def encode_cursor(values: Sequence[str]) -> str:
    """Pack the last row's sort key, as strings, into an opaque cursor."""
    raw = json.dumps(list(values), ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")


def decode_cursor(cursor: str, *, size: int) -> list[str]:
    """Unpack a cursor of ``size`` strings.

    Raises:
        BadCursor: it is not one of ours.
    """
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        values = json.loads(raw)
    except (binascii.Error, ValueError) as error:
        raise BadCursor from error
    good = isinstance(values, list) and len(values) == size
    if not good or not all(isinstance(value, str) and "\0" not in value for value in values):
        raise BadCursor
    return [str(value) for value in values]


def id_cursor(last_id: UUID) -> str:
    """Return the cursor of a list that is sorted by id alone."""
    return encode_cursor([str(last_id)])


def read_id_cursor(cursor: str | None) -> UUID | None:
    """Return the id after which a page starts; ``None`` for the first page.

    Raises:
        BadCursor: it is not one of ours.
    """
    if cursor is None:
        return None
    try:
        return UUID(decode_cursor(cursor, size=1)[0])
    except ValueError as error:
        raise BadCursor from error


def time_cursor(at: datetime, last_id: UUID) -> str:
    """Return the cursor of a list that is sorted by an instant and then by id."""
    return encode_cursor([at.isoformat(), str(last_id)])


def read_time_cursor(cursor: str) -> tuple[datetime, UUID]:
    """Return the key after which a page of such a list starts.

    Raises:
        BadCursor: it is not one of ours.
    """
    at, last_id = decode_cursor(cursor, size=2)
    try:
        return instant_of(at), UUID(last_id)
    except ValueError as error:
        raise BadCursor from error


def instant_of(text: str) -> datetime:
    """Return an instant that a cursor holds.

    Raises:
        BadCursor: it is none.
    """
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadCursor from error


async def page_of(
    session: AsyncSession,
    query: Select[T],
    *,
    by: Sequence[ColumnElement[Any] | InstrumentedAttribute[Any]],
    after: Sequence[Any] | None,
    limit: int,
) -> tuple[Sequence[T], bool]:
    """Return up to ``limit`` rows that sort after a key (ascending), and whether more follow."""
    if after is not None:
        query = query.where(tuple_(*by) > tuple_(*after))
    rows = (await session.scalars(query.order_by(*by).limit(limit + 1))).all()
    return rows[:limit], len(rows) > limit
