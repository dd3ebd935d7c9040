"""What a phone sends is read as it was sent: no model of a body guesses at a value of another type."""

from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

import app.api  # noqa: F401 - the routes' models are defined once they are imported
from app.api.reports.desk_schemas import CasesQuery, FilterIn, TogetherQuery
from app.api.schemas import In
from app.api.stations.nearby import NearbyQuery
from app.api.weather.schemas import HereIn

# What lax readers take for a value of the type: words and numbers for yes and no, seconds or
# milliseconds for an instant, words for numbers.
MISTAKEN: dict[tuple[str, str | None], tuple[object, ...]] = {
    ("boolean", None): ("yes", "true", 1, 0),
    ("string", "date-time"): (1_790_000_000, 1_790_000_000.0, "1790000000", False),
    ("string", "date"): (1_790_035_200, "1790035200", False),
    ("integer", None): ("1", 1.0, True),
    ("number", None): ("1", True),
}

# What stands in an address is words by nature; a stored filter is what stood there.
ADDRESSES = {CasesQuery, FilterIn, HereIn, NearbyQuery, TogetherQuery}


def bodies(base: type[In] = In) -> Iterator[type[In]]:
    for each in base.__subclasses__():
        if each.__module__.startswith("app.") and each not in ADDRESSES:
            yield each
        yield from bodies(each)


def _name(body: type[In]) -> str:
    return f"{body.__module__}.{body.__qualname__}"


def types_of(schema: dict[str, Any]) -> Iterator[tuple[str, str | None]]:
    for each in [schema, *schema.get("anyOf", [])]:
        yield each.get("type", ""), each.get("format")


def guesses(field: FieldInfo) -> Iterator[object]:
    """Yield the mistaken values that a field takes."""
    reader: TypeAdapter[Any] = TypeAdapter(Annotated[field.annotation, *field.metadata, None])
    schema = reader.json_schema()
    for kind in types_of(schema):
        for value in MISTAKEN.get(kind, ()):
            try:
                reader.validate_python(value)
            except ValidationError:
                continue
            yield value


@pytest.mark.parametrize("body", sorted(set(bodies()), key=_name), ids=_name)
def test_no_value_of_another_type_is_taken(body):
    taken = {name: found for name, field in body.model_fields.items() if (found := list(guesses(field)))}
    assert taken == {}
