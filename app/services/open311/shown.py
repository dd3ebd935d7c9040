"""What other systems may read: cases approved for the public, and what partners sent themselves."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, exists, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import NotFound
from app.models import (
    ENDED,
    Category,
    HandlingUnit,
    Open311Request,
    Photo,
    PhotoState,
    Report,
    ReportStep,
)
from app.services import authority
from app.services.reports import numbers
from app.services.reports.publishing import UNTOLD

# The standard's own bounds of one answer.
MOST = 1000


@dataclass(frozen=True, slots=True)
class Search:
    """Which requests are wanted; instants are inclusive, ``ids`` overrides all but the area."""

    area_code: str | None = None
    ids: Sequence[str] = ()
    service_codes: Sequence[str] = ()
    is_open: bool | None = None
    start: datetime | None = None
    end: datetime | None = None
    updated_after: datetime | None = None
    updated_before: datetime | None = None
    page: int = 1
    page_size: int = MOST
    after: tuple[datetime, UUID] | None = None  # the last of the page before; numbered pages are short ways


@dataclass(frozen=True, slots=True)
class Shown:
    """A case as the public may see it: with its category's names, its unit's, approved photos, its steps."""

    report: Report
    category: Category
    agency: str | None
    photo_ids: Sequence[UUID] = ()
    steps: Sequence[ReportStep] = field(default=())


def is_shown() -> ColumnElement[bool]:
    """Return the WHERE condition of cases that other systems may read; never a confidential one."""
    sent = exists().where(Open311Request.report_id == Report.id)
    return Report.is_confidential.is_(False) & or_(Report.public_at.is_not(None), sent)


def lies_in(area_code: str | None) -> list[ColumnElement[bool]]:
    """Return the conditions of a jurisdiction; none is everywhere."""
    return [] if area_code is None else [authority.within(Report.area_code, area_code)]


# When something last happened that others can see; of a closed case its end.
updated_at = case((Report.state.in_(ENDED), Report.state_at), else_=Report.changed_at)


def numbers_of(ids: Sequence[str]) -> list[int]:
    """Return the numbers that service_request_ids stand for; what is none is left out."""
    return [number for each in ids if (number := numbers.read(each)) is not None]


async def search(session: AsyncSession, wanted: Search) -> list[Shown]:
    """Return a page of requests, the newest first."""
    query = _base().where(*lies_in(wanted.area_code))
    query = query.where(Report.number.in_(numbers_of(wanted.ids)) if wanted.ids else _fits(wanted))
    query = query.order_by(Report.submitted_at.desc(), Report.id.desc()).limit(wanted.page_size)
    if wanted.after is not None:
        query = query.where(tuple_(Report.submitted_at, Report.id) < tuple_(*wanted.after))
    elif wanted.page > 1:
        query = query.offset((wanted.page - 1) * wanted.page_size)
    return await _with_parts(session, query)


def _fits(wanted: Search) -> ColumnElement[bool]:
    conditions = is_shown()
    if wanted.service_codes:
        conditions &= Report.category_id.in_(wanted.service_codes)
    if wanted.is_open is not None:
        conditions &= Report.state.not_in(ENDED) if wanted.is_open else Report.state.in_(ENDED)
    for column, least, most in (
        (Report.submitted_at, wanted.start, wanted.end),
        (updated_at, wanted.updated_after, wanted.updated_before),
    ):
        if least is not None:
            conditions &= column >= least
        if most is not None:
            conditions &= column <= most
    return conditions


async def find(session: AsyncSession, request_id: str, *, area_code: str | None = None) -> Shown:
    """Return one request.

    Raises:
        NotFound: there is none that others may read.
    """
    query = _base().where(Report.number.in_(numbers_of([request_id])), *lies_in(area_code))
    found = await _with_parts(session, query)
    if not found:
        raise NotFound
    return found[0]


async def by_token(session: AsyncSession, token: str) -> Report:
    """Return the request of a token; ours are the ids that the numbers were given to.

    Raises:
        NotFound: there is none that others may read.
    """
    try:
        report_id = UUID(token)
    except ValueError:
        raise NotFound from None
    report = await session.scalar(select(Report).where(Report.id == report_id, is_shown()))
    if report is None:
        raise NotFound
    return report


async def photo_of(session: AsyncSession, photo_id: UUID) -> Photo:
    """Return a picture that everybody may see.

    Raises:
        NotFound: there is none, or it was not approved, or its case is not shown.
    """
    query = select(Photo).join(Report, Report.id == Photo.about_id)
    photo = await session.scalar(query.where(Photo.id == photo_id, *approved(), is_shown()))
    if photo is None:
        raise NotFound
    return photo


def approved() -> tuple[ColumnElement[bool], ...]:
    """Return the WHERE conditions of pictures that everybody may see."""
    return (
        Photo.attached_at.is_not(None),
        Photo.approved_at.is_not(None),
        Photo.state == PhotoState.READY,
        Photo.is_restricted.is_(False),
    )


def _base() -> Select[Report, Category, str]:
    return (
        select(Report, Category, HandlingUnit.name)
        .join(Category, Category.id == Report.category_id)
        .join(HandlingUnit, HandlingUnit.id == Report.unit_id, isouter=True)
        .where(is_shown())
    )


async def _with_parts(session: AsyncSession, query: Select[Report, Category, str]) -> list[Shown]:
    rows = (await session.execute(query)).all()
    ids = [report.id for report, _, _ in rows]
    photos: dict[UUID, list[UUID]] = {}
    pictures = select(Photo.about_id, Photo.id).where(Photo.about_id.in_(ids), *approved())
    for report_id, photo_id in (await session.execute(pictures.order_by(Photo.created_at))).all():
        if report_id is not None:
            photos.setdefault(report_id, []).append(photo_id)
    steps: dict[UUID, list[ReportStep]] = {}
    told = (ReportStep.report_id.in_(ids), ReportStep.move.not_in(UNTOLD))
    taken = select(ReportStep).where(*told).order_by(ReportStep.id)
    for step in await session.scalars(taken):
        steps.setdefault(step.report_id, []).append(step)
    return [
        Shown(report, category, agency, photos.get(report.id, ()), steps.get(report.id, ()))
        for report, category, agency in rows
    ]
