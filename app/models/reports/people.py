"""Who stands behind a report. Handlers' queries never touch these tables."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Double, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from app.core.geo import CoordType
from app.models.base import PII, Base, OnErasure, brings, subject


class ReportOrigin(Base):
    """Who sent a report and where their device said it was; the link is cut 180 days after closing.

    After the cut ``pseudonym``, a keyed hash, still tells two reports of one person apart from two persons'.
    """

    __tablename__ = "report_origins"
    __table_args__ = (Index("ix_report_origins_account", "account_id"),)

    report_id: Mapped[UUID] = mapped_column(
        ForeignKey("reports.id"),
        primary_key=True,
        info=brings("reports.id", "report_questions.report_id", "report_satisfactions.report_id"),
    )
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"), info=subject(OnErasure.CUT))
    pseudonym: Mapped[bytes | None] = mapped_column(LargeBinary, info=PII)
    device_lat: Mapped[float | None] = mapped_column(Double, info=PII)
    device_lon: Mapped[float | None] = mapped_column(Double, info=PII)
    device_accuracy_m: Mapped[float | None] = mapped_column(Double, info=PII)
    device_coord_type: Mapped[CoordType | None]
    is_mock: Mapped[bool]
    # Tells the same report sent again from another one under its id.
    content_hash: Mapped[str | None] = mapped_column(info=PII)
    cut_at: Mapped[datetime | None]


class ReportFollower(Base):
    """A rider who hears every update: the reporter, and supporters who saw the same hazard."""

    __tablename__ = "report_followers"
    __table_args__ = (Index("ix_report_followers_account", "account_id", "followed_at", "report_id"),)

    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(
        ForeignKey("accounts.id"), primary_key=True, info=subject(OnErasure.DROP)
    )
    is_reporter: Mapped[bool]
    followed_at: Mapped[datetime]
