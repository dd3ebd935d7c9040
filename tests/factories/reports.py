"""Categories, handling units and reports for tests, as plain functions."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.geo import CoordType, Point, from_wgs84
from app.models import (
    Account,
    AnswerTemplate,
    Category,
    CategoryKind,
    HandlingUnit,
    Move,
    Photo,
    PhotoRole,
    PhotoState,
    PlacedBy,
    Report,
    ReportDisclosure,
    ReportFollower,
    ReportOrigin,
    ReportPhoto,
    ReportQuestion,
    ReportState,
    ReportStep,
    ReportUpdate,
    StepActor,
    UnitKind,
    Urgency,
)
from app.services.reports.cells import cell_of
from tests.factories.accounts import make_account
from tests.factories.photos import make_photo
from tests.factories.stations import COMMUNITY, SUZHOU, make_area

SENT_AT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


async def make_category(session: AsyncSession, category_id: str = "road_damage", **given: Any) -> str:
    """Make a category unless it is there; a normal, public one unless told otherwise."""
    values = {
        "id": category_id,
        "standard_ref": "test",
        "kind": CategoryKind.MATTER,
        "code": None,
        "is_local_extension": True,
        "group": category_id,
        "name_zh": "道路破损",
        "name_en": "Road damage",
        "hint_zh": "",
        "hint_en": "",
        "icon": "road",
        "urgency": Urgency.NORMAL,
        "is_confidential": False,
        "phones": [],
        "questions": [],
        "handled_by": "department",
        "is_active": True,
        "position": 1,
        "changed_at": SENT_AT,
        **given,
    }
    await session.execute(insert(Category).values(values).on_conflict_do_nothing())
    return category_id


async def make_unit(session: AsyncSession, *, area_code: str = COMMUNITY[:6], **given: Any) -> HandlingUnit:
    """Make a handling unit of a county."""
    await make_area(session, area_code)
    unit = HandlingUnit(
        **{
            "name": "市政维护所",
            "kind": UnitKind.DEPARTMENT,
            "area_code": area_code,
            "phone": "0937-0000000",
            "changed_at": SENT_AT,
            **given,
        }
    )
    session.add(unit)
    await session.flush()
    return unit


async def make_report(
    session: AsyncSession,
    *,
    reporter_id: UUID | None = None,
    at: Point = SUZHOU,
    area_code: str = COMMUNITY,
    **given: Any,
) -> Report:
    """Make a report of a rider, with its first step, as submitting makes it."""
    await make_area(session, area_code)
    category_id = await make_category(session, given.pop("category_id", "road_damage"))
    lat, lon = from_wgs84(at, CoordType.GCJ02)
    sent_at = given.get("submitted_at", SENT_AT)
    report = Report(
        **{
            "id": uuid4(),
            "state": ReportState.SUBMITTED,
            "state_at": sent_at,
            "category_id": category_id,
            "category_version": 1,
            "urgency": Urgency.NORMAL,
            "is_confidential": False,
            "lat": at.lat,
            "lon": at.lon,
            "h3": cell_of(at),
            "given_lat": lat,
            "given_lon": lon,
            "given_coord_type": CoordType.GCJ02,
            "is_pin_moved": False,
            "address": "金泉路口",
            "area_code": area_code,
            "grid_ids": [],
            "placed_by": PlacedBy.INSIDE,
            "description": "路面有个坑",
            "answers": {},
            "captured_at": sent_at,
            "captured_offline": False,
            "submitted_at": sent_at,
            "changed_at": sent_at,
            **given,
        }
    )
    session.add(report)
    await session.flush()
    reporter_id = reporter_id or (await make_account(session)).id
    session.add(ReportOrigin(report_id=report.id, account_id=reporter_id, is_mock=False))
    session.add(
        ReportFollower(report_id=report.id, account_id=reporter_id, is_reporter=True, followed_at=sent_at)
    )
    session.add(
        ReportStep(
            report_id=report.id,
            move=Move.SUBMIT,
            to_state=ReportState.SUBMITTED,
            at=sent_at,
            actor=StepActor.REPORTER,
            actor_name="",
            reason="",
            details={},
        )
    )
    await session.flush()
    return report


async def make_reports(session: AsyncSession, count: int, **given: Any) -> list[UUID]:
    """Make many reports that look like one another, each of another rider, in a handful of statements."""
    first = await make_report(session, **given)
    left_out = {"id", "number", *(column.name for column in Report.__table__.columns if column.computed)}
    same = {
        column.name: getattr(first, column.name)
        for column in Report.__table__.columns
        if column.name not in left_out
    }
    ids = [uuid4() for _ in range(count - 1)]
    now = datetime.now(UTC)
    today = {"display_name": "小蜂", "created_at": now, "last_seen_on": now.date()}
    follows = {"is_reporter": True, "followed_at": now}
    for table, made in (
        (Account, lambda each: {"id": each, **today}),
        (Report, lambda each: {**same, "id": each}),
        (ReportOrigin, lambda each: {"report_id": each, "account_id": each, "is_mock": False}),
        (ReportFollower, lambda each: {"report_id": each, "account_id": each, **follows}),
    ):
        await session.execute(insert(table), [made(each) for each in ids])
    return [first.id, *ids]


async def make_question(session: AsyncSession, report: Report, **given: Any) -> ReportQuestion:
    """Ask the reporter something; a day is left to answer."""
    question = ReportQuestion(
        **{
            "id": uuid4(),
            "report_id": report.id,
            "asked_by": uuid4(),
            "text": "哪个路口?",
            "asked_at": SENT_AT,
            "due_at": SENT_AT + timedelta(days=1),
            **given,
        }
    )
    session.add(question)
    await session.flush()
    return question


async def make_update(session: AsyncSession, report: Report, **given: Any) -> ReportUpdate:
    """Add a rider's words to a case; nobody has seen to them."""
    values = {
        "id": uuid4(),
        "report_id": report.id,
        "is_still_there": False,
        "is_from_reporter": True,
        "text": "又大了一圈",
        "at": SENT_AT,
        "is_handled": False,
        **given,
    }
    update = ReportUpdate(**values)
    session.add(update)
    await session.flush()
    return update


async def make_disclosure(session: AsyncSession, report: Report, **given: Any) -> ReportDisclosure:
    """Ask the reporter whether a case may be shown to somebody."""
    values = {
        "id": uuid4(),
        "report_id": report.id,
        "recipient": "工会律师",
        "purpose": "咨询",
        "asked_by": uuid4(),
        "asked_at": SENT_AT,
        **given,
    }
    values.setdefault("recipient_id", (await make_account(session)).id)
    disclosure = ReportDisclosure(**values)
    session.add(disclosure)
    await session.flush()
    return disclosure


async def make_template(session: AsyncSession, *, area_code: str = COMMUNITY, **given: Any) -> AnswerTemplate:
    """Make a template of an area's desk."""
    await make_area(session, area_code)
    template = AnswerTemplate(
        **{"area_code": area_code, "title": "谢谢", "text": "已受理,谢谢。", "changed_at": SENT_AT, **given}
    )
    session.add(template)
    await session.flush()
    return template


async def make_case_photo(
    session: AsyncSession,
    report: Report,
    owner_id: UUID | None,
    *,
    role: PhotoRole = PhotoRole.BEFORE,
    **given: Any,
) -> Photo:
    """Make a photo of a case whose copies are made."""
    photo = await make_photo(
        session,
        owner_id,
        **{
            "state": PhotoState.READY,
            "about_id": report.id,
            "attached_at": SENT_AT,
            "received_at": SENT_AT,
            "ready_at": SENT_AT,
            "has_original": True,
            **given,
        },
    )
    link = ReportPhoto(report_id=report.id, photo_id=photo.id, role=role, position=0, added_at=SENT_AT)
    session.add(link)
    await session.flush()
    return photo
