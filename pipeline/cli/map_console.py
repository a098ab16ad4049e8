"""What a person sees of `map`: the table of proposals, the questions, and what to do next. Knows rich, not Click."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pipeline.cli.console import Console
from pipeline.cli.printing import print_json
from pipeline.model.printable import printable_line

if TYPE_CHECKING:
    from pipeline.cli.console import OutputOptions
    from pipeline.intake.mapping.proposal import FieldProposal, Proposal
    from pipeline.operations.map import MapResult

_SHOWN_TRANSLATIONS = 4
_SAMPLE_CHARACTERS = 24
_SECRET = "(secret)"  # noqa: S105 - stands in place of one


class MapConsole:
    """Shows proposals and asks about them.

    Args:
        output: How.
    """

    def __init__(self, output: OutputOptions) -> None:
        self._output = output
        self._console = Console(output)

    def ask(self, one: FieldProposal) -> bool:
        """Whether a doubtful proposal is right."""
        ask = self._output.ask
        return ask is not None and ask(printable_line(_question(one)))

    def mapped(self, source: str, result: MapResult) -> None:
        """Says what was found, what is missing and what to do next."""
        if self._output.as_json:
            print_json(_as_json(result))
            return
        if self._output.quiet:
            return
        self._console.table(
            ["field", "column", "confidence", "samples", "changed"],
            [_line(one, result.taken) for one in result.proposal.fields],
        )
        for line in (*_remarks(result), *_next_steps(source, result)):
            self._console.say(line)


def _question(one: FieldProposal) -> str:
    told = f"{one.name}: column {one.header!r} ({_samples(one)}), {one.confidence:.0%} sure"
    if one.sure and not one.form_sure:
        return f"{told}; dates read as {', '.join(one.transforms) or 'they stand'}: right?"
    return f"{told}: take it?"


def _line(one: FieldProposal, taken: Proposal) -> list[str]:
    is_taken = one.name in {field.name for field in taken.fields}
    confidence = f"{one.confidence:.0%}" if is_taken else f"{one.confidence:.0%}, left out"
    return [one.name, printable_line(one.header), confidence, *map(printable_line, (_samples(one), _changes(one)))]


def _samples(one: FieldProposal) -> str:
    if one.secret:
        return _SECRET
    shown = [text if len(text) <= _SAMPLE_CHARACTERS else f"{text[: _SAMPLE_CHARACTERS - 1]}…" for text in one.samples]
    return ", ".join(shown)


def _changes(one: FieldProposal) -> str:
    told = [*one.transforms]
    shown = list(one.translations.items())
    told += [f"{value} = {new} ({one.counts[value]:,})" for value, new in shown[:_SHOWN_TRANSLATIONS]]
    if len(shown) > _SHOWN_TRANSLATIONS:
        told.append(f"{len(shown) - _SHOWN_TRANSLATIONS} more")
    return ", ".join(told)


def _remarks(result: MapResult) -> list[str]:
    taken = result.taken
    lines = [f"{one.name}: no translation is known for {_unknown(one)}" for one in taken.fields if one.unknown]
    untransformed = {one.name for one in taken.fields if not one.transforms}
    lines += [_doubtful_dates(one) for one in result.proposal.fields if not one.form_sure and one.name in untransformed]
    if taken.left_out:
        lines.append(f"Not imported: {', '.join(taken.left_out)}")
    if taken.missing:
        lines.append(f"Still missing, though required: {', '.join(taken.missing)}")
    return lines


def _doubtful_dates(one: FieldProposal) -> str:
    likely = f", most likely {', '.join(one.transforms)}" if one.transforms else ""
    return f"{one.name}: its dates can be read in several ways, or in none{likely}; say which in [transforms]"


def _unknown(one: FieldProposal) -> str:
    shown = [f"{value!r} ({one.counts[value]:,})" for value in one.unknown[:_SHOWN_TRANSLATIONS]]
    more = len(one.unknown) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _next_steps(source: str, result: MapResult) -> Sequence[str]:
    written = f"Wrote {result.path}."
    if result.taken.missing:
        again = "`map` again with --force and --map or --set"
        return [f"{written} Next: give those fields a column or a value in it, or {again}."]
    return [f"{written} Next: `nexudus-import validate {source} --mapping {result.path}`."]


def _as_json(result: MapResult) -> dict[str, Any]:
    taken = {one.name for one in result.taken.fields}
    return {
        "File": str(result.path),
        "Rows": result.proposal.rows,
        "Fields": [
            {
                "Field": one.name,
                "Column": one.header,
                "Confidence": round(one.confidence, 2),
                "Taken": one.name in taken,
                "Samples": list(one.samples),
                "Translations": [
                    {"Value": value, "Translation": new, "Rows": one.counts[value]}
                    for value, new in one.translations.items()
                ],
                "Untranslated": [{"Value": value, "Rows": one.counts[value]} for value in one.unknown],
            }
            for one in result.proposal.fields
        ],
        "Missing": list(result.taken.missing),
        "NotImported": list(result.taken.left_out),
        "ExitCode": int(result.exit_code),
    }
