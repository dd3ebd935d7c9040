"""What officers say of broadcasts and are told."""

from datetime import UTC, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, Field, StrictBool

from app.api.schemas import AreaCodeText, In, Instant, Out, PageOut, Text
from app.core.urgency import Urgency
from app.models import AudienceKind, Broadcast, BroadcastMove, BroadcastState, WorkerKind
from app.services import broadcasts, notifications
from app.services.broadcasts import MOST_DAYS, USUAL_DAYS, Audience, Draft

_FILLED = r"\S"
Title = Annotated[Text, Field(max_length=60, pattern=_FILLED)]
Body = Annotated[Text, Field(max_length=2000, pattern=_FILLED)]
Reason = Annotated[Text, Field(max_length=200, pattern=_FILLED)]
Version = Annotated[int, Field(ge=1, le=2**31, strict=True)]
Days = Annotated[
    int, Field(ge=1, le=MOST_DAYS, strict=True, description="how many days back a visit to a station counts")
]


class AreaIn(In):
    """Everybody whose own area it is, or who was at a station there lately."""

    kind: Literal[AudienceKind.AREA]
    area_code: AreaCodeText
    days: Days = USUAL_DAYS


class WorkersIn(In):
    """Of an area's people those who do such work."""

    kind: Literal[AudienceKind.WORKER_KIND]
    area_code: AreaCodeText
    worker_kind: WorkerKind
    days: Days = USUAL_DAYS


class StationIn(In):
    """Everybody who was at a station lately."""

    kind: Literal[AudienceKind.STATION]
    station_id: UUID
    days: Days = USUAL_DAYS


class TeamIn(In):
    """The members of a volunteer team."""

    kind: Literal[AudienceKind.TEAM]
    team_id: UUID


AudienceIn = Annotated[AreaIn | WorkersIn | StationIn | TeamIn, Field(discriminator="kind")]


class PreviewIn(In):
    """Whom a broadcast would be for."""

    audience: AudienceIn


class SaidIn(In):
    """What people read once they have signed in."""

    title: Title
    body: Body


class TextsIn(In):
    """A broadcast as an officer wants it. The locked screen's sentence is the kind's own, and neutral."""

    audience: AudienceIn
    zh: SaidIn
    en: SaidIn
    urgency: Literal[Urgency.NORMAL, Urgency.URGENT] = Urgency.NORMAL
    send_at: Instant | None = Field(
        default=None, description="at once when it is null; sixty days ahead at most"
    )
    ends_at: Instant | None = Field(default=None, description="after this no copy goes to a phone")

    def draft(self, audience: Audience) -> Draft:
        """Return it as the service takes it."""
        return Draft(
            audience=audience,
            title_zh=self.zh.title,
            body_zh=self.zh.body,
            title_en=self.en.title,
            body_en=self.en.body,
            urgency=Urgency(self.urgency),
            send_at=self.send_at and self.send_at.astimezone(UTC),
            ends_at=self.ends_at and self.ends_at.astimezone(UTC),
        )


class BroadcastIn(TextsIn):
    """A new broadcast; the client makes its id, so that a retry is the same broadcast."""

    id: UUID


class BroadcastPut(TextsIn):
    """A changed broadcast, and the version that was read."""

    version: Version


class VersionIn(In):
    """The version that was read: nobody agrees to a text that was changed meanwhile."""

    version: Version


class SubmitIn(VersionIn):
    """The version that was read; a second person may be asked also where none is needed."""

    ask_second_person: StrictBool = False


class HandBackIn(VersionIn):
    """Why it is not approved."""

    reason: Reason


class CancelIn(In):
    """Why it is cancelled."""

    reason: Reason


class PreviewOut(Out):
    """How many would hear now (null: one to four), and what their locked screens would show."""

    people: int | None
    needs_second_person: bool
    push_zh: str
    push_en: str


class SaidOut(Out):
    """A title and a text."""

    title: str
    body: str


class AudienceOut(Out):
    """Whom it is for."""

    kind: AudienceKind
    area_code: str
    station_id: UUID | None
    worker_kind: WorkerKind | None
    team_id: UUID | None
    days: int


class BroadcastOut(Out):
    """A broadcast; ``told`` of ``people`` have it in their inbox (null: one to four)."""

    id: UUID
    state: BroadcastState
    audience: AudienceOut
    zh: SaidOut
    en: SaidOut
    urgency: Urgency
    send_at: AwareDatetime
    ends_at: AwareDatetime | None
    version: int
    made_at: AwareDatetime
    approved_at: AwareDatetime | None
    done_at: AwareDatetime | None
    people: int | None
    told: int | None

    @classmethod
    def of(cls, row: Broadcast) -> Self:
        """Show a broadcast."""
        return cls(
            id=row.id,
            state=row.state,
            audience=AudienceOut.model_validate(broadcasts.audience_of(row)),
            zh=SaidOut(title=row.title_zh, body=row.body_zh),
            en=SaidOut(title=row.title_en, body=row.body_en),
            urgency=row.urgency,
            send_at=row.send_at,
            ends_at=row.ends_at,
            version=row.version,
            made_at=row.made_at,
            approved_at=row.approved_at,
            done_at=row.done_at,
            people=notifications.shown_people(row.people or 0),
            told=notifications.shown_people(row.told),
        )


class BroadcastPageOut(PageOut):
    """Broadcasts, the newest first."""

    items: list[BroadcastOut]


class StepOut(Out):
    """Who did what; by nobody: the clock."""

    move: BroadcastMove
    to_state: BroadcastState
    by: str | None
    reason: str
    at: datetime


class BroadcastDetailOut(BroadcastOut):
    """A broadcast with everything that was done to it."""

    steps: list[StepOut]


class BroadcastFiguresOut(Out):
    """What became of it; null stands for one to four."""

    people: int | None
    told: int | None
    pushed: int | None
    failed: int | None
    waiting: int | None
    opened: int | None
    as_of: AwareDatetime
