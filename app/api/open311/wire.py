"""GeoReport's two formats: XML without namespace, and JSON by the "Spark" mapping.

The JSON of ``<services><service>…`` is the bare array: the root and the singular elements are dropped.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any
from xml.etree import ElementTree as ET

import orjson
from fastapi import Request
from starlette.responses import Response

from app.services import open311

Row = Mapping[str, Any]

# What XML 1.0 cannot carry, not even escaped.
_UNSPEAKABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# What the members of a list are called in XML.
_SINGULAR = {
    "attributes": "attribute",
    "endpoints": "endpoint",
    "formats": "format",
    "media_urls": "media_url",
    "notes": "note",
    "values": "value",
}


class Format(StrEnum):
    """The suffix of a path."""

    XML = "xml"
    JSON = "json"


_MEDIA_TYPES = {Format.XML: "text/xml; charset=utf-8", Format.JSON: "application/json; charset=utf-8"}


def moment(at: datetime | None) -> str | None:
    """Return an instant as W3C writes it, to the second: some readers take no fraction."""
    return None if at is None else open311.moment(at)


def rows(fmt: Format, root: str, element: str, content: Sequence[Row], *, status: int = 200) -> Response:
    """Return a list: ``<root><element>…``, or a bare array."""
    if fmt is Format.JSON:
        return _answer(fmt, orjson.dumps(content), status)
    tree = ET.Element(root)
    for each in content:
        _fill(ET.SubElement(tree, element), each)
    return _answer(fmt, _written(tree), status)


def one(fmt: Format, root: str, content: Row) -> Response:
    """Return a single thing: ``<root>…``, or a bare object."""
    if fmt is Format.JSON:
        return _answer(fmt, orjson.dumps(content), 200)
    tree = ET.Element(root)
    _fill(tree, content)
    return _answer(fmt, _written(tree), 200)


def _answer(fmt: Format, body: bytes, status: int) -> Response:
    headers = {"Content-Type": _MEDIA_TYPES[fmt], "Access-Control-Allow-Origin": "*"}
    return Response(body, status_code=status, headers=headers)


def _written(tree: ET.Element) -> bytes:
    written: bytes = ET.tostring(tree, encoding="utf-8", xml_declaration=True, short_empty_elements=False)
    return written


def _fill(parent: ET.Element, content: Row) -> None:
    for name, value in content.items():
        child = ET.SubElement(parent, name)
        if isinstance(value, Mapping):
            _fill(child, value)
        elif isinstance(value, list):
            for each in value:
                _fill_member(ET.SubElement(child, _SINGULAR[name]), each)
        else:
            child.text = _text(value)


def _fill_member(element: ET.Element, value: Any) -> None:
    if isinstance(value, Mapping):
        _fill(element, value)
    else:
        element.text = _text(value)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return _UNSPEAKABLE.sub("", str(value))


# The standard knows 403 for the key, 404 for what is unknown, and 400 for everything else.
_STATUS = {401: 403, 409: 400, 415: 400, 422: 400}


def as_errors(request: Request, problem: Response) -> Response:
    """Return a problem document as the standard writes errors, in the format that was asked for."""
    fmt = Format.JSON if request.url.path.endswith(".json") else Format.XML
    status = _STATUS.get(problem.status_code, problem.status_code)
    said = orjson.loads(bytes(problem.body))
    answer = rows(fmt, "errors", "error", [{"code": status, "description": said["detail"]}], status=status)
    if after := problem.headers.get("Retry-After"):
        answer.headers["Retry-After"] = after
    return answer
