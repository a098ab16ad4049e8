"""What `map` proposes for a source: plain data. May import the standard library only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

SURE = 0.75
"""From this confidence on a column is taken without asking."""


@dataclass(frozen=True, kw_only=True)
class FieldProposal:
    """A column for a field.

    Attributes:
        name: The field's name.
        header: The column's header.
        confidence: How sure it is, from 0 to 1.
        named: Whether the header is the field's own name, so that no mapping is needed for it.
        shared: Whether the column is another field's as well.
        secret: Whether its values must not be shown.
        samples: Some of the column's values; none of a secret's.
        transforms: What its values need, as TOML writes it.
        form_sure: Whether the transforms are sure.
        translations: Value, as the source writes it, to what it is here.
        unknown: Values that the field cannot take and no translation is known for.
        counts: How often each of those values occurs.
    """

    name: str
    header: str
    confidence: float
    named: bool = False
    shared: bool = False
    secret: bool = False
    samples: tuple[str, ...] = ()
    transforms: tuple[str, ...] = ()
    form_sure: bool = True
    translations: Mapping[str, str] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def sure(self) -> bool:
        """Whether it can be taken without asking."""
        return self.confidence >= SURE


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A mapping for a source.

    Attributes:
        fields: Columns for fields, in the endpoint's order.
        missing: Required fields that nothing was found for.
        left_out: Columns that no field was found for.
        rows: How many rows were looked at.
    """

    fields: tuple[FieldProposal, ...]
    missing: tuple[str, ...]
    left_out: tuple[str, ...]
    rows: int
