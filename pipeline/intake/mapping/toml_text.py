"""A proposed mapping as the text of a mapping file. May import `pipeline.model` and `mapping.proposal`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from pipeline.model.counts import counted

if TYPE_CHECKING:
    from pipeline.intake.mapping.proposal import FieldProposal, Proposal
    from pipeline.model.config import ReadOptions
    from pipeline.model.mapping import FieldMapping

_BARE = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)


def mapping_text(label: str, proposal: Proposal, given: FieldMapping, reading: ReadOptions) -> str:
    """The text of a file that `read_mapping_file` reads.

    Args:
        label: What the person called the source.
        proposal: The columns that are taken.
        given: What the person has said beside it.
        reading: How the source is read, where that is not found by itself.
    """
    tables = (
        ("reading", _reading(reading)),
        ("columns", _columns(proposal, given)),
        ("templates", _templates(proposal.fields)),
        ("transforms", _transforms(proposal.fields)),
        *((f"values.{one.name}", _values(one)) for one in proposal.fields if one.translations or one.unknown),
        ("defaults", (f"{name} = {_quoted(value)}" for name, value in given.defaults.items())),
        ("constants", _constants(proposal, given)),
    )
    parts = [f"# How the columns of {_comment(label)} become fields; proposed by `nexudus-import map`.\n"]
    for name, lines in tables:
        body = "\n".join(lines)
        if body:
            parts.append(f"[{name}]\n{body}\n")
    return "\n".join(parts)


def _reading(reading: ReadOptions) -> Iterator[str]:
    if len(reading.sheets) == 1:
        yield f"sheet = {_quoted(reading.sheets[0])}"
    for name in ("delimiter", "encoding"):
        value = getattr(reading, name)
        if value:
            yield f"{name} = {_quoted(value)}"
    if reading.header_row:
        yield f"header_row = {reading.header_row}"


def _columns(proposal: Proposal, given: FieldMapping) -> Iterator[str]:
    for one in proposal.fields:
        if not one.named and not one.shared:
            yield f"{_key(one.header)} = {_quoted(one.name)}"
    for choice in given.columns:
        if not choice.field:
            yield f'{_key(choice.header)} = ""'
    if proposal.left_out:
        yield f"# Not imported: {', '.join(map(_comment, proposal.left_out))}"


def _templates(fields: Sequence[FieldProposal]) -> Iterator[str]:
    for one in fields:
        if one.shared:
            yield f"{one.name} = {_quoted('{' + one.header + '}')}"


def _transforms(fields: Sequence[FieldProposal]) -> Iterator[str]:
    for one in fields:
        if one.transforms:
            yield f"{one.name} = [{', '.join(one.transforms)}]"


def _values(one: FieldProposal) -> Iterator[str]:
    for value, translation in one.translations.items():
        written = translation if translation in {"true", "false"} else _quoted(translation)
        yield f"{_key(value)} = {written}  # {counted(one.counts[value], 'row')}"
    for value in one.unknown:
        yield f"# {_key(value)} = ?  # {counted(one.counts[value], 'row')}; not known"


def _constants(proposal: Proposal, given: FieldMapping) -> Iterator[str]:
    yield from (f"{name} = {_quoted(value)}" for name, value in given.constants.items())
    if proposal.missing:
        yield "# Required, and no column was found for them: give each one above, or one value for all rows here."
        yield from (f"# {name} = ?" for name in proposal.missing)


def _key(text: str) -> str:
    return text if _BARE.fullmatch(text) else _quoted(text)


def _quoted(text: str) -> str:
    """A basic string of TOML, whose escapes are those of JSON but for DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _comment(text: str) -> str:
    """Text that stays on its line."""
    return "".join(sign if sign.isprintable() else " " for sign in text)
