"""How a source's columns become the endpoint's fields, as a person has said it; kept in the ledger with the run.

Plain data in a normal form, whatever it was written in. May import the standard library only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Transform: TypeAlias = Mapping[str, str | int]
"""A transform by its `name`, with its settings: `{"name": "date", "format": "%d/%m/%Y"}`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ColumnChoice:
    """A column, and the field it is for.

    Attributes:
        header: The column's header; compared as headers are.
        field: The field's name; blank where the column is left out on purpose.
        place: Where the person said so: an option, or a file and a line.
    """

    header: str
    field: str
    place: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Template:
    """A field's text put together from columns.

    Attributes:
        text: With headers in braces.
        place: Where the person said so.
    """

    text: str
    place: str


@dataclass(frozen=True, kw_only=True)
class FieldMapping:
    """What is said about columns and fields, on the command line and in a mapping file.

    Applied in this order; what is not mentioned is matched by its header.

    Attributes:
        columns: Which column is for which field.
        templates: Field to the text that is put together for it.
        transforms: Field to what is done with its text, in order.
        values: Field to the translations of its values, by the value as it is compared.
        defaults: Field to the value where the cell is blank (`--default`).
        constants: Field to the value of all rows (`--set`).
    """

    columns: tuple[ColumnChoice, ...] = ()
    templates: Mapping[str, Template] = field(default_factory=dict)
    transforms: Mapping[str, tuple[Transform, ...]] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> FieldMapping:
        """What `dataclasses.asdict` made of one."""
        return cls(
            columns=tuple(ColumnChoice(**one) for one in found["columns"]),
            templates={name: Template(**one) for name, one in found["templates"].items()},
            transforms={name: tuple(some) for name, some in found["transforms"].items()},
            values=found["values"],
            defaults=found["defaults"],
            constants=found["constants"],
        )
