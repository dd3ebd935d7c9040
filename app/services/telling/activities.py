"""What volunteers hear of their sign-ups, organisers of their activities, and an area's staff of both."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.urgency import Urgency
from app.models import (
    ActivityKind,
    ActivityShift,
    ActivityState,
    OutboxEvent,
    SignUp,
    SignUpState,
    VolunteerActivity,
)
from app.services import notifications, teams
from app.services.activities import concerns, queries
from app.services.activities.concerns import Concern
from app.services.activities.events import (
    AbsenceAnswered,
    AbsenceObjected,
    ActivityMoved,
    CoverAsked,
    ShiftCancelled,
    ShiftChanged,
    ShiftSoon,
    SignUpMoved,
)
from app.services.notifications import About
from app.services.telling import people

# Who is told of what became of a sign-up, when it was not their own act.
_PERSON_HEARS: Mapping[str, str] = {
    SignUpState.BOOKED: "activity.booked",
    SignUpState.WAITING: "activity.waiting",
    SignUpState.REFUSED: "activity.refused",
    SignUpState.OFFERED: "activity.offered",
    SignUpState.LAPSED: "activity.lapsed",
    SignUpState.COVERED: "activity.covered",
    SignUpState.NO_SHOW: "activity.no_show",
}
_HEARS_OF_A_CHANGE: Mapping[Concern | None, str] = {
    None: "activity.changed",
    Concern.OVERLAPPING: "activity.changed_overlapping",
    Concern.UNFIT: "activity.changed_unfit",
}
# Whose reminder has words and a topic of its own; a lesson (培训) has places and shifts as any activity.
_REMINDS_OF: Mapping[ActivityKind, str] = {ActivityKind.TRAINING: "lesson.soon"}
_URGENT = {
    "activity.offered",
    "activity.shift_cancelled",
    "activity.covered",
    *_HEARS_OF_A_CHANGE.values(),
}


@dataclass(frozen=True, slots=True)
class _Scene:
    """A shift with its activity, as a message names them."""

    session: AsyncSession
    event: OutboxEvent
    activity: VolunteerActivity
    shift: ActivityShift
    now: datetime

    async def tell(self, kind: str, to: Iterable[UUID | None], **more: Any) -> None:
        """Tell some people something about the shift; what is urgent is no more so once it began."""
        ahead = self.shift.starts_at > self.now
        await notifications.tell(
            self.session,
            kind=kind,
            to=[each for each in to if each is not None],
            key=f"event:{self.event.id}",
            params={"title": self.activity.title, "at": self.shift.starts_at, **more},
            subject=About("activity", self.activity.id),
            urgency=Urgency.URGENT if kind in _URGENT and ahead else Urgency.NORMAL,
            area_code=self.activity.area_code,
            now=self.now,
        )


async def _scene(session: AsyncSession, event: OutboxEvent, *, now: datetime) -> _Scene | None:
    shift = await session.get(ActivityShift, UUID(event.payload["shift_id"]), populate_existing=True)
    if shift is None:
        return None
    activity = await session.get_one(VolunteerActivity, shift.activity_id)
    return _Scene(session, event, activity, shift, now)


async def _scene_of(
    session: AsyncSession, event: OutboxEvent, *, now: datetime
) -> tuple[_Scene, SignUp] | None:
    row = await session.get(SignUp, UUID(event.payload["sign_up_id"]), populate_existing=True)
    scene = await _scene(session, event, now=now)
    return None if row is None or scene is None else (scene, row)


async def _activity_moved(session: AsyncSession, event: OutboxEvent, *, now: datetime) -> None:
    """Tell an area's staff what waits for them, and a team's coordinators what they decided."""
    activity = await session.get(VolunteerActivity, UUID(event.payload["activity_id"]))
    if activity is None:
        return
    state, was = event.payload["state"], event.payload["was"]
    to: Iterable[UUID]
    if state == ActivityState.SUBMITTED:
        kind, to = "activity.to_approve", await people.staff(session, activity.area_code, now=now)
    elif was == ActivityState.SUBMITTED and state in {ActivityState.PUBLISHED, ActivityState.DRAFT}:
        kind = "activity.published" if state == ActivityState.PUBLISHED else "activity.sent_back"
        to = await teams.coordinators_of(session, activity.team_id)
    else:
        return
    await notifications.tell(
        session,
        kind=kind,
        to=to,
        key=f"event:{event.id}",
        params={"title": activity.title},
        subject=About("activity", activity.id),
        area_code=activity.area_code,
        now=now,
    )


async def _sign_up_moved(session: AsyncSession, event: OutboxEvent, *, now: datetime) -> None:
    """Tell a person what became of their sign-up, unless it was their own act or has changed since."""
    kind = _PERSON_HEARS.get(event.payload["state"])
    found = await _scene_of(session, event, now=now)
    if kind is None or found is None or event.payload["by_themselves"]:
        return
    scene, row = found
    if kind == "activity.offered":
        if row.offer_ends_at is not None and row.offer_ends_at > now:
            await scene.tell(kind, [row.account_id], until=row.offer_ends_at)
    else:
        await scene.tell(kind, [row.account_id])


async def _cancelled(session: AsyncSession, event: OutboxEvent, *, now: datetime) -> None:
    """Tell everybody who had signed up for a shift that it does not take place."""
    scene = await _scene(session, event, now=now)
    if scene is not None:
        query = select(SignUp.account_id).where(
            SignUp.shift_id == scene.shift.id, SignUp.state == SignUpState.CANCELLED
        )
        await scene.tell("activity.shift_cancelled", (await session.scalars(query)).all())


async def _changed(session: AsyncSession, event: OutboxEvent, *, now: datetime) -> None:
    """Tell everybody who signed up for a shift that it was changed, and whom it does not suit any more."""
    scene = await _scene(session, event, now=now)
    if scene is None or scene.shift.cancelled_at is not None:
        return
    unsuited = await concerns.at(session, scene.shift)
    heard: dict[Concern | None, list[UUID | None]] = {each: [] for each in _HEARS_OF_A_CHANGE}
    for row in await queries.live_at(session, [scene.shift.id]):
        heard[unsuited.get(row.id)].append(row.account_id)
    for concern, to in heard.items():
        await scene.tell(_HEARS_OF_A_CHANGE[concern], to)


async def _cover_asked(session: AsyncSession, event: OutboxEvent, *, now: datetime) -> None:
    """Tell a team's other members that somebody looks for cover; never who."""
    found = await _scene_of(session, event, now=now)
    if found is not None and found[1].state is SignUpState.BOOKED:
        scene, row = found
        members = await teams.members_of(session, scene.activity.team_id)
        await scene.tell("activity.cover_asked", [each for each in members if each != row.account_id])


async def _soon(session: AsyncSession, event: OutboxEvent, *, now: datetime) -> None:
    """Remind a person of a shift, or of a lesson, if they still have their place."""
    found = await _scene_of(session, event, now=now)
    if found is not None and found[1].state is SignUpState.BOOKED and found[0].shift.starts_at > now:
        kind = _REMINDS_OF.get(found[0].activity.kind, "activity.soon")
        await found[0].tell(kind, [found[1].account_id])


async def _objected(session: AsyncSession, event: OutboxEvent, *, now: datetime) -> None:
    """Tell an area's staff that somebody objects to a mark of absence."""
    scene = await _scene(session, event, now=now)
    if scene is not None:
        await notifications.tell(
            session,
            kind="activity.objection",
            to=await people.staff(session, scene.activity.area_code, now=now),
            key=f"event:{event.id}",
            params={"title": scene.activity.title},
            subject=About("activity", scene.activity.id),
            area_code=scene.activity.area_code,
            now=now,
        )


async def _answered(session: AsyncSession, event: OutboxEvent, *, now: datetime) -> None:
    """Tell a person what became of their objection."""
    found = await _scene_of(session, event, now=now)
    if found is not None:
        kind = "activity.absence_struck" if event.payload["is_struck"] else "activity.absence_stands"
        await found[0].tell(kind, [found[1].account_id])


ACTIVITIES: Mapping[str, Callable[..., Awaitable[None]]] = {
    ActivityMoved.name: _activity_moved,
    SignUpMoved.name: _sign_up_moved,
    ShiftCancelled.name: _cancelled,
    ShiftChanged.name: _changed,
    CoverAsked.name: _cover_asked,
    ShiftSoon.name: _soon,
    AbsenceObjected.name: _objected,
    AbsenceAnswered.name: _answered,
}
