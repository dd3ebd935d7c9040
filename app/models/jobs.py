"""What the scheduled jobs did last."""

from datetime import datetime

from sqlalchemy import SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class JobRun(Base):
    """One row a job: the slot of the schedule that it did last, and how the tries since went."""

    __tablename__ = "job_runs"

    name: Mapped[str] = mapped_column(primary_key=True)
    slot: Mapped[datetime]
    done_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(SmallInteger, default=0)
    next_try_at: Mapped[datetime | None]
    last_error: Mapped[str | None]
