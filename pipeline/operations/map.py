"""`map`: proposes a mapping for a source that nobody made for the endpoint, and writes it.

May import `intake` and `model`. Must know nothing of Click or of terminals: it talks to a function that asks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import Code, ConfigurationError, ExitCode, SourceError
from pipeline.intake.kept import forget_copies
from pipeline.intake.mapping.headers import understood_fields
from pipeline.intake.mapping.profile import profiled
from pipeline.intake.mapping.proposal import FieldProposal, Proposal
from pipeline.intake.mapping.propose import Proposer
from pipeline.intake.mapping.toml_text import mapping_text
from pipeline.intake.readers import open_tables
from schemas import endpoints
from schemas.words import vocabulary_of

if TYPE_CHECKING:
    from pipeline.model.config import ReadOptions, RunConfig
    from pipeline.model.sources import Source, Table

Ask = Callable[[FieldProposal], bool]
"""Whether a doubtful proposal is right."""


@dataclass(frozen=True, kw_only=True)
class MapResult:
    """What became of a proposal.

    Attributes:
        path: The file that was written.
        proposal: All that was found, doubtful or not.
        taken: What went into the file.
    """

    path: Path
    proposal: Proposal
    taken: Proposal

    @property
    def exit_code(self) -> ExitCode:
        """What scripts are told."""
        return ExitCode.ROWS_REFUSED if self.taken.missing else ExitCode.OK


def propose(source: Source, config: RunConfig) -> tuple[Proposal, ReadOptions]:
    """Proposes a mapping from all rows of a source, and says how it is read.

    Raises:
        SourceError: It cannot be read, or has no rows.
        ConfigurationError: An option does not fit it.
    """
    endpoint, vocabulary = endpoints()[config.endpoint], vocabulary_of(config.endpoint)
    tables = open_tables(source, config.read, understood_fields(endpoint, vocabulary))
    if len(tables) > 1:
        names = [str(table.part) for table in tables]
        message = f"{source.label}: a mapping is for one table, and these are {len(tables)}: {', '.join(names)}."
        raise ConfigurationError(Code.SEVERAL_TABLES, message, source=source.label, sheets=names)
    table = tables[0]
    columns, rows = profiled(table.header, table.batches())
    if not rows:
        message = f"{source.label}: there is a header, but no row below it."
        raise SourceError(Code.NO_ROWS, message, sources=[source.label])
    proposer = Proposer(endpoint=endpoint, vocabulary=vocabulary, given=config.mapping)
    return proposer.propose(columns, rows), _as_found(table, config.read)


def _as_found(table: Table, options: ReadOptions) -> ReadOptions:
    """The options of reading, with what was found out about a text file that is not as most are."""
    delimiter, encoding = getattr(table, "delimiter", ","), getattr(table, "encoding", "utf-8")
    return replace(
        options,
        sheets=options.sheets or ((table.part,) if table.part else ()),
        delimiter=options.delimiter or (delimiter if delimiter != "," else None),
        encoding=options.encoding or (None if encoding.lower().startswith("utf") else encoding),
    )


def choose(proposal: Proposal, ask: Ask | None, required: Sequence[str]) -> Proposal:
    """Takes what is sure, and what the person says is right.

    Args:
        proposal: What was found.
        ask: Asks about the doubtful ones; `None` where nobody is to be asked: those are left out.
        required: The endpoint's required fields.
    """
    taken = [chosen for one in proposal.fields if (chosen := _taken(one, ask)) is not None]
    names, used = {one.name for one in taken}, {one.header for one in taken}
    dropped = [one for one in proposal.fields if one.name not in names]
    missing = {*proposal.missing, *(one.name for one in dropped)}
    return replace(
        proposal,
        fields=tuple(taken),
        missing=tuple(name for name in required if name in missing),
        left_out=(*proposal.left_out, *dict.fromkeys(one.header for one in dropped if one.header not in used)),
    )


def _taken(one: FieldProposal, ask: Ask | None) -> FieldProposal | None:
    if one.sure and one.form_sure:
        return one
    if ask is not None and ask(one):
        return one
    return replace(one, transforms=()) if one.sure else None


def write_mapping(path: Path, text: str, *, force: bool) -> None:
    """Writes a mapping file; one that is there already stays, unless that is asked for.

    Raises:
        ConfigurationError: It is there, or cannot be written.
    """
    try:
        with path.open("w" if force else "x", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
    except FileExistsError:
        raise mapping_exists(path) from None
    except OSError as error:
        message, reason = f"{path}: cannot be written ({error.strerror}).", error.strerror
        raise ConfigurationError(Code.FILE_NOT_WRITTEN, message, path=str(path), reason=reason) from None


def mapping_exists(path: Path) -> ConfigurationError:
    """The error for a mapping file that is there already."""
    message = f"{path}: is there already, maybe with your own changes."
    return ConfigurationError(Code.FILE_EXISTS, message, path=str(path))


def map_source(source: Source, config: RunConfig, path: Path, *, ask: Ask | None, force: bool) -> MapResult:
    """Proposes a mapping, asks about what is doubtful, and writes it.

    Raises:
        SourceError: The source cannot be read, or has no rows.
        ConfigurationError: An option does not fit, or the file cannot be written.
    """
    proposal, reading = propose(source, config)
    required = [f.name for f in endpoints()[config.endpoint].fields if f.required]
    taken = choose(proposal, ask, required)
    write_mapping(path, mapping_text(source.label, taken, config.mapping, reading), force=force)
    forget_copies([source])
    return MapResult(path=path, proposal=proposal, taken=taken)
