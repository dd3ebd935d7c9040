"""A year of hazard reports: invented places and words, lives that the table of moves allows; pure.

Most of what is old is closed; of the last two weeks much is open; some is late, suspended, sent back or
one with another. Every step of every life is a move that the lifecycle has.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from app.core.geo import CoordType, Point, from_wgs84
from app.models import (
    AreaPhone,
    Category,
    HandlingUnit,
    Move,
    Outcome,
    ReportState,
    StepActor,
    UnitKind,
    Urgency,
)
from app.services.demo.places import District, somewhere_in
from app.services.reports import lifecycle
from app.services.reports.cells import cell_of
from app.services.reports.closing import ANSWER_WITHIN
from app.services.reports.places import Place

YEAR = timedelta(days=365)
REPORTS = 2400
# The four seed districts report; the rest of the prefecture only now and then.
SEEDS = ("620802", "620902", "620503", "620302")
_SEED_WEIGHT = 6
_SELDOM = 0.1  # an emergency, where the commonest sort is 1
_UNITS = (
    (UnitKind.DEPARTMENT, "示例{name}市政养护所"),
    (UnitKind.DEPARTMENT, "示例{name}环卫中心"),
    (UnitKind.UTILITY, "示例{name}燃气公司"),
    (UnitKind.PROPERTY_COMPANY, "示例{name}安居物业"),
)
# Which of them looks after a group of categories; the first, the roads' keeper, after all others.
_KEEPERS = {"garbage": 1, "dirt": 1, "ice": 1, "gas": 2, "fire": 3, "access": 3, "other": 3}
_WORDS = ("示例:路口东侧", "示例:学校门口", "示例:超市后面", "示例:公交站旁", "示例:小区北门", "示例:桥头")
_DONE = ("示例:已更换并清理现场", "示例:已修补,恢复通行", "示例:已清运", "示例:已加固并设警示")
_PROMISE = {
    Urgency.EMERGENCY: (timedelta(minutes=15), timedelta(hours=2)),
    Urgency.URGENT: (timedelta(hours=1), timedelta(hours=24)),
}
_RECENT = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Step:
    """One move of a life."""

    move: Move
    from_state: ReportState | None
    to_state: ReportState
    at: datetime
    actor: StepActor
    reason: str


@dataclass(slots=True)
class Life:
    """A case from its first step on; ``at`` is the instant of the last."""

    at: datetime
    dice: random.Random
    state: ReportState = ReportState.SUBMITTED
    steps: list[Step] = field(default_factory=list)

    def begin(self) -> "Life":
        """Take the first step."""
        self.steps.append(Step(Move.SUBMIT, None, ReportState.SUBMITTED, self.at, StepActor.REPORTER, ""))
        return self

    def move(self, move: Move, actor: StepActor, after_h: float, reason: str = "") -> None:
        """Make a move some hours later; one that the lifecycle does not have is an error of ours."""
        to = lifecycle.check(self.state, move, actor)
        self.at += timedelta(hours=after_h * self.dice.uniform(0.3, 1.7))
        self.steps.append(Step(move, self.state, to, self.at, actor, reason))
        self.state = to

    def until(self, now: datetime) -> "Life":
        """Leave out what has not happened yet."""
        self.steps = [step for step in self.steps if step.at <= now]
        self.state, self.at = self.steps[-1].to_state, self.steps[-1].at
        return self

    def first(self, *moves: Move) -> datetime | None:
        """Return when one of some moves was made for the first time."""
        return next((step.at for step in self.steps if step.move in moves), None)

    def latest(self, move: Move) -> datetime | None:
        """Return when a move was last made, unless the case came back to life after it."""
        again = self.last(Move.REOPEN)
        at = self.last(move)
        return None if at is None or (again is not None and again > at) else at

    def last(self, move: Move) -> datetime | None:
        """Return when a move was made for the last time."""
        return next((step.at for step in reversed(self.steps) if step.move is move), None)

    def times(self, move: Move) -> int:
        """Return how often a move was made."""
        return sum(step.move is move for step in self.steps)

    def publish(self) -> None:
        """Let everybody see it, an hour or so later; that moves it nowhere."""
        self.at += timedelta(hours=self.dice.uniform(0.3, 1.7))
        self.steps.append(Step(Move.PUBLISH, self.state, self.state, self.at, StepActor.STAFF, ""))


def _with_a_unit(life: Life) -> None:
    life.move(Move.ACCEPT, StepActor.STAFF, 2)
    life.move(Move.DISPATCH, StepActor.STAFF, 1)


def _just_returned(life: Life) -> None:
    _with_a_unit(life)
    life.move(Move.RETURN, StepActor.UNIT, 5, "示例:不属于本单位管理范围")


def _slow(life: Life) -> None:
    _with_a_unit(life)
    life.move(Move.TAKE_ON, StepActor.UNIT, 3)


def _taken_on_in_public(life: Life) -> None:
    life.move(Move.ACCEPT, StepActor.STAFF, 2)
    life.publish()
    life.move(Move.DISPATCH, StepActor.STAFF, 1)
    life.move(Move.TAKE_ON, StepActor.UNIT, 3)


def _suspended(life: Life) -> None:
    _taken_on_in_public(life)
    life.move(Move.SUSPEND, StepActor.STAFF, 20, "示例:冬季不能施工,开春复查")


def _to_be_checked(life: Life) -> None:
    _taken_on_in_public(life)
    life.move(Move.RESOLVE, StepActor.UNIT, 10, life.dice.choice(_DONE))


def _repaired(life: Life) -> None:
    _taken_on_in_public(life)
    life.move(Move.RESOLVE, StepActor.UNIT, 30, life.dice.choice(_DONE))
    life.move(Move.CONFIRM, StepActor.VERIFIER, 6, "示例:现场已看过")
    life.move(Move.CLOSE, StepActor.STAFF, 4, "示例:问题已解决,谢谢您")


def _not_for_long(life: Life) -> None:
    _repaired(life)
    life.move(Move.REOPEN, StepActor.REPORTER, 40, "示例:又坏了")
    life.move(Move.TAKE_ON, StepActor.UNIT, 3)
    life.move(Move.RESOLVE, StepActor.UNIT, 20, life.dice.choice(_DONE))
    life.move(Move.CONFIRM, StepActor.VERIFIER, 5, "示例:复查通过")
    life.move(Move.CLOSE, StepActor.STAFF, 4, "示例:问题已解决")


def _sent_back(life: Life) -> None:
    _just_returned(life)
    life.move(Move.DISPATCH, StepActor.STAFF, 4)
    life.move(Move.TAKE_ON, StepActor.UNIT, 3)
    life.move(Move.RESOLVE, StepActor.UNIT, 40, life.dice.choice(_DONE))
    life.move(Move.FAIL_CHECK, StepActor.VERIFIER, 5, "示例:现场仍有积水")
    life.move(Move.RESOLVE, StepActor.UNIT, 20, life.dice.choice(_DONE))
    life.move(Move.CONFIRM, StepActor.VERIFIER, 5, "示例:复查通过")
    life.move(Move.CLOSE, StepActor.STAFF, 4, "示例:问题已解决")


def _explained(life: Life) -> None:
    life.move(Move.ACCEPT, StepActor.STAFF, 3)
    life.publish()
    life.move(Move.CLOSE, StepActor.STAFF, 20, "示例:属规划内施工,月底结束")


def _rejected(life: Life) -> None:
    life.move(Move.REJECT, StepActor.STAFF, 3, "示例:照片看不出问题,请补充")


def _withdrawn(life: Life) -> None:
    life.move(Move.WITHDRAW, StepActor.REPORTER, 1)


_LIVES: Sequence[tuple[Callable[[Life], None], float, Outcome | None]] = (
    (_repaired, 0.71, Outcome.FIXED),
    (_not_for_long, 0.03, Outcome.FIXED),
    (_sent_back, 0.08, Outcome.FIXED),
    (_explained, 0.07, Outcome.EXPLAINED),
    (_rejected, 0.05, None),
    (_withdrawn, 0.02, None),
    (_suspended, 0.02, None),
    (_slow, 0.02, None),
)
# What came in the last days and waits for somebody's next step.
_FRESH = timedelta(days=4)
_WAITING: Sequence[tuple[Callable[[Life], None], float, Outcome | None]] = (
    (_with_a_unit, 0.4, None),
    (_just_returned, 0.6, None),
    (_to_be_checked, 0.6, None),
)


@dataclass(frozen=True, slots=True)
class InventedReport:
    """One report with its life and everything that its row holds."""

    id: UUID
    category: Category
    point: Point
    place: Place
    life: Life
    outcome: Outcome | None
    unit_id: UUID | None
    acceptance_due_at: datetime
    due_at: datetime
    description: str

    @property
    def submitted_at(self) -> datetime:
        """When it was taken in."""
        return self.life.steps[0].at


def units_of(district: District, dice: random.Random, now: datetime) -> list[HandlingUnit]:
    """Invent a district's handling units."""
    return [
        HandlingUnit(
            id=UUID(bytes=dice.randbytes(16), version=4),
            name=name.format(name=district.name),
            kind=kind,
            area_code=district.code,
            phone=f"{district.landline}-0000000",
            changed_at=now - YEAR,
        )
        for kind, name in _UNITS
    ]


def gas_phones(districts: Sequence[District], now: datetime) -> list[AreaPhone]:
    """Invent the numbers of the districts' gas companies."""
    return [
        AreaPhone(
            area_code=each.code, service="gas", number=f"{each.landline}-0000119", version=1, changed_at=now
        )
        for each in districts
    ]


def keeper_of(units: Sequence[HandlingUnit], group: str | None) -> HandlingUnit:
    """Return which of a district's units looks after a group of categories."""
    return units[_KEEPERS.get(group or "", 0)]


# Where a point of a district belongs, and when a number of working days after an instant is.
Locate = Callable[[District, Point], Place]
WorkingDays = Callable[[datetime, int], datetime]


def reports_of(
    districts: Sequence[District],
    categories: Sequence[Category],
    units: dict[str, list[HandlingUnit]],
    *,
    locate: Locate,
    working_days: WorkingDays,
    dice: random.Random,
    now: datetime,
    count: int = REPORTS,
) -> Iterator[InventedReport]:
    """Invent a year of public reports, oldest first."""
    weights = [_SEED_WEIGHT if district.code in SEEDS else 1 for district in districts]
    # A few kinds of things are most of what people send, as at every hotline; emergencies are seldom.
    often = [
        _SELDOM if category.urgency is Urgency.EMERGENCY else 1 / number
        for number, category in enumerate(categories, 1)
    ]
    instants = sorted(now - YEAR * (dice.random() ** 1.3) for _ in range(count))
    for at in instants:
        district = dice.choices(districts, weights)[0]
        category = dice.choices(categories, often)[0]
        live, outcome = _life_for(now - at, dice)
        life = Life(at.replace(microsecond=0), dice).begin()
        live(life)
        life.until(now)
        has_unit = life.last(Move.DISPATCH) and life.state is not ReportState.RETURNED
        accept_in, handle_in = _PROMISE.get(category.urgency, (timedelta(hours=4), None))
        point = somewhere_in(district, dice)
        yield InventedReport(
            id=UUID(bytes=dice.randbytes(16), version=4),
            category=category,
            point=point,
            place=locate(district, point),
            life=life,
            outcome=outcome if life.state is ReportState.CLOSED else None,
            unit_id=keeper_of(units[district.code], category.group).id if has_unit else None,
            acceptance_due_at=at + accept_in,
            due_at=working_days(at, 5) if handle_in is None else at + handle_in,
            description=dice.choice(_WORDS),
        )


def _life_for(age: timedelta, dice: random.Random) -> tuple[Callable[[Life], None], Outcome | None]:
    """Draw how a case goes; what is recent may be slow, what is old seldom is."""
    lives = [*_LIVES, *_WAITING] if age < _FRESH else _LIVES
    weights = [share * 8 if live is _slow and age < _RECENT else share for live, share, _ in lives]
    live, _, outcome = dice.choices(lives, weights)[0]
    return live, outcome


REPORT_COLUMNS = (
    "id", "state", "state_at", "category_id", "category_version", "urgency", "is_confidential",
    "is_escalated", "is_trust_low", "lat", "lon", "h3", "given_lat", "given_lon", "given_coord_type",
    "accuracy_m", "is_pin_moved", "address", "area_code", "grid_id", "grid_ids", "placed_by", "description",
    "answers", "captured_at", "captured_offline", "submitted_at", "acceptance_due_at", "decided_at", "due_at",
    "original_due_at", "is_due_provisional", "next_due_at", "review_at", "resolved_at", "checked_at",
    "closed_at", "outcome", "unit_id", "is_designated", "return_count", "reopened_count", "public_at",
    "version", "changed_at",
)  # fmt: skip
_DECIDED = (Move.ACCEPT, Move.REJECT, Move.MARK_DUPLICATE)


def report_row(report: InventedReport) -> tuple[object, ...]:
    """Return a report as its table's row."""
    life, category, place = report.life, report.category, report.place
    lat, lon = from_wgs84(report.point, CoordType.GCJ02)
    decided_at = life.first(*_DECIDED)
    review_at: datetime | None = None
    next_due_at: datetime | None = report.due_at if decided_at else report.acceptance_due_at
    if life.state is ReportState.SUSPENDED:
        next_due_at = review_at = life.at + timedelta(days=90)
    if life.state in (ReportState.CLOSED, ReportState.REJECTED, ReportState.WITHDRAWN):
        next_due_at = None
    return (
        report.id, life.state, life.at, category.id, category.version, category.urgency, False,
        False, False, report.point.lat, report.point.lon, cell_of(report.point), lat, lon, CoordType.GCJ02,
        12.0, False, "示例地址", place.area_code, place.grid_id, json_list(place.grid_ids),
        place.placed_by, report.description, "{}", report.submitted_at, False, report.submitted_at,
        report.acceptance_due_at, decided_at, report.due_at, report.due_at, False, next_due_at, review_at,
        life.latest(Move.RESOLVE), life.latest(Move.CONFIRM), life.latest(Move.CLOSE), report.outcome,
        report.unit_id, False, life.times(Move.RETURN), life.times(Move.REOPEN),
        life.first(Move.PUBLISH), len(life.steps), life.at,
    )  # fmt: skip


def json_list(items: Sequence[str]) -> str:
    """Return a list of plain ids as JSON."""
    return "[" + ",".join(f'"{item}"' for item in items) + "]"


STEP_COLUMNS = (
    "report_id", "move", "from_state", "to_state", "at", "actor", "actor_name", "reason", "details",
)  # fmt: skip
_NAMES = {
    StepActor.STAFF: "示例社区工作者",
    StepActor.UNIT: "示例承办人员",
    StepActor.VERIFIER: "示例兼职网格员",
}


def step_rows(report: InventedReport) -> Iterator[tuple[object, ...]]:
    """Return the rows of a report's steps."""
    for step in report.life.steps:
        yield (
            report.id, step.move, step.from_state, step.to_state, step.at, step.actor,
            _NAMES.get(step.actor, ""), step.reason, "{}",
        )  # fmt: skip


ORIGIN_COLUMNS = ("report_id", "account_id", "is_mock")
FOLLOWER_COLUMNS = ("report_id", "account_id", "is_reporter", "followed_at")


SATISFACTION_COLUMNS = (
    "report_id", "closing", "asked_at", "expires_at", "answered_at", "is_satisfied", "text", "expired_at",
)  # fmt: skip
_ANSWER, _SATISFIED = 0.45, 0.88  # how many answer, and how many of them are content


def satisfaction_rows(
    report: InventedReport, dice: random.Random, now: datetime
) -> Iterator[tuple[object, ...]]:
    """Return what the reporter said after each closing; most say nothing."""
    closings = [step.at for step in report.life.steps if step.move is Move.CLOSE]
    for number, asked_at in enumerate(closings):
        answered_at = asked_at + timedelta(hours=dice.uniform(0.2, 70))
        has_answered = dice.random() < _ANSWER and answered_at <= now
        is_satisfied = dice.random() < _SATISFIED and number == len(closings) - 1
        expires_at = asked_at + ANSWER_WITHIN
        is_over = not has_answered and (expires_at <= now or number < len(closings) - 1)
        yield (
            report.id, number, asked_at, expires_at, answered_at if has_answered else None,
            is_satisfied if has_answered else None, "", min(expires_at, now) if is_over else None,
        )  # fmt: skip
