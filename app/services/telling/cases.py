"""What riders, desks and units hear of cases. Nobody who handles a case learns who sent it.

Of a confidential case a rider hears "there is a new reply", its two named people "there is news", and
nobody else anything.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Role
from app.core.urgency import Urgency
from app.models import (
    DeadlineStep,
    Move,
    OutboxEvent,
    Report,
    ReportQuestion,
    ReportSatisfaction,
    ReportStep,
    RoutingRule,
    TaskState,
)
from app.services import notifications
from app.services.accounts import holders
from app.services.notifications import About
from app.services.reports import numbers
from app.services.reports.events import (
    DisclosureAnswered,
    DisclosureAsked,
    ReportDueSoon,
    ReporterAnswered,
    ReporterAsked,
    ReportMoved,
    ReportOverdue,
    ReportsMerged,
    ReportUpdated,
    RoutingRuleFailed,
    SatisfactionAsked,
    TaskChanged,
)
from app.services.telling import people

Reaction = Callable[..., Awaitable[None]]
_UNITS_STEPS = frozenset({DeadlineStep.HANDLING, DeadlineStep.MADE_SAFE, DeadlineStep.WHOLE})
_RIDER_HEARS: Mapping[Move, str] = {
    Move.ACCEPT: "report.accepted",
    Move.REJECT: "report.rejected",
    Move.SUSPEND: "report.suspended",
    Move.RESOLVE: "report.resolved",
    Move.REOPEN: "report.reopened",
    Move.CLOSE: "report.closed",
}
_DESK_HEARS: Mapping[Move, str] = {Move.RETURN: "desk.returned", Move.RESOLVE: "desk.resolved"}
_UNIT_HEARS: Mapping[Move, str] = {
    Move.DISPATCH: "unit.dispatched",
    Move.FAIL_CHECK: "unit.again",
    Move.REOPEN: "unit.again",
}


class _Fact:
    """One event about one case, and the ways in which it is told."""

    def __init__(self, session: AsyncSession, event: OutboxEvent, report: Report, *, now: datetime) -> None:
        self._session = session
        self.report = report
        self.now = now
        self.payload = event.payload
        self._key = f"event:{event.id}"

    @property
    def number(self) -> dict[str, Any]:
        return {"number": numbers.write(self.report.number)}

    async def tell_riders(
        self,
        kind: str,
        params: Mapping[str, Any],
        to: Mapping[UUID, UUID],
        *,
        expires_at: datetime | None = None,
        key: str | None = None,
    ) -> None:
        """Tell riders, each with the way to their own report."""
        if self.report.is_confidential:
            kind, params = "report.reply", {}
        await notifications.tell(
            self._session,
            kind=kind,
            to=to,
            key=key or self._key,
            params=params,
            subject=About("report", self.report.id),
            subject_of=to,
            expires_at=expires_at,
            area_code=None if self.report.is_confidential else self.report.area_code,
            collapse_key=f"report:{self.report.id}",
            now=self.now,
        )

    async def tell_staff(
        self, kind: str, params: Mapping[str, Any], to: Iterable[UUID], *, but: UUID | None = None
    ) -> None:
        """Tell who works on the case, except who just did it themselves."""
        if self.report.is_confidential:
            kind, params = "desk.confidential", {}
        is_quiet = self.report.is_confidential or self.report.urgency is Urgency.NORMAL
        await notifications.tell(
            self._session,
            kind=kind,
            to=[each for each in to if each != but],
            key=self._key,
            params=params,
            subject=About("case", self.report.id),
            urgency=Urgency.NORMAL if is_quiet else Urgency.URGENT,
            area_code=None if self.report.is_confidential else self.report.area_code,
            now=self.now,
        )

    async def tell_desk(self, kind: str, params: Mapping[str, Any], *, but: UUID | None = None) -> None:
        """Tell the desk that the case lies on."""
        await self.tell_staff(
            kind, params, await people.desk(self._session, self.report, now=self.now), but=but
        )

    async def tell_unit(
        self, kind: str, params: Mapping[str, Any], unit_id: UUID | None, *, but: UUID | None = None
    ) -> None:
        """Tell who acts for a handling unit; a confidential case has none."""
        if unit_id is None or self.report.is_confidential:
            return
        await self.tell_staff(
            kind, params, await holders.of_unit(self._session, unit_id, now=self.now), but=but
        )

    async def riders(self, *, reporters: bool | None = None) -> dict[UUID, UUID]:
        """Return who follows the case, or of them its reporter alone, or all others."""
        return await people.riders(self._session, self.report, reporters=reporters)


def _about_a_case(name: str = "report_id") -> Callable[[Callable[..., Awaitable[None]]], Reaction]:
    """Make a reaction of a function of a session and a :class:`_Fact`; a case that is gone is no matter."""

    def wrap(react: Callable[..., Awaitable[None]]) -> Reaction:
        async def reaction(session: AsyncSession, event: OutboxEvent, *, now: datetime) -> None:
            report = await session.get(Report, UUID(event.payload[name]), populate_existing=True)
            if report is not None:
                await react(session, _Fact(session, event, report, now=now))

        return reaction

    return wrap


@_about_a_case()
async def _moved(session: AsyncSession, fact: _Fact) -> None:
    step = await session.get(ReportStep, fact.payload["step_id"])
    if step is None:
        return
    move, report = Move(fact.payload["move"]), fact.report
    if (kind := _RIDER_HEARS.get(move)) is not None:
        # Who sent it hears of its closing together with the question whether they are satisfied.
        to = await fact.riders(reporters=False if move is Move.CLOSE else None)
        await fact.tell_riders(*_dated(kind, fact, step), to)
    if (kind := _DESK_HEARS.get(move)) is not None:
        await fact.tell_desk(kind, fact.number, but=step.actor_id)
    if (kind := _UNIT_HEARS.get(move)) is not None:
        await fact.tell_unit(*_dated(kind, fact, step), report.unit_id, but=step.actor_id)


def _dated(kind: str, fact: _Fact, step: ReportStep) -> tuple[str, dict[str, Any]]:
    """Return a move's template and its parameters; without a date to name, the template that names none."""
    if kind == "report.closed":
        return kind, {**fact.number, "outcome": step.details.get("outcome", "explained")}
    if kind not in {"report.accepted", "unit.dispatched"}:
        return kind, fact.number
    if fact.report.due_at is None:
        return f"{kind}_undated", fact.number
    return kind, {**fact.number, "due_at": fact.report.due_at}


@_about_a_case("parent_id")
async def _merged(session: AsyncSession, fact: _Fact) -> None:
    """Tell riders once that their report goes on as another, however many there are and are to come."""
    to = await people.merged_riders(session, fact.report)
    await fact.tell_riders("report.merged", fact.number, to, key=f"merged:{fact.report.id}")


@_about_a_case()
async def _asked(session: AsyncSession, fact: _Fact) -> None:
    question = await session.get(ReportQuestion, UUID(fact.payload["question_id"]))
    if question is None or question.answered_at is not None:
        return
    params = {**fact.number, "due_at": question.due_at}
    await fact.tell_riders(
        "report.question", params, await fact.riders(reporters=True), expires_at=question.due_at
    )


@_about_a_case()
async def _satisfaction_asked(session: AsyncSession, fact: _Fact) -> None:
    asked = await session.get(ReportSatisfaction, (fact.report.id, fact.payload["closing"]))
    if asked is None or fact.report.outcome is None:
        return
    params = {**fact.number, "outcome": fact.report.outcome.value}
    await fact.tell_riders(
        "report.closed_rate", params, await fact.riders(reporters=True), expires_at=asked.expires_at
    )


@_about_a_case()
async def _disclosure_asked(_: AsyncSession, fact: _Fact) -> None:
    await fact.tell_riders("report.reply", {}, await fact.riders(reporters=True))


@_about_a_case()
async def _answered(_: AsyncSession, fact: _Fact) -> None:
    await fact.tell_desk("desk.updated", fact.number)


@_about_a_case()
async def _task_changed(_: AsyncSession, fact: _Fact) -> None:
    state = TaskState(fact.payload["state"])
    if state is TaskState.OPEN:
        await fact.tell_unit("unit.task", fact.number, UUID(fact.payload["unit_id"]))
    elif state in {TaskState.DONE, TaskState.RETURNED}:
        await fact.tell_desk("desk.updated", fact.number)


def _due(word: str) -> Reaction:
    @_about_a_case()
    async def due(_: AsyncSession, fact: _Fact) -> None:
        params = {**fact.number, "due_at": datetime.fromisoformat(fact.payload["due_at"])}
        is_units = DeadlineStep(fact.payload["step"]) in _UNITS_STEPS and fact.report.unit_id is not None
        if is_units:
            await fact.tell_unit(f"unit.{word}", params, fact.report.unit_id)
        # What is late concerns the desk, whoever's fault it is.
        if not is_units or word == "overdue":
            await fact.tell_desk(f"desk.{word}", params)

    return due


async def _rule_failed(session: AsyncSession, event: OutboxEvent, *, now: datetime) -> None:
    rule = await session.get(RoutingRule, UUID(event.payload["rule_id"]))
    if rule is None:
        return
    await notifications.tell(
        session,
        kind="desk.rule_failed",
        to=await holders.of_area(session, rule.area_code, [Role.DISTRICT_OFFICER], now=now),
        key=f"event:{event.id}",
        subject=About("routing_rule", rule.id),
        area_code=rule.area_code,
        now=now,
    )


CASES: Mapping[str, Reaction] = {
    ReportMoved.name: _moved,
    ReportsMerged.name: _merged,
    ReporterAsked.name: _asked,
    ReporterAnswered.name: _answered,
    ReportUpdated.name: _answered,
    ReportDueSoon.name: _due("due_soon"),
    ReportOverdue.name: _due("overdue"),
    SatisfactionAsked.name: _satisfaction_asked,
    DisclosureAsked.name: _disclosure_asked,
    DisclosureAnswered.name: _answered,
    TaskChanged.name: _task_changed,
    RoutingRuleFailed.name: _rule_failed,
}
