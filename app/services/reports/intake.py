"""A new case goes into the database by one statement: itself, its first step, its people, promises and news.

All of it is one JSON document whose members are rows of the tables, so the statement is the same for every
report and is prepared once. It looks itself whether the id is free and the category still the version that
was read: neither is asked before.
"""

from collections.abc import KeysView, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value

from app.models import OutboxEvent, Report, ReportDeadline, ReportFollower, ReportOrigin, ReportStep
from app.models.base import Base
from app.services.outbox import Channel, Event, as_json


@dataclass(frozen=True, slots=True)
class Intake:
    """A new case, not yet in any session, with everything that begins with it.

    An event's ``step_id`` is not known before the step is written: the statement fills it in.
    """

    report: Report
    origin: ReportOrigin
    follower: ReportFollower
    step: ReportStep
    promises: Sequence[ReportDeadline]
    events: Sequence[Event]

    def document(self) -> str:
        """Return it as JSON."""
        document = {
            "case": _row(self.report),
            "origin": _row(self.origin),
            "follower": _row(self.follower),
            "step": _row(self.step),
            "promises": [_row(each) for each in self.promises],
            "events": [{"name": each.name, "payload": each} for each in self.events],
        }
        return as_json(document)


async def write(session: AsyncSession, intake: Intake) -> Report | None:
    """Write a case and announce it; it is the session's from then on.

    ``None`` when its id is taken or its category is another by now.
    """
    given = {"document": intake.document(), "channel": Channel.REPORTS.value}
    filled = (await session.execute(_WRITE, given)).mappings().one_or_none()
    if filled is None:
        return None
    # It is in the database as it stands here: the session need not read it to know it.
    report = intake.report
    for name in _given(Report) - vars(report).keys():
        set_committed_value(report, name, None)
    for name, value in filled.items():
        set_committed_value(report, name, value)
    make_transient_to_detached(report)
    session.add(report)
    return report


def _row(thing: Base) -> dict[str, Any]:
    given = vars(thing)
    return {name: given.get(name) for name in _given(type(thing))}


@cache
def _given(model: type[Base]) -> KeysView[str]:
    """Return a table's columns but those that PostgreSQL fills in."""
    return dict.fromkeys(
        each.key for each in model.__table__.columns if each.key not in _filled(model)
    ).keys()


@cache
def _filled(model: type[Base]) -> tuple[str, ...]:
    """Return a table's columns that PostgreSQL fills in."""
    columns = model.__table__.columns
    return tuple(
        column.key for column in columns if column.identity is not None or column.computed is not None
    )


def _insert(model: type[Base], member: str, *, many: bool = False) -> str:
    """Return the statement that writes a member of the document for the case that was taken."""
    function = "jsonb_populate_recordset" if many else "jsonb_populate_record"
    table, names = model.__tablename__, ", ".join(_given(model))
    return f"""
    INSERT INTO {table} ({names})
    SELECT each.* FROM taken, given, LATERAL (
        SELECT {names} FROM {function}(NULL::{table}, document -> '{member}')
    ) AS each"""  # noqa: S608 - names of ours


_CASE = ", ".join(_given(Report))
_FILLED = ", ".join(f"taken.{name}" for name in _filled(Report))
_WRITE = text(f"""
WITH given AS MATERIALIZED (
    SELECT CAST(:document AS jsonb) AS document
), taken AS (
    INSERT INTO reports ({_CASE})
    SELECT {_CASE} FROM given, LATERAL (
        SELECT {_CASE} FROM jsonb_populate_record(NULL::reports, document -> 'case')
    ) AS new
    WHERE NOT EXISTS (SELECT FROM reports WHERE reports.id = new.id) AND EXISTS (
        SELECT FROM categories
        WHERE categories.id = new.category_id AND categories.version = new.category_version
    )
    ON CONFLICT (id) DO NOTHING
    RETURNING reports.*
), step AS ({_insert(ReportStep, "step")}
    RETURNING id
), origin AS ({_insert(ReportOrigin, "origin")}
), follower AS ({_insert(ReportFollower, "follower")}
), promises AS ({_insert(ReportDeadline, "promises", many=True)}
), events AS (
    INSERT INTO {OutboxEvent.__tablename__} (name, area_code, payload, recorded_at, tries)
    SELECT event ->> 'name', taken.area_code, CASE
            WHEN event -> 'payload' ? 'step_id'
            THEN event -> 'payload' || jsonb_build_object('step_id', step.id) ELSE event -> 'payload'
        END, taken.submitted_at, 0
    FROM taken, step, given, jsonb_array_elements(document -> 'events') WITH ORDINALITY AS e (event, at)
    ORDER BY at
), notice AS MATERIALIZED (
    SELECT pg_notify(:channel, CAST(id AS text)) FROM taken
)
SELECT {_FILLED} FROM taken, notice
""")  # noqa: S608 - names of ours
