"""What staff say of a photo before others may look: what is covered, and that it may be shown."""

from collections.abc import Mapping
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field

from app.api.schemas import In, Out
from app.models import Photo, PhotoState
from app.ports import Cover, Hides
from app.services import photos

_Fraction = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False, strict=True)]
_MOST_COVERS = 50
_Version = Annotated[int, Field(ge=1, le=2**31, strict=True)]


class CoverIn(In):
    """A rectangle to paint over, in fractions of the picture."""

    x: _Fraction
    y: _Fraction
    width: _Fraction
    height: _Fraction
    hides: Hides = Field(
        default=Hides.OTHER,
        description="what it keeps from being seen; `plate` stays legible for the unit of a parking case",
    )


class CoverOut(Out):
    """A rectangle that is painted over, in fractions of the picture, and what it keeps from being seen."""

    x: float
    y: float
    width: float
    height: float
    hides: Hides

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Self:
        """Return it as it is kept; those of before plates were told apart hide something."""
        return cls(**{"hides": Hides.OTHER, **kept})


class CoversIn(In):
    """All that is to be covered, in the place of what was covered before."""

    version: _Version
    covers: Annotated[list[CoverIn], Field(max_length=_MOST_COVERS)]

    def to_cover(self) -> list[Cover]:
        """Return the rectangles."""
        return [Cover(each.x, each.y, each.width, each.height, each.hides) for each in self.covers]


class ApproveIn(In):
    """Which version of the photo the approver has before their eyes."""

    version: _Version


class EditedOut(Out):
    """A photo after an edit; while ``state`` is ``received`` its new copies are being made."""

    id: UUID
    state: PhotoState
    version: int
    is_public: bool
    is_restricted: bool

    @classmethod
    def of(cls, photo: Photo) -> "EditedOut":
        """Return it."""
        return cls(
            id=photo.id,
            state=photo.state,
            version=photo.version,
            is_public=photos.is_public(photo),
            is_restricted=photo.is_restricted,
        )
