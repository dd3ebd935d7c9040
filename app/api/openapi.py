"""What FastAPI cannot know when it writes the OpenAPI document: how this service refuses."""

from typing import Any

from app.api.errors import MEDIA_TYPE, ValidationProblem

_FRAMEWORKS_OWN = ("HTTPValidationError", "ValidationError")


def describe(document: dict[str, Any]) -> dict[str, Any]:
    """Complete a document: every operation refuses with problem documents, bad input included."""
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in _FRAMEWORKS_OWN:
        schemas.pop(name, None)
    own = ValidationProblem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(own.pop("$defs", {}))
    schemas["ValidationProblem"] = own
    schemas["Problem"] = {
        **own,
        "title": "Problem",
        "description": "A refusal: `code` is stable and for programs, `detail` a sentence for the person.",
        "required": [name for name in own["required"] if name != "errors"],
        "properties": {name: kind for name, kind in own["properties"].items() if name != "errors"},
        "additionalProperties": True,
    }
    document["components"]["schemas"] = dict(sorted(schemas.items()))
    for path in document["paths"].values():
        for operation in path.values():
            _complete(operation["responses"])
    return document


def _complete(responses: dict[str, Any]) -> None:
    validation = responses.get("422", {}).get("content", {}).get("application/json", {}).get("schema", {})
    if validation.get("$ref", "").endswith("/HTTPValidationError"):
        responses["422"] = _answer("The input does not fit; each wrong member is named.", "ValidationProblem")
    responses.setdefault("default", _answer("Any other refusal.", "Problem"))


def _answer(description: str, schema: str) -> dict[str, Any]:
    reference = {"schema": {"$ref": f"#/components/schemas/{schema}"}}
    return {"description": description, "content": {MEDIA_TYPE: reference}}
