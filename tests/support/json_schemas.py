"""The JSON Schemas of `docs/schemas`, and what a value has that they do not know."""

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource

FOLDER = Path(__file__).parents[2] / "docs" / "schemas" / "v1"


def _closed(schema: Any) -> Any:
    """A schema that allows nothing that it does not name: what is printed must stand in it."""
    if isinstance(schema, list):
        return [_closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(value) for key, value in schema.items()}
    if isinstance(closed.get("properties"), dict):
        closed.setdefault("additionalProperties", False)
    return closed


SCHEMAS = {
    path.name.removesuffix(".schema.json"): _closed(json.loads(path.read_text(encoding="utf-8")))
    for path in sorted(FOLDER.glob("*.json"))
}
_REGISTRY: Registry[Any] = Registry().with_resources(
    (f"{name}.schema.json", Resource.from_contents(schema)) for name, schema in SCHEMAS.items()
)


def faults_of(value: Any, name: str) -> list[str]:
    """Where a value is not as its schema says, or has more than it says."""
    validator = Draft202012Validator(SCHEMAS[name], registry=_REGISTRY, format_checker=FormatChecker())
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]
