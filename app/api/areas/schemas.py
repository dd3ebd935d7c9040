"""What the routes of areas take and answer."""

from datetime import date

from app.api.schemas import Out, PageOut
from app.models import AreaKind
from app.services.areas import AreaDetail


class AreaOut(Out):
    """A division: its significant digits, what it stands for, and the authority above it."""

    code: str
    name: str
    level: int
    kind: AreaKind
    parent_code: str | None
    valid_from: date
    valid_to: date | None


class AreaPageOut(PageOut):
    """A page of divisions, by code."""

    items: list[AreaOut]


class AreaAliasOut(Out):
    """Another authority's code for a division."""

    scheme: str
    code: str
    name: str


class AreaDetailOut(AreaOut):
    """A division with the authorities above it, the divisions that followed it, and its other codes."""

    full_name: str
    ancestors: list[AreaOut]
    successors: list[str]
    aliases: list[AreaAliasOut]
    source: str

    @classmethod
    def of(cls, found: AreaDetail) -> "AreaDetailOut":
        """Write a division out, with its names strung together as on an envelope."""
        area = found.area
        return cls(
            **AreaOut.model_validate(area).model_dump(),
            full_name="".join(each.name for each in [*found.ancestors, area]),
            ancestors=[AreaOut.model_validate(each) for each in found.ancestors],
            successors=found.successors,
            aliases=[AreaAliasOut.model_validate(alias) for alias in found.aliases],
            source=area.source,
        )
