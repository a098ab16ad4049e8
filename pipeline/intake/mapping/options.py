"""What `--map`, `--set` and `--default` say, checked against the endpoint and put before what a mapping file says.

May import `schemas`, `pipeline.model`, `pipeline.errors` and `mapping.names`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.errors import ConfigurationError
from pipeline.intake.mapping.names import folded, nearest
from pipeline.model.mapping import ColumnChoice, FieldMapping

if TYPE_CHECKING:
    from schemas.endpoint import Endpoint, Field

Pairs = Sequence[tuple[str, str]]


def field_mapping(
    endpoint: Endpoint,
    *,
    columns: Pairs = (),
    constants: Pairs = (),
    defaults: Pairs = (),
    file: FieldMapping | None = None,
) -> FieldMapping:
    """Checks the names in `--map`, `--set` and `--default`, and puts them before those of a mapping file.

    Args:
        endpoint: Whose fields they name.
        columns: Header and field; no field leaves the column out.
        constants: Field and value.
        defaults: Field and value.
        file: What a mapping file says.

    Raises:
        ConfigurationError: A name is no field, is given twice, or is a secret (whose value would end up in the
            shell's history and in the ledger).
    """
    below = file or FieldMapping()
    choices = _choices(endpoint, columns)
    fixed = _by_field(endpoint, "--set", constants)
    named = {choice.field for choice in choices} - {""} | fixed.keys()
    headers = {folded(choice.header) for choice in choices}
    kept = [one for one in below.columns if one.field not in named and folded(one.header) not in headers]
    return replace(
        below,
        columns=(*choices, *kept),
        templates={name: one for name, one in below.templates.items() if name not in named},
        defaults={**below.defaults, **_by_field(endpoint, "--default", defaults)},
        constants={n: v for n, v in below.constants.items() if n not in named} | fixed,
    )


def _choices(endpoint: Endpoint, pairs: Pairs) -> list[ColumnChoice]:
    choices: dict[str, ColumnChoice] = {}
    for header, name in pairs:
        field = _field(endpoint, f"--map {header}={name}", name).name if name else ""
        if folded(header) in choices:
            raise ConfigurationError(f"--map {header}={name}: {header} is given twice.", advice="Give it once.")
        if field and field in {one.field for one in choices.values()}:
            advice = "Give it one column; a mapping file's [templates] put several together."
            raise ConfigurationError(f"--map {header}={name}: {field} is given twice.", advice=advice)
        choices[folded(header)] = ColumnChoice(header=header, field=field, place=f"--map {header}={name}")
    return list(choices.values())


def _field(endpoint: Endpoint, told: str, name: str) -> Field:
    found = {folded(f.name): f for f in endpoint.fields}.get(folded(name))
    if found is None:
        hint = nearest(name, [f.name for f in endpoint.fields])
        advice = f"Did you mean {hint}?" if hint else "`nexudus-import fields` lists them."
        raise ConfigurationError(f"{told}: {name} is not a field.", advice=advice)
    return found


def _by_field(endpoint: Endpoint, option: str, pairs: Pairs) -> dict[str, str]:
    values: dict[str, str] = {}
    for name, value in pairs:
        found = _field(endpoint, f"{option} {name}={value}", name)
        if found.secret:
            advice = "Put it into a column of the source: an option stays in the shell's history."
            raise ConfigurationError(f"{option} {found.name}: is a secret.", advice=advice)
        if found.name in values:
            raise ConfigurationError(f"{option} {found.name}: is given twice.", advice="Give it once.")
        values[found.name] = value.strip()
    return values
