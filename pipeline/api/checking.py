"""Rows checked without a network, each finding as plain data. May import `operations`, `intake` and `model`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.api.config import ImportConfig, run_config
from pipeline.api.sources import Rows, kept_sources
from pipeline.intake.intake import Intake, open_intake
from pipeline.intake.kept import forget_copies
from pipeline.model.finding_codes import FindingCode
from pipeline.operations.report_context import column_names
from pipeline.operations.validate import check

if TYPE_CHECKING:
    from pipeline.intake.intake import OpenSource
    from pipeline.model.json_types import Json
    from pipeline.model.rows import RowResult


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """What is wrong or odd about a cell, a row, or a source as a whole.

    Attributes:
        source: What the source is called.
        row: The row's number, the header being row 1; `None` where the whole source is meant.
        column: The header of the cell's column; `None` where no single column is meant.
        field: The endpoint's field; `None` where the whole row is meant.
        value: The cell's value, `(secret)` for a secret field.
        message: What is wrong.
        code: Which kind of finding it is.
        is_error: Whether it forbids the row; else it is a warning.
    """

    source: str
    row: int | None
    column: str | None
    field: str | None
    value: Json
    message: str
    code: FindingCode
    is_error: bool


@dataclass(frozen=True, kw_only=True)
class Validation:
    """What checking has found.

    Attributes:
        rows_read: How many rows there are.
        valid_rows: How many of them can be sent.
        findings: Errors and warnings, those of whole sources first, then in the order of the rows.
    """

    rows_read: int
    valid_rows: int
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that forbid rows."""
        return tuple(one for one in self.findings if one.is_error)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The findings in spite of which rows can be sent."""
        return tuple(one for one in self.findings if not one.is_error)


def validate_rows(rows: Rows, config: ImportConfig | None = None) -> Validation:
    """Reads and checks files or DataFrames; needs no network, no credentials and no ledger, and writes no reports.

    Args:
        rows: A file, a DataFrame, a list of them, or DataFrames by the names that findings call them.
        config: How they are read and checked.

    Raises:
        SourceError: A source cannot be read, or lacks required columns.
        ConfigurationError: An option does not fit.
    """
    with kept_sources(rows) as kept:
        intake = open_intake(kept.sources, run_config(config or ImportConfig(), kept.files))
        results, summary = check(intake)
    forget_copies(kept.sources)
    findings = (*_about_sources(intake), *_about_rows(intake, results))
    valid = summary.rows_read - sum(result.response is not None for result in results)
    return Validation(rows_read=summary.rows_read, valid_rows=valid, findings=findings)


def _about_sources(intake: Intake) -> Iterator[Finding]:
    for one in intake.sources:
        for notice in one.plan.notices:
            yield _finding(one, None, notice.with_code(), is_error=False)


def _about_rows(intake: Intake, results: list[RowResult]) -> Iterator[Finding]:
    for result in results:
        one = intake.sources[result.ref.source - 1]
        for error, code in zip(_errors(result), result.codes, strict=True):
            yield _finding(one, result.ref.row, {**error, "Code": code}, is_error=True)
        for warning in result.warnings:
            yield _finding(one, result.ref.row, warning, is_error=False)


def _errors(result: RowResult) -> list[Mapping[str, Json]]:
    found = (result.response or {}).get("Errors")
    return [error for error in found if isinstance(error, Mapping)] if isinstance(found, list) else []


def _finding(one: OpenSource, row: int | None, found: Mapping[str, Json], *, is_error: bool) -> Finding:
    name = found["PropertyName"]
    field = str(name) if name is not None else None
    return Finding(
        source=one.source.label,
        row=row,
        column=column_names(one).get(field) if field is not None else None,
        field=field,
        value=found["AttemptedValue"],
        message=str(found["Message"]),
        code=FindingCode(str(found["Code"])),
        is_error=is_error,
    )
