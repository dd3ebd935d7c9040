"""Taking a report in: once, whatever the network does, and before its photos."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from hashlib import blake2b
from typing import Any
from uuid import UUID

from pydantic_core import to_json
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import AppError, KeyReused, SignInRequired
from app.core.geo import CoordType, Point
from app.models import Category, Report, ReportFollower, ReportOrigin, ReportState, Urgency
from app.services import categories
from app.services.accounts import AccountBanned
from app.services.areas import GridMap
from app.services.reports import doubts, intake, moves, pictures, places, queries, routing, trust
from app.services.reports.book import RuleBook
from app.services.reports.cells import cell_of
from app.services.reports.doubts import Fix, Flag, Seen
from app.services.reports.errors import AnswersInvalid, CategoryNotOpened, CategoryUnknown, PlaceUnknown
from app.services.reports.events import ReportSubmitted
from app.services.reports.intake import Intake
from app.services.teams.fields import may_report


@dataclass(frozen=True, slots=True)
class GivenPosition:
    """A position as the phone gave it, and as WGS-84."""

    point: Point
    lat: float
    lon: float
    coord_type: CoordType
    accuracy_m: float | None


@dataclass(frozen=True, slots=True)
class NewReport:
    """A report as the phone recorded it; ``device`` is the phone's own fix, the pin may be elsewhere."""

    id: UUID
    category_id: str
    position: GivenPosition
    is_pin_moved: bool
    captured_at: datetime
    captured_offline: bool
    description: str = ""
    address: str = ""
    answers: dict[str, Any] = field(default_factory=dict)
    area_code: str | None = None
    device: GivenPosition | None = None
    is_mock: bool = False
    photo_ids: Sequence[UUID] = ()

    def content_hash(self) -> str:
        """Return what tells two contents under one id apart; not whether it waited in a queue."""
        at = self.captured_at.astimezone(UTC)
        content = replace(self, captured_at=at, captured_offline=False, photo_ids=sorted(self.photo_ids))
        return blake2b(to_json(content), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class Submitted:
    """A report that is in the database, whether it was there before, and whom to call about it now."""

    report: Report
    replayed: bool
    phones: list[dict[str, Any]]


async def submit(
    session: AsyncSession,
    new: NewReport,
    *,
    grids: GridMap,
    rules: RuleBook,
    by: Actor,
    now: datetime,
    for_many: bool = False,
) -> Submitted:
    """Take a report in and give it its number; the same id and content again is the same report.

    The phone's clock refuses nothing: a report of three days ago is still a hole in the road. Both clocks
    are kept. Who is banned may still send emergencies, and emergencies are never too many. ``for_many`` is
    a platform that passes on what many people see: what one person can do in a day says nothing of it.

    Raises:
        SignInRequired: nobody has signed in.
        AccountBanned, TooManyReports: and it is no emergency.
        CategoryUnknown, CategoryNotOpened, PlaceUnknown, AnswersInvalid, TooManyPhotos: see there.
        KeyReused: the id names somebody else's report, or one with another content.
    """
    if by.account_id is None:
        raise SignInRequired
    try:
        taken = await _take(
            session, new, by.account_id, grids=grids, rules=rules, by=by, now=now, for_many=for_many
        )
    except AppError:
        # The rules of today do not unsay what was answered before.
        if kept := await _kept(session, new, by=by):
            return kept
        raise
    if taken is None:
        return await _kept(session, new, by=by) or _refuse()
    report, category = taken
    if new.photo_ids:
        await pictures.add(session, report, new.photo_ids, by=by, now=now)
    return Submitted(report, replayed=False, phones=categories.phones_of(category))


async def _take(
    session: AsyncSession,
    new: NewReport,
    account_id: UUID,
    *,
    grids: GridMap,
    rules: RuleBook,
    by: Actor,
    now: datetime,
    for_many: bool,
) -> tuple[Report, Category] | None:
    """Judge a report and write it; ``None`` when its id is taken.

    The catalogue in memory is believed until the statement that writes finds it changed.
    """
    judged = partial(
        _judged, session, new, account_id, grids=grids, rules=rules, by=by, now=now, for_many=for_many
    )
    known = rules.categories.get(new.category_id)
    if known is not None and known.is_active and (report := await judged(known)):
        return report, known
    category = await categories.find(session, new.category_id)
    if category is None or not category.is_active:
        raise CategoryUnknown
    if known is not None and known.version == category.version:
        return None
    report = await judged(category)
    return None if report is None else (report, category)


async def _judged(
    session: AsyncSession,
    new: NewReport,
    account_id: UUID,
    category: Category,
    *,
    grids: GridMap,
    rules: RuleBook,
    by: Actor,
    now: datetime,
    for_many: bool,
) -> Report | None:
    """Write what the rules make of a report; ``None`` when its id is taken or the category has changed."""
    urgency = _urgency(new, category)
    flags = await _flags(session, new, urgency, by=by, now=now, for_many=for_many)
    place = await places.locate(session, new.position.point, grids, declared=new.area_code)
    if place is None:
        # Whoever cannot be placed can still call.
        phones = categories.phones_of(category) if urgency is Urgency.EMERGENCY else []
        raise PlaceUnknown(phones=phones)
    if not may_report(by, category.opened_to, area_code=place.area_code):
        raise CategoryNotOpened
    case = Report(**_case(new, category, now), **_placed(place), **_doubted(flags), urgency=urgency)
    await trust.assign(session, case)
    proposal = routing.propose(case, category, routing=rules.routing, now=now)
    step, promises, news = moves.begin(case, terms=rules.terms, routed=case.proposal or {}, now=now)
    news.append(ReportSubmitted(case.id, category.id, urgency.value, case.is_confidential))
    follower = ReportFollower(report_id=new.id, account_id=account_id, is_reporter=True, followed_at=now)
    begun = Intake(case, _origin(new, account_id), follower, step, promises, news)
    report = await intake.write(session, begun)
    if report is not None:
        await routing.note_failures(session, proposal, now=now)
    return report


def _urgency(new: NewReport, category: Category) -> Urgency:
    questions = categories.questions.read(category.questions)
    if problems := categories.questions.check(questions, new.answers):
        raise AnswersInvalid(fields=[asdict(each) for each in problems])
    return categories.questions.urgency(category.urgency, questions, new.answers)


async def _flags(
    session: AsyncSession, new: NewReport, urgency: Urgency, *, by: Actor, now: datetime, for_many: bool
) -> list[Flag]:
    """Return what a human should look at; refuse what is too much, unless somebody may get hurt."""
    earlier = [] if for_many else await queries.lately_of(session, since=now - doubts.WINDOW, by=by)
    here = Seen(new.position.point, new.captured_at, now)
    if urgency is not Urgency.EMERGENCY:
        if by.is_banned:
            raise AccountBanned
        doubts.check_limits(here, earlier)
    device = None if new.device is None or not new.is_pin_moved else new.device.point
    fix = Fix(new.position.point, new.position.accuracy_m, device, new.is_mock)
    return doubts.flags_of(fix, here, earlier)


def _doubted(flags: list[Flag]) -> dict[str, Any]:
    return {
        "flags": [flag.value for flag in flags],
        "is_trust_low": not doubts.LOWERS_TRUST.isdisjoint(flags),
    }


def _refuse() -> Submitted:
    raise KeyReused


async def _kept(session: AsyncSession, new: NewReport, *, by: Actor) -> Submitted | None:
    """Return the report that this tap already made."""
    report = await queries.sent_by(session, new.id, by=by)
    if report is None:
        return None
    origin = await queries.origin_of(session, new.id)
    if origin is None or origin.content_hash not in (None, new.content_hash()):
        raise KeyReused
    category = await categories.get(session, report.category_id)
    return Submitted(report, replayed=True, phones=categories.phones_of(category))


def _case(new: NewReport, category: Category, now: datetime) -> dict[str, Any]:
    at = new.position
    return {
        "id": new.id,
        "state": ReportState.SUBMITTED,
        "state_at": now,
        "category_id": category.id,
        "category_version": category.version,
        "is_confidential": category.is_confidential,
        "lat": at.point.lat,
        "lon": at.point.lon,
        "h3": cell_of(at.point),
        "given_lat": at.lat,
        "given_lon": at.lon,
        "given_coord_type": at.coord_type,
        "accuracy_m": at.accuracy_m,
        "is_pin_moved": new.is_pin_moved,
        "address": new.address,
        "description": new.description,
        "answers": new.answers,
        "captured_at": new.captured_at,
        "captured_offline": new.captured_offline,
        "submitted_at": now,
        "changed_at": now,
        "is_escalated": False,
        "is_designated": False,
        "is_due_provisional": False,
        "return_count": 0,
        "reopened_count": 0,
        "version": 0,
    }


def _placed(place: places.Place) -> dict[str, Any]:
    return {
        "area_code": place.area_code,
        "grid_id": place.grid_id,
        "grid_ids": place.grid_ids,
        "placed_by": place.placed_by,
        "neighbour_codes": place.neighbours,
    }


def _origin(new: NewReport, account_id: UUID) -> ReportOrigin:
    device = new.device
    return ReportOrigin(
        report_id=new.id,
        account_id=account_id,
        device_lat=None if device is None else device.point.lat,
        device_lon=None if device is None else device.point.lon,
        device_accuracy_m=None if device is None else device.accuracy_m,
        device_coord_type=None if device is None else device.coord_type,
        is_mock=new.is_mock,
        content_hash=new.content_hash(),
    )
