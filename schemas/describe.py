"""An endpoint's fields as data: for `nexudus-import fields` and whoever builds on it.

May import `schemas.endpoint` only.
"""

from typing import Any

from schemas.endpoint import Endpoint, Field, FieldType, Shape

_FORMATS = {Shape.EMAIL: "email", Shape.DATE_TIME: "date-time"}


def as_json(endpoint: Endpoint) -> list[dict[str, Any]]:
    """`{"Name", "Type", "Required", "Description"}` of each field, in the documentation page's order and words."""
    return [
        {"Name": f.name, "Type": f.type.value, "Required": f.required, "Description": f.description}
        for f in endpoint.fields
    ]


def as_json_schema(endpoint: Endpoint) -> dict[str, Any]:
    """A JSON Schema (2020-12) of the request body, with what the page says and the widths; enums as examples."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"POST {endpoint.path}",
        "type": "object",
        "required": [f.name for f in endpoint.fields if f.required],
        "properties": {f.name: _property(f) for f in endpoint.fields},
    }


def _property(field: Field) -> dict[str, Any]:
    described: dict[str, Any] = {"type": field.type.value, "description": field.description}
    if field.type is FieldType.INTEGER:
        described["minimum"], described["maximum"] = field.range
    if field.type is FieldType.STRING and field.required:
        described["minLength"] = 1
    if field.shape in _FORMATS:
        described["format"] = _FORMATS[field.shape]
    if field.choices:
        described["examples"] = list(field.choices.values())
    return described
