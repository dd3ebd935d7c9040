"""Robots in group chats, as officers set them up."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.api.schemas import AreaCodeText, In, Out, Text
from app.core.urgency import RobotVendor
from app.models import RobotFact


class RobotIn(In):
    """A robot: the address that its group's settings show, and the secret where it signs."""

    vendor: RobotVendor
    name: Annotated[Text, Field(min_length=1, max_length=60)]
    address: Annotated[Text, Field(min_length=8, max_length=500)]
    secret: Annotated[Text, Field(max_length=200)] = ""
    facts: Annotated[list[RobotFact], Field(min_length=1, max_length=20)]
    area_code: AreaCodeText
    unit_id: UUID | None = None


class RobotOut(Out):
    """A robot; ``disabled_at`` says since when it is told nothing, because its group took nothing."""

    id: UUID
    vendor: RobotVendor
    name: str
    area_code: str
    unit_id: UUID | None
    is_signed: bool
    facts: list[RobotFact]
    created_at: datetime
    failing_since: datetime | None
    last_error: str | None
    disabled_at: datetime | None


class RobotList(Out):
    """The robots of the caller's areas."""

    items: list[RobotOut]
