"""What is said of handling units."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.api.people import CreditCode
from app.api.schemas import AreaCodeText, In, Out, PageOut, Text
from app.models import UnitKind
from app.services import units

_Name = Annotated[Text, Field(min_length=1, max_length=100)]
_Code = Annotated[Text, Field(min_length=1, max_length=40)]
_Phone = Annotated[Text, Field(max_length=40, pattern=r"^[0-9+\-() ]*$")]
_Version = Annotated[int, Field(ge=1, le=2**31, strict=True)]


class UnitFields(In):
    """What an office says of a unit."""

    name: _Name
    kind: UnitKind
    area_code: AreaCodeText
    phone: _Phone = ""
    code: _Code | None = Field(default=None, description="your own number for it, unique in the county")
    credit_code: CreditCode | None = None

    def draft(self) -> units.UnitDraft:
        """Return it as the service takes it."""
        return units.UnitDraft(self.name, self.kind, self.area_code, self.phone, self.code, self.credit_code)


class UnitIn(UnitFields):
    """A new unit; ``id`` is made by the client and kept for every retry."""

    id: UUID


class UnitEdit(UnitFields):
    """A unit as it is to be, and the version that was before the editor's eyes."""

    version: _Version


class UnitEndIn(In):
    """The end of a unit: renamed or merged into another, or without a successor."""

    version: _Version
    successor_id: UUID | None = None


class UnitOut(Out):
    """A handling unit. Nobody works in the app for one without ``members``: call them by telephone."""

    id: UUID
    name: str
    kind: UnitKind
    area_code: str
    phone: str
    code: str | None
    credit_code: str | None
    successor_id: UUID | None
    ended_at: datetime | None
    members: int
    version: int

    @classmethod
    def of(cls, found: units.Unit) -> "UnitOut":
        """Return it."""
        columns = {key: getattr(found.unit, key) for key in cls.model_fields if key != "members"}
        return cls(**columns, members=found.members)


class UnitPage(PageOut):
    """One page of units, by name."""

    items: list[UnitOut]
