"""Who does what about which event. Services never call each other upwards; they are told here."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.jobs.delivery import Reactions
from app.models import Move, OutboxEvent, Report, ReportState, ReportStep
from app.services import accounts, points, reports, robots, stations, weather, webhooks
from app.services.accounts.events import AccountErased, ConsentWithdrawn, RoleRevoked
from app.services.areas import CalendarPublished
from app.services.checkins import closing, upkeep
from app.services.duty import ladder, warnings
from app.services.duty import telling as duty_telling
from app.services.duty.events import DutyAcknowledged
from app.services.ledger.events import HoursDecided, HoursRecorded, HoursVoided
from app.services.photos.events import PhotoReady
from app.services.reports import duplicates, reminders
from app.services.reports.events import (
    PromisesCounted,
    ReportFollowed,
    ReportMoved,
    ReportPromised,
    ReportsMerged,
    ReportSubmitted,
)
from app.services.stations.events import StationClosed, StationReopened
from app.services.teams import appointments, membership
from app.services.telling import TOLD
from app.services.weather.events import WeatherAlertEnded, WeatherAlertIssued


async def _revive_children(session: AsyncSession, event: OutboxEvent, *, now: datetime) -> None:
    """Let the duplicates of a case live again that turned out to be none, or one that nobody may read."""
    is_none = event.payload["to_state"] in {ReportState.REJECTED, ReportState.WITHDRAWN}
    if is_none or event.payload["move"] == Move.CHANGE_CATEGORY:
        await duplicates.revive_children(session, UUID(event.payload["report_id"]), now=now)


async def _call_duty(session: AsyncSession, event: OutboxEvent, *, now: datetime) -> None:
    """Call who is on duty about a new emergency."""
    report = await session.get(Report, UUID(event.payload["report_id"]), populate_existing=True)
    if report is not None:
        await ladder.begin(session, report.id, since=report.submitted_at, now=now)


# What brings a case back that was dealt with: it is called about again.
_ANEW = {Move.REOPEN, Move.REVIVE}


async def _go_on_calling(session: AsyncSession, event: OutboxEvent, *, now: datetime) -> None:
    """Stop calling about a case that somebody has in hand; call about one that became an emergency."""
    report_id, move, begun = UUID(event.payload["report_id"]), event.payload["move"], None
    if move in {*_ANEW, Move.CHANGE_CATEGORY, Move.UNDO}:
        step = await session.get_one(ReportStep, event.payload["step_id"])
        begun = await ladder.begin(session, report_id, since=step.at, again=move in _ANEW, now=now)
    if begun is None:
        await ladder.go_on(session, report_id, now=now)


async def _call_about_parent(session: AsyncSession, event: OutboxEvent, *, now: datetime) -> None:
    """Call about a case that a merger has made an emergency."""
    parent_id = UUID(event.payload["parent_id"])
    await ladder.begin(session, parent_id, since=event.recorded_at, now=now)


async def _forget_name(session: AsyncSession, event: OutboxEvent, *, now: datetime) -> None:  # noqa: ARG001 - every reaction is told when
    """Let nobody's inbox name any longer who took an emergency and is gone."""
    await duty_telling.forget_name(session, UUID(event.payload["account_id"]), name=accounts.ERASED_NAME)


async def _warn_riders(session: AsyncSession, event: OutboxEvent, *, now: datetime) -> None:
    """Warn those near an emergency once it was taken up, or two people saw it."""
    await warnings.consider(session, UUID(event.payload["report_id"]), now=now)


async def _free_what_they_held(session: AsyncSession, event: OutboxEvent, *, now: datetime) -> None:
    """End the memberships and appointments of somebody whose account was deleted."""
    await membership.forget_gone(session, now=now)
    await appointments.follow_erasure(session, UUID(event.payload["account_id"]), now=now)


_FIRST: Reactions = {
    AccountErased.name: (_free_what_they_held, _forget_name),
    RoleRevoked.name: (appointments.follow_grant,),
    CalendarPublished.name: (reminders.count_again,),
    ConsentWithdrawn.name: (upkeep.forget_positions,),
    DutyAcknowledged.name: (_warn_riders,),
    HoursRecorded.name: (points.reward_recorded,),
    HoursDecided.name: (points.reward_decided,),
    HoursVoided.name: (points.take_back,),
    PromisesCounted.name: (reminders.count_again,),
    PhotoReady.name: (reports.link_arrived, stations.album.arrived),
    ReportMoved.name: (
        _go_on_calling,
        _warn_riders,
        _revive_children,
        points.reward_case,
        webhooks.enqueue,
    ),
    ReportFollowed.name: (_warn_riders,),
    ReportPromised.name: (webhooks.enqueue,),
    ReportSubmitted.name: (_call_duty, _warn_riders, webhooks.enqueue),
    StationClosed.name: (closing.tell_occupants,),
    ReportsMerged.name: (_call_about_parent, webhooks.enqueue_merged),
    StationReopened.name: (closing.let_occupants_stay,),
    WeatherAlertIssued.name: (weather.tell,),
    WeatherAlertEnded.name: (weather.recall,),
}
# What an event changes comes first; people are told of it as it is then.
REACTIONS: Reactions = {
    name: (
        *_FIRST.get(name, ()),
        *((TOLD[name],) if name in TOLD else ()),
        *((robots.enqueue,) if name in robots.EVENTS else ()),
    )
    for name in {**_FIRST, **TOLD, **robots.EVENTS}
}
