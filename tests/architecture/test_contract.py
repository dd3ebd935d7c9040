"""The OpenAPI document: committed, fresh, complete, and never broken for an app that is in the field."""

import json
import os
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI

from app.core.migrate import ROOT

COMMITTED = ROOT / "openapi.json"
METHODS = ("get", "put", "post", "delete", "patch")

Document = dict[str, Any]


@pytest.fixture
def document(app: FastAPI) -> Document:
    return app.openapi()


def operations(document: Document) -> Iterator[tuple[str, Document]]:
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield f"{method} {path}", item[method]


def test_the_committed_document_is_fresh(document: Document):
    if not COMMITTED.exists():
        pytest.skip("no openapi.json yet: make openapi")
    assert json.loads(COMMITTED.read_text(encoding="utf-8")) == document, "stale: run make openapi"


def test_every_operation_has_an_id_a_tag_and_a_summary(document: Document):
    ids = [operation["operationId"] for _, operation in operations(document)]

    assert sorted({each for each in ids if ids.count(each) > 1}) == []
    assert [name for name, operation in operations(document) if not operation.get("tags")] == []
    assert [name for name, operation in operations(document) if not operation.get("description")] == []


def test_every_refusal_is_a_problem_document(document: Document):
    for name, operation in operations(document):
        for status, answer in operation["responses"].items():
            if status == "default" or status >= "400":
                assert list(answer.get("content", {})) == ["application/problem+json"], (name, status)
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_every_reference_leads_somewhere(document: Document):
    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}

    assert set(references(document)) <= known


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def asked_of(document: Document) -> set[str]:
    return {ref for _, operation in operations(document) for ref in references(operation.get("requestBody"))}


def test_answers_have_no_defaults(document: Document):
    """An answer's member is there or the schema says that it may be null; a default would hide the loss."""
    answers = {
        name.rsplit("/", 1)[1]
        for _, operation in operations(document)
        for status, answer in operation["responses"].items()
        if status.startswith("2")
        for name in references(answer)
    }
    schemas = document["components"]["schemas"]
    while more := {ref.rsplit("/", 1)[1] for name in answers for ref in references(schemas[name])} - answers:
        answers |= more
    asked = {
        ref.rsplit("/", 1)[1] for _, op in operations(document) for ref in references(op.get("requestBody"))
    }

    loose = [
        f"{name}.{member}"
        for name in sorted(answers - asked)
        for member, kind in schemas[name].get("properties", {}).items()
        if "default" in kind
    ]
    assert loose == []


# -- What would break an app that was built against an earlier document -------------------------------


def breaking(before: Document, after: Document) -> list[str]:
    """Name what an app in the field could no longer do or would no longer find."""
    found, now = [], dict(operations(after))
    for name, operation in operations(before):
        if name not in now:
            found.append(f"{name}: gone")
            continue
        found += [f"{name}: {change}" for change in _parameters(operation, now[name])]
        if "requestBody" not in operation and now[name].get("requestBody", {}).get("required"):
            found.append(f"{name}: needs a body now")
    inputs = asked_of(after)
    for name, schema in before["components"]["schemas"].items():
        successor = after["components"]["schemas"].get(name)
        if successor is not None:
            is_input = f"#/components/schemas/{name}" in inputs
            found += [f"{name}: {change}" for change in _schema(schema, successor, is_input=is_input)]
    return found


def _parameters(before: Document, after: Document) -> Iterator[str]:
    known = {(each["in"], each["name"]): each for each in before.get("parameters", [])}
    for each in after.get("parameters", []):
        was = known.pop((each["in"], each["name"]), None)
        if each.get("required") and not (was and was.get("required")):
            yield f"needs {each['name']} now"
        if was and (gone := _narrowed(was.get("schema", {}), each.get("schema", {}))):
            yield f"{each['name']} no longer takes {gone}"
    yield from (f"lost {name}" for _, name in known)


def _schema(before: Document, after: Document, *, is_input: bool) -> Iterator[str]:
    was, now = before.get("properties", {}), after.get("properties", {})
    yield from (f"lost {name}" for name in was if name not in now)
    if is_input:
        required = set(after.get("required", [])) - set(before.get("required", []))
        yield from (f"needs {name} now" for name in sorted(required))
        if gone := _narrowed(before, after):
            yield f"no longer takes {gone}"
        for name in was.keys() & now.keys():
            if gone := _narrowed(was[name], now[name]):
                yield f"{name} no longer takes {gone}"


def _narrowed(before: Document, after: Document) -> list[Any]:
    return sorted(set(before.get("enum", [])) - set(after.get("enum", []))) if "enum" in after else []


def test_nothing_that_an_app_relies_on_was_broken(document: Document):
    base = os.environ.get("CONTRACT_BASE", "origin/main")
    shown = subprocess.run(
        ["git", "-C", ROOT, "show", f"{base}:openapi.json"], capture_output=True, text=True, check=False
    )
    if shown.returncode:
        pytest.skip(f"{base} has no openapi.json to compare with")
    assert breaking(json.loads(shown.stdout), document) == []


def _sample(**changes: Any) -> Document:
    parameter = {"in": "query", "name": "kind", "required": False, "schema": {"enum": ["a", "b"]}}
    body = {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/In"}}},
    }
    schema = {"properties": {"x": {"type": "string"}, "y": {"type": "string"}}, "required": ["x"]}
    operation = {"parameters": [parameter | changes.get("parameter", {})], "requestBody": body}
    paths = changes.get("paths", {"/a": {"get": operation}})
    return {"paths": paths, "components": {"schemas": {"In": schema | changes.get("schema", {})}}}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"paths": {}}, ["get /a: gone"]),
        ({"parameter": {"required": True}}, ["get /a: needs kind now"]),
        ({"parameter": {"name": "sort"}}, ["get /a: lost kind"]),
        ({"parameter": {"schema": {"enum": ["a"]}}}, ["get /a: kind no longer takes ['b']"]),
        ({"schema": {"required": ["x", "y"]}}, ["In: needs y now"]),
        ({"schema": {"properties": {"x": {}}}}, ["In: lost y"]),
    ],
)
def test_a_breaking_change_is_recognised(changes: Document, expected: list[str]):
    assert breaking(_sample(), _sample(**changes)) == expected
