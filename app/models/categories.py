"""What a report can be about: the catalogue of hazards, as data that offices import and extend."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, SmallInteger, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.urgency import Urgency
from app.models.base import Base


class CategoryKind(StrEnum):
    """What a standard's code names: a thing that stands in the street, or something that happens there."""

    COMPONENT = "component"  # 管理部件
    MATTER = "matter"  # 管理事项


class Category(Base):
    """One kind of report (事项小类), by an identifier of ours.

    Its place in a standard is ``(standard_ref, kind, code)``: in GB/T 47678.5-2026 components and matters
    share codes. What the standard lacks is a local extension and has no code. A change writes a new
    ``version`` and keeps the one before as a :class:`CategoryRevision`.
    """

    __tablename__ = "categories"
    __table_args__ = (
        UniqueConstraint("standard_ref", "kind", "code"),
        CheckConstraint("is_local_extension = (code IS NULL)", name="local_has_no_code"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    standard_ref: Mapped[str]  # e.g. "GB/T 47678.5-2026"
    kind: Mapped[CategoryKind]
    code: Mapped[str | None]
    code_2013: Mapped[str | None]  # GB/T 30428.2-2013, for imports
    is_local_extension: Mapped[bool]
    group: Mapped[str]  # categories of one group may be one and the same hazard to two riders
    name_zh: Mapped[str]
    name_en: Mapped[str]
    hint_zh: Mapped[str]
    hint_en: Mapped[str]
    icon: Mapped[str]
    urgency: Mapped[Urgency]
    is_confidential: Mapped[bool]
    # A case about parked vehicles: the unit that handles it reads their number plates, and nobody else does.
    unit_reads_plates: Mapped[bool] = mapped_column(default=False, server_default=false())
    # Whom to call: [{"number": "119", "zh": "火警", "en": "Fire"}]; of an emergency before anything else.
    phones: Mapped[list[dict[str, Any]]]
    questions: Mapped[list[dict[str, Any]]]  # extra questions, typed; see app.services.categories.questions
    # Kinds of appointment whose holders alone report here; empty: everybody.
    opened_to: Mapped[list[str]] = mapped_column(default=list, server_default=text("'[]'::jsonb"))
    handled_by: Mapped[str]  # the kind of unit that usually handles it; advice, routing rules decide
    is_active: Mapped[bool]
    position: Mapped[int] = mapped_column(SmallInteger)
    version: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime]


class CategoryRevision(Base):
    """A category as it was before a change; cases keep the version they were reported under."""

    __tablename__ = "category_revisions"

    id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[dict[str, Any]]
    changed_at: Mapped[datetime]
