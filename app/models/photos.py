"""Photos of hazards, repairs and stations: what was sent, what became of it, what the picture itself says."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Double, ForeignKey, Index, LargeBinary, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import PII, Base, OnErasure, subject


class PhotoPurpose(StrEnum):
    """What a photo is for."""

    REPORT = "report"
    RESOLUTION = "resolution"
    VERIFICATION = "verification"
    UPDATE = "update"
    AMENITY = "amenity"
    STATION = "station"


class PhotoState(StrEnum):
    """How far a photo has come: its bytes are coming, are all here, were turned into copies, or refused."""

    UPLOADING = "uploading"
    RECEIVED = "received"
    READY = "ready"
    REFUSED = "refused"


class Photo(Base):
    """One picture, named by the phone that took it; the bytes lie in the object store.

    ``owner_id`` is who sent it; ``link_id`` stands for a contractor who came by a signed link instead.
    ``about_id`` is what the sender says it belongs to; the feature that owns that thing decides.
    ``version`` names the copies to be shown; it grows when staff cover something, and while the state
    is ``received`` the copies of that version are still to be made.
    """

    __tablename__ = "photos"
    __table_args__ = (
        CheckConstraint("received_bytes BETWEEN 0 AND size_bytes", name="received_within_size"),
        CheckConstraint("(state = 'refused') = (refused_code IS NOT NULL)", name="refused_has_code"),
        CheckConstraint("(approved_at IS NULL) = (approved_by IS NULL)", name="approved_by_somebody"),
        Index("ix_photos_about", "about_id", postgresql_where="attached_at IS NOT NULL"),
        Index("ix_photos_owner", "owner_id", "created_at"),
        # What waits for its copies, and what nobody attached to anything.
        Index("ix_photos_waiting", "received_at", postgresql_where="state = 'received'"),
        Index("ix_photos_loose", "created_at", postgresql_where="attached_at IS NULL"),
        Index("ix_photos_hashed", "created_at", postgresql_where="phash IS NOT NULL"),
        # Of stations: what nobody has looked at yet, and whose originals are due to go.
        Index(
            "ix_photos_of_stations",
            "attached_at",
            "id",
            postgresql_where="purpose IN ('amenity', 'station') AND attached_at IS NOT NULL",
        ),
        # What was sent and is kept for a year after its case.
        Index(
            "ix_photos_originals", "attached_at", postgresql_where="has_original AND attached_at IS NOT NULL"
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"), info=subject(OnErasure.CUT))
    link_id: Mapped[UUID | None]
    about_id: Mapped[UUID | None]
    purpose: Mapped[PhotoPurpose]
    state: Mapped[PhotoState] = mapped_column(default=PhotoState.UPLOADING)
    refused_code: Mapped[str | None]
    declared_type: Mapped[str | None]  # what the sender called it
    media_type: Mapped[str | None]  # what it is
    size_bytes: Mapped[int]
    received_bytes: Mapped[int] = mapped_column(default=0)
    parts: Mapped[list[str]] = mapped_column(default=list)  # the pieces that came, in order
    sha256: Mapped[bytes | None] = mapped_column(LargeBinary)
    width: Mapped[int | None]  # as it is seen, orientation applied
    height: Mapped[int | None]
    phash: Mapped[int | None]
    # What the picture says of itself, kept as evidence beside what the phone says.
    exif_lat: Mapped[float | None] = mapped_column(Double, info=PII)
    exif_lon: Mapped[float | None] = mapped_column(Double, info=PII)
    exif_taken_at: Mapped[datetime | None] = mapped_column(info=PII)
    captured_at: Mapped[datetime | None]  # the phone's clock
    place_lat: Mapped[float | None] = mapped_column(Double, info=PII)  # where it is said to have been taken
    place_lon: Mapped[float | None] = mapped_column(Double, info=PII)
    is_gallery: Mapped[bool] = mapped_column(default=False)  # its own place or time is far from those
    created_at: Mapped[datetime]
    received_at: Mapped[datetime | None]
    ready_at: Mapped[datetime | None]
    attached_at: Mapped[datetime | None]
    approved_at: Mapped[datetime | None]
    approved_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    is_restricted: Mapped[bool] = mapped_column(default=False)
    covered: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    version: Mapped[int] = mapped_column(default=1)
    changed_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    has_original: Mapped[bool] = mapped_column(default=False)
    # Whoever makes the copies holds it until then; after as many tries it is refused.
    claimed_until: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(SmallInteger, default=0)
