"""A month of activities in figures and in lines, by team; for an area's staff, naming no volunteer.

The lines hold what 民政部令67 §4 and 民发〔2015〕149号 ask of an activity's record. The national platform's
own format (MZ/T 061) was not at hand, and no conformance with it is claimed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Numeric, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.clock import SHANGHAI
from app.core.errors import InvalidInput, NotFound
from app.models import (
    ActivityFeedback,
    ActivityShift,
    ShiftRole,
    SignUp,
    SignUpState,
    VolunteerActivity,
    VolunteerOrganisation,
    VolunteerTeam,
)
from app.services import authority
from app.services.activities.queries import WAS_PUBLIC
from app.services.teams.queries import STAFF

FEWEST_ANSWERS = 5  # of fewer the mean could be known to be one person's
_MOST_LINES = 20_000
HEADINGS = (
    "组织名称", "统一社会信用代码", "志愿服务队", "活动编号", "活动名称", "活动类别", "服务内容", "服务对象",
    "地点", "行政区划代码", "开始时间", "结束时间", "招募人数", "报名人数", "负责人", "联系电话", "是否取消",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TeamMonth:
    """A team's month: shifts by the day they began, how content who answered was.

    ``places_taken`` are those that were given; ``people`` is how many different ones had one and were not
    marked as absent from it.
    """

    team_id: UUID
    team: str
    area_code: str
    activities: int
    shifts: int
    cancelled: int
    places_taken: int
    people: int
    no_shows: int
    answers: int
    satisfaction: float | None  # the mean of 1 to 5; null when fewer than five answered


def month_of(text: str) -> tuple[datetime, datetime]:
    """Return a month's span in China, given as ``2026-11``.

    Raises:
        InvalidInput: it is no month.
    """
    try:
        year, month = (int(part) for part in text.split("-"))
        begins = datetime(year, month, 1, tzinfo=SHANGHAI)
    except ValueError:
        raise InvalidInput(hint="month") from None
    return begins, datetime(year + month // 12, month % 12 + 1, 1, tzinfo=SHANGHAI)


async def of_month(
    session: AsyncSession, area_code: str, span: tuple[datetime, datetime], *, by: Actor
) -> list[TeamMonth]:
    """Return each team's month in an area of the caller, teams without an activity left out.

    Raises:
        NotFound: the area is not theirs.
    """
    _check(by, area_code)
    held = SignUp.state.in_((SignUpState.BOOKED, SignUpState.NO_SHOW))
    query = (
        select(
            VolunteerTeam.id,
            VolunteerTeam.name,
            VolunteerTeam.area_code,
            func.count(VolunteerActivity.id.distinct()),
            func.count(ActivityShift.id.distinct()),
            func.count(ActivityShift.id.distinct()).filter(ActivityShift.cancelled_at.is_not(None)),
            func.count(SignUp.id).filter(held),
            func.count(SignUp.account_id.distinct()).filter(SignUp.state == SignUpState.BOOKED),
            func.count(SignUp.id).filter(SignUp.state == SignUpState.NO_SHOW),
            func.count(ActivityFeedback.sign_up_id),
            cast(func.avg(ActivityFeedback.score), Numeric(3, 2)),
        )
        .select_from(VolunteerActivity)
        .join(VolunteerTeam, VolunteerTeam.id == VolunteerActivity.team_id)
        .join(ActivityShift, ActivityShift.activity_id == VolunteerActivity.id)
        .outerjoin(SignUp, SignUp.shift_id == ActivityShift.id)
        .outerjoin(ActivityFeedback, ActivityFeedback.sign_up_id == SignUp.id)
        .where(*_in(area_code, span))
        .group_by(VolunteerTeam.id)
        .order_by(VolunteerTeam.area_code, VolunteerTeam.name, VolunteerTeam.id)
    )
    return [_team_month(row) for row in await session.execute(query)]


def _team_month(row: Any) -> TeamMonth:
    team_id, team, area_code, made, shifts, cancelled, taken, people, absent, answers, mean = row
    return TeamMonth(
        team_id=team_id,
        team=team,
        area_code=area_code,
        activities=made,
        shifts=shifts,
        cancelled=cancelled,
        places_taken=taken,
        people=people,
        no_shows=absent,
        answers=answers,
        satisfaction=float(mean) if answers >= FEWEST_ANSWERS else None,
    )


async def lines(
    session: AsyncSession, area_code: str, span: tuple[datetime, datetime], *, by: Actor
) -> list[tuple[Any, ...]]:
    """Return a line for each shift of a month in an area of the caller, under :data:`HEADINGS`.

    Raises:
        NotFound: the area is not theirs.
    """
    _check(by, area_code)
    signed = (
        select(func.count())
        .where(
            SignUp.shift_id == ActivityShift.id, SignUp.state.in_((SignUpState.BOOKED, SignUpState.NO_SHOW))
        )
        .scalar_subquery()
    )
    query = (
        select(ActivityShift, VolunteerActivity, VolunteerTeam, VolunteerOrganisation, signed)
        .join(VolunteerActivity, VolunteerActivity.id == ActivityShift.activity_id)
        .join(VolunteerTeam, VolunteerTeam.id == VolunteerActivity.team_id)
        .join(VolunteerOrganisation, VolunteerOrganisation.id == VolunteerTeam.organisation_id)
        .where(*_in(area_code, span))
        .order_by(ActivityShift.starts_at, ActivityShift.id)
        .limit(_MOST_LINES)
    )
    rows = (await session.execute(query)).all()
    places = await _places(session, [shift.id for shift, *_ in rows])
    return [
        (
            organisation.name, organisation.credit_code or "", team.name, str(shift.id), activity.title,
            activity.kind.value, activity.content, activity.service_objects, activity.place_text,
            activity.area_code, _local(shift.starts_at), _local(shift.ends_at), places.get(shift.id, 0),
            count, organisation.responsible, organisation.phone, "否" if shift.cancelled_at is None else "是",
        )
        for shift, activity, team, organisation, count in rows
    ]  # fmt: skip


async def _places(session: AsyncSession, shift_ids: Sequence[UUID]) -> dict[UUID, int]:
    query = (
        select(ShiftRole.shift_id, func.sum(ShiftRole.places))
        .where(ShiftRole.shift_id.in_(shift_ids))
        .group_by(ShiftRole.shift_id)
    )
    return {shift_id: int(places) for shift_id, places in await session.execute(query)}


def _check(by: Actor, area_code: str) -> None:
    if not authority.may(by, roles=STAFF, area_code=area_code):
        raise NotFound


def _in(area_code: str, span: tuple[datetime, datetime]) -> tuple[Any, ...]:
    return (
        authority.within(VolunteerActivity.area_code, area_code),
        WAS_PUBLIC,
        ActivityShift.starts_at >= span[0],
        ActivityShift.starts_at < span[1],
    )


def _local(at: datetime) -> str:
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
