"""An endpoint's fields as data and in words: for `nexudus-import fields`, templates and whoever builds on it.

May import `schemas.endpoint` only.
"""

from typing import Any

from schemas.endpoint import FALSE_WORDS, TRUE_WORDS, Endpoint, Field, FieldType, Shape

_YES_NO = ("yes", "no")
_FAMILIAR_BITS = 32
"""The bound of a wider integer means nothing to a person."""

_FORMATS = {Shape.EMAIL: "email", Shape.DATE_TIME: "date-time"}


def allowed_values(field: Field) -> str:
    """What may stand in a cell of the field, in words."""
    if field.choices:
        return "one of " + ", ".join(f"{name} ({number})" for name, number in field.choices.items())
    if field.shape in _SHAPES:
        return _SHAPES[field.shape]
    if field.type is FieldType.INTEGER:
        return "a whole number" if field.bits > _FAMILIAR_BITS else f"a whole number up to {field.range[1]:,}"
    return _TYPES[field.type]


_SHAPES = {
    Shape.EMAIL: "one e-mail address",
    Shape.HOST: "a host's name or address, without its port",
    Shape.PORT: "a whole number from 1 to 65535",
    Shape.DATE_TIME: "a date, or a date and a time, in UTC: as 2026-05-01 08:00, or a date of your spreadsheet program",
}
_TYPES = {
    FieldType.BOOLEAN: f"yes or no (also {', '.join(w for w in (*TRUE_WORDS, *FALSE_WORDS) if w not in _YES_NO)})",
    FieldType.STRING: "text",
}


def explanation(field: Field) -> str:
    """All that a person needs to fill in the field: what it is, what may stand there, an example."""
    example = f" Example: {field.example}." if field.example else ""
    return f"{field.hint or field.description} Allowed: {allowed_values(field)}.{example}"


def as_json(endpoint: Endpoint) -> list[dict[str, Any]]:
    """`{"Name", "Type", "Required", "Description"}` of each field, in the documentation page's order and words."""
    return [
        {"Name": f.name, "Type": f.type.value, "Required": f.required, "Description": f.description}
        for f in endpoint.fields
    ]


def as_json_schema(endpoint: Endpoint) -> dict[str, Any]:
    """A JSON Schema (2020-12) of the body, with the page's types, the widths and our words; enums as examples."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"POST {endpoint.path}",
        "type": "object",
        "required": [f.name for f in endpoint.fields if f.required],
        "properties": {f.name: _property(f) for f in endpoint.fields},
    }


def _property(field: Field) -> dict[str, Any]:
    described: dict[str, Any] = {"type": field.type.value, "description": field.hint or field.description}
    if field.type is FieldType.INTEGER:
        described["minimum"], described["maximum"] = field.range
    if field.type is FieldType.STRING and field.required:
        described["minLength"] = 1
    if field.shape in _FORMATS:
        described["format"] = _FORMATS[field.shape]
    if field.choices:
        described["examples"] = list(field.choices.values())
    return described
