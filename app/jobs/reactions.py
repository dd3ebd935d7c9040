"""Who does what about which event. Services never call each other upwards; they are told here."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.jobs.delivery import Reactions
from app.models import OutboxEvent, ReportState
from app.services import reports, webhooks
from app.services.accounts.events import ConsentWithdrawn
from app.services.areas import CalendarPublished
from app.services.checkins import closing, upkeep
from app.services.photos.events import PhotoReady
from app.services.reports import duplicates, reminders
from app.services.reports.events import ReportMoved, ReportPromised, ReportSubmitted
from app.services.stations.events import StationClosed, StationReopened


async def _revive_children(session: AsyncSession, event: OutboxEvent, *, now: datetime) -> None:
    """Let the duplicates of a case live again that turned out to be none."""
    if event.payload["to_state"] in {ReportState.REJECTED, ReportState.WITHDRAWN}:
        await duplicates.revive_children(session, UUID(event.payload["report_id"]), now=now)


REACTIONS: Reactions = {
    CalendarPublished.name: (reminders.count_again,),
    ConsentWithdrawn.name: (upkeep.forget_positions,),
    PhotoReady.name: (reports.link_arrived,),
    ReportMoved.name: (_revive_children, webhooks.enqueue),
    ReportPromised.name: (webhooks.enqueue,),
    ReportSubmitted.name: (webhooks.enqueue,),
    StationClosed.name: (closing.tell_occupants,),
    StationReopened.name: (closing.let_occupants_stay,),
}
