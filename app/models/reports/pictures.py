"""Which photos belong to a case, and what each of them shows."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class PhotoRole(StrEnum):
    """What a photo of a case shows."""

    BEFORE = "before"  # the hazard, as it was reported
    AFTER = "after"  # the repair
    VERIFICATION = "verification"  # what who checked it found
    UPDATE = "update"  # what a rider added later


class ReportPhoto(Base):
    """A photo of a case, by the id its sender made; the photo itself may still be on its way.

    It counts once :class:`app.models.Photo` says that it is attached to this case. Whose it is stands there
    alone, not here.
    """

    __tablename__ = "report_photos"
    __table_args__ = (Index("ix_report_photos_photo", "photo_id"),)

    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"), primary_key=True)
    photo_id: Mapped[UUID] = mapped_column(primary_key=True)
    role: Mapped[PhotoRole]
    position: Mapped[int] = mapped_column(SmallInteger)
    added_at: Mapped[datetime]
