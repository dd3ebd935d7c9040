"""What officers say to many at once: written, approved by a second person, sent, and cancelled if need be."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from app.core.urgency import Urgency
from app.models.accounts import WorkerKind
from app.models.base import AreaCode, Base, Id, text_enum


class AudienceKind(StrEnum):
    """Whom a broadcast is for."""

    AREA = "area"  # whose own area it is, or who was at a station there lately
    WORKER_KIND = "worker_kind"  # of those, who does such work
    STATION = "station"  # who was at a station lately
    TEAM = "team"  # a volunteer team's members


class BroadcastState(StrEnum):
    """How far a broadcast is."""

    DRAFT = "draft"
    WAITING = "waiting"  # for a second person's word
    SCHEDULED = "scheduled"
    SENDING = "sending"
    SENT = "sent"
    CANCELLED = "cancelled"


class BroadcastMove(StrEnum):
    """What is done to a broadcast."""

    WRITE = "write"
    EDIT = "edit"
    ASK = "ask"  # for a second person's word
    SCHEDULE = "schedule"
    APPROVE = "approve"
    HAND_BACK = "hand_back"
    HOLD = "hold"  # it would reach more people than it may without a second person
    BEGIN = "begin"
    FINISH = "finish"
    CANCEL = "cancel"


class Broadcast(Base):
    """One text for an audience inside an area, named by the client that wrote it.

    ``people`` is how many the audience had when it was last counted, ``told`` how many inboxes have it.
    ``last_id`` is the account up to which everybody was told, ``counted_from`` the instant from which
    recent visits are counted back: who is in the audience does not change while it is sent. The numbers
    of copies are kept before those copies are forgotten.
    """

    __tablename__ = "broadcasts"
    __table_args__ = (
        CheckConstraint("(audience = 'station') = (station_id IS NOT NULL)", name="audience_has_station"),
        CheckConstraint("(audience = 'team') = (team_id IS NOT NULL)", name="audience_has_team"),
        CheckConstraint("(audience = 'worker_kind') = (worker_kind IS NOT NULL)", name="audience_has_kind"),
        Index("ix_broadcasts_area", "area_code", "id"),
        Index("ix_broadcasts_due", "send_at", postgresql_where="state IN ('scheduled', 'sending')"),
        Index(
            "ix_broadcasts_uncounted",
            "done_at",
            postgresql_where="done_at IS NOT NULL AND counted_at IS NULL",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    area_code: Mapped[AreaCode] = mapped_column(ForeignKey("areas.code"))
    audience: Mapped[AudienceKind]
    station_id: Mapped[UUID | None] = mapped_column(ForeignKey("stations.id"))
    worker_kind: Mapped[WorkerKind | None]
    team_id: Mapped[UUID | None] = mapped_column(ForeignKey("volunteer_teams.id"))
    days: Mapped[int] = mapped_column(SmallInteger)
    title_zh: Mapped[str]
    body_zh: Mapped[str]
    title_en: Mapped[str]
    body_en: Mapped[str]
    urgency: Mapped[Urgency]
    send_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    state: Mapped[BroadcastState]
    version: Mapped[int] = mapped_column(default=1)
    made_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    changed_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    approved_at: Mapped[datetime | None]
    people: Mapped[int | None]
    counted_from: Mapped[datetime | None]
    last_id: Mapped[UUID | None]
    told: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None]
    pushed: Mapped[int | None]
    failed: Mapped[int | None]
    opened: Mapped[int | None]
    counted_at: Mapped[datetime | None]


class BroadcastStep(Base):
    """Who did what to a broadcast, when and why; steps are added and never changed."""

    __tablename__ = "broadcast_steps"
    __table_args__ = (Index("ix_broadcast_steps_broadcast", "broadcast_id", "id"),)

    id: Mapped[Id]
    broadcast_id: Mapped[UUID] = mapped_column(ForeignKey("broadcasts.id"))
    move: Mapped[BroadcastMove]
    to_state: Mapped[BroadcastState] = mapped_column(text_enum(BroadcastState, name="to_state"))
    changed_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))  # null: the clock
    reason: Mapped[str]
    people: Mapped[int | None]
    at: Mapped[datetime]
