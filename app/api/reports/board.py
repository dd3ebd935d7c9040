"""The triage board as it happens (server-sent events); no stream holds a database connection."""

from collections.abc import Iterable

from fastapi import APIRouter

from app.api.deps import CaseStaff, RuntimeDep
from app.api.errors import problems
from app.api.live import EventStream, LastEventId, stream
from app.api.schemas import AreaCodeText
from app.core.errors import NotFound
from app.realtime.cases import OPENED, STALE, cases_topic
from app.services import reports

router = APIRouter(prefix="/live/reports", tags=["live"])


@router.get("/{area_code}", response_class=EventStream, responses=problems(NotFound))
async def follow_cases(
    area_code: AreaCodeText, by: CaseStaff, runtime: RuntimeDep, last_event_id: LastEventId = None
) -> EventStream:
    """Send every change of a case inside an area of one's desk; who comes back is told to read anew."""
    reports.check_desk(by, area_code)

    def begin() -> Iterable[bytes]:
        return [OPENED] if last_event_id is None else [STALE]

    return stream(runtime.realtime.hub, cases_topic(area_code), begin)
