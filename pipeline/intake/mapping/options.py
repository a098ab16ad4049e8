"""What a person chose for columns and fields, checked against the endpoint and put before what a mapping file says.

May import `schemas`, `pipeline.model`, `pipeline.errors` and `mapping.names`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipeline.errors import Code, ConfigurationError
from pipeline.intake.mapping.names import folded, nearest
from pipeline.model.mapping import ColumnChoice, FieldMapping

if TYPE_CHECKING:
    from schemas.endpoint import Endpoint, Field

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class SettingNames:
    """What messages call the choices: the command line has other names for them than a program in Python."""

    columns: str = "columns"
    constants: str = "constants"
    defaults: str = "defaults"


_IN_PYTHON = SettingNames()


def field_mapping(
    endpoint: Endpoint,
    *,
    columns: Pairs = (),
    constants: Pairs = (),
    defaults: Pairs = (),
    file: FieldMapping | None = None,
    called: SettingNames = _IN_PYTHON,
) -> FieldMapping:
    """Checks the names in what a person chose, and puts them before those of a mapping file.

    Args:
        endpoint: Whose fields they name.
        columns: Header and field; no field leaves the column out.
        constants: Field and value.
        defaults: Field and value.
        file: What a mapping file says.
        called: What messages call the three above.

    Raises:
        ConfigurationError: A name is no field, is given twice, or is a secret (whose value would end up in the
            shell's history and in the ledger).
    """
    below = file or FieldMapping()
    choices = _choices(endpoint, called.columns, columns)
    fixed = _by_field(endpoint, called.constants, constants)
    named = {choice.field for choice in choices} - {""} | fixed.keys()
    headers = {folded(choice.header) for choice in choices}
    kept = [one for one in below.columns if one.field not in named and folded(one.header) not in headers]
    return replace(
        below,
        columns=(*choices, *kept),
        templates={name: one for name, one in below.templates.items() if name not in named},
        defaults={**below.defaults, **_by_field(endpoint, called.defaults, defaults)},
        constants={n: v for n, v in below.constants.items() if n not in named} | fixed,
    )


def _choices(endpoint: Endpoint, called: str, pairs: Pairs) -> list[ColumnChoice]:
    choices: dict[str, ColumnChoice] = {}
    for header, name in pairs:
        place = f"{called} {header}={name}"
        field = _field(endpoint, place, name, header).name if name else ""
        if folded(header) in choices:
            raise ConfigurationError(Code.GIVEN_TWICE, f"{place}: {header} is given twice.", name=header)
        if field and field in {one.field for one in choices.values()}:
            raise ConfigurationError(Code.FIELD_TWICE, f"{place}: {field} is given twice.", name=field)
        choices[folded(header)] = ColumnChoice(header=header, field=field, place=place)
    return list(choices.values())


def _field(endpoint: Endpoint, told: str, name: str, header: str | None = None) -> Field:
    found = {folded(f.name): f for f in endpoint.fields}.get(folded(name))
    if found is None:
        hint = nearest(name, [f.name for f in endpoint.fields])
        message = f"{told}: {name} is not a field."
        raise ConfigurationError(Code.FIELD_UNKNOWN, message, name=name, nearest=hint, header=header)
    return found


def _by_field(endpoint: Endpoint, called: str, pairs: Pairs) -> dict[str, str]:
    values: dict[str, str] = {}
    for name, value in pairs:
        found = _field(endpoint, f"{called} {name}={value}", name)
        if found.secret:
            raise ConfigurationError(Code.SECRET_GIVEN, f"{called} {found.name}: is a secret.", name=found.name)
        if found.name in values:
            raise ConfigurationError(Code.GIVEN_TWICE, f"{called} {found.name}: is given twice.", name=found.name)
        values[found.name] = value.strip()
    return values
