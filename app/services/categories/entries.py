"""A category as a file describes it: read row by row, each row judged for itself."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, model_validator
from pydantic.dataclasses import dataclass as checked

from app.models import AppointmentKind, Category, CategoryKind, UnitKind, Urgency
from app.services.categories.errors import CatalogueUnreadable
from app.services.categories.questions import PlainText, Question, Slug

SHIPPED = Path(__file__).resolve().parents[2] / "data" / "categories" / "catalogue.json"
LOCAL = "local"
_STRICT = ConfigDict(extra="forbid")
_Name = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[^\x00]*$")]
_Code = Annotated[str, Field(pattern=r"^[0-9]{3,8}$")]


@checked(config=_STRICT, frozen=True, slots=True, kw_only=True)
class Phone:
    """Whom to call first. An empty number is still to be filled in by the office, and shown to nobody.

    ``service`` names one whose number each area may say for itself, as that of its gas company.
    """

    number: Annotated[str, Field(max_length=20, pattern=r"^[0-9+ -]*$")]
    zh: PlainText
    en: PlainText
    service: Slug | None = None


@checked(config=_STRICT, frozen=True, slots=True, kw_only=True)
class Entry:
    """One category of a file; what ``standard_ref`` "local" has no code for is a local extension."""

    id: Slug
    standard_ref: PlainText = LOCAL
    kind: CategoryKind = CategoryKind.MATTER
    code: _Code | None = None
    code_2013: _Code | None = None
    group: Slug
    name_zh: _Name
    name_en: _Name
    hint_zh: PlainText = ""
    hint_en: PlainText = ""
    icon: Slug = "cat_other"
    urgency: Urgency = Urgency.NORMAL
    is_confidential: bool = False
    unit_reads_plates: bool = False
    phones: Annotated[tuple[Phone, ...], Field(max_length=6)] = ()
    questions: Annotated[tuple[Question, ...], Field(max_length=10)] = ()
    opened_to: Annotated[tuple[AppointmentKind, ...], Field(max_length=8)] = ()
    handled_by: UnitKind = UnitKind.COMMUNITY
    is_active: bool = True
    position: Annotated[int, Field(ge=0, le=32000)] = 1000

    @model_validator(mode="after")
    def _holds_together(self) -> "Entry":
        if (self.code is None) != (self.standard_ref == LOCAL):
            raise ValueError('a category without a code is "local", one of a standard has its code')
        if self.urgency is Urgency.EMERGENCY and not any(phone.number for phone in self.phones):
            raise ValueError("an emergency needs somebody to call")
        if len({question.id for question in self.questions}) < len(self.questions):
            raise ValueError("two questions have one id")
        return self

    @property
    def standard_key(self) -> tuple[str, str, str] | None:
        """What names it in its standard, where components and matters share codes."""
        return None if self.code is None else (self.standard_ref, self.kind.value, self.code)


_ENTRY = TypeAdapter(Entry)


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that is no category, and why."""

    id: str
    hint: str


def read_entries(rows: Iterable[Any]) -> list[Entry | BadRow]:
    """Return each row as a category, or what is wrong with it."""
    return [_read(row) for row in rows]


def _read(row: Any) -> Entry | BadRow:
    try:
        return _ENTRY.validate_python(row)
    except ValidationError as error:
        given = row.get("id") if isinstance(row, dict) else None
        hints = [
            f"{'.'.join(map(str, each['loc'])) or 'row'}: {each['msg'].removeprefix('Value error, ')}"
            for each in error.errors(include_url=False, include_context=False, include_input=False)
        ]
        return BadRow(given[:60] if isinstance(given, str) else "", "; ".join(hints)[:500])


def read_file(path: Path) -> Sequence[Any]:
    """Return the rows of a JSON file: ``{"categories": [...]}``.

    Raises:
        CatalogueUnreadable: it is no such file.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
        rows = document["categories"]
    except (ValueError, KeyError, TypeError) as error:
        raise CatalogueUnreadable(hint=str(error)[:200]) from None
    if not isinstance(rows, list):
        raise CatalogueUnreadable(hint="categories: a list")
    return rows


def content_of(category: Category) -> dict[str, Any]:
    """Return what a category says, as an entry would; what two versions of it differ in."""
    return {
        column.key: getattr(category, column.key)
        for column in category.__table__.columns
        if column.key not in {"version", "changed_at", "is_local_extension"}
    }


def values_of(entry: Entry) -> dict[str, Any]:
    """Return an entry as the columns of a category."""
    values = asdict(entry)
    values["opened_to"] = sorted(kind.value for kind in entry.opened_to)
    values["handled_by"] = entry.handled_by.value
    values["phones"] = [
        {key: value for key, value in asdict(phone).items() if value is not None} for phone in entry.phones
    ]
    values["questions"] = [_lean(question) for question in entry.questions]
    return values


def _lean(question: Question) -> dict[str, Any]:
    """Return a question without what it does not say."""
    kept = TypeAdapter(Question).dump_python(question, mode="json", exclude_defaults=True)
    return {"required": question.required, **kept}


def services_of(category: Category) -> set[str]:
    """Return the services to call whose numbers areas say for themselves."""
    return {phone["service"] for phone in category.phones if phone.get("service")}


def phones_of(category: Category, numbers: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    """Return whom to call first; a number that the office has yet to fill in is nobody's.

    ``numbers`` are an area's own, by service.
    """
    found = (
        {
            "number": (numbers or {}).get(phone.get("service", ""), phone["number"]),
            "zh": phone["zh"],
            "en": phone["en"],
        }
        for phone in category.phones
    )
    return [phone for phone in found if phone["number"]]
