"""Pandera's checks of a typed frame, told cell by cell.

Pandera puts its findings together in summaries, one for each column and one for all, which take longer than the checks
and which nobody reads here: the backends of these schemas leave them out.
May import `schemas` and Pandera.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pandera.pandas as pandera
from pandera.backends.pandas.components import ColumnBackend
from pandera.backends.pandas.container import DataFrameSchemaBackend
from pandera.errors import FailureCaseMetadata, SchemaErrors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pandera.errors import SchemaError


class RuleChecks:
    """Checks typed frames against a schema of `schemas.rules`.

    Args:
        schema: With columns that are checked each for itself.
    """

    def __init__(self, schema: pandera.DataFrameSchema) -> None:
        self._schema = _Frame({name: _column(column) for name, column in schema.columns.items()})

    def broken(self, typed: pd.DataFrame) -> Iterator[tuple[int, str, str | None]]:
        """Position, field and message of each cell that breaks a rule; no message for one that must not be blank.

        Args:
            typed: n rows, numbered from 0, x fields, each of its type in `schemas.rules.DTYPES`.
        """
        try:
            self._schema.validate(typed, lazy=True)
        except SchemaErrors as errors:
            for error in errors.schema_errors:
                message = error.check.error if isinstance(error.check, pandera.Check) else None
                for position in error.failure_cases["index"].tolist():
                    yield int(position), str(error.schema.name), message


class _Unsummed:
    """Hands on what the checks found, as it is."""

    def failure_cases_metadata(self, _name: str, found: list[SchemaError]) -> FailureCaseMetadata:
        return FailureCaseMetadata(failure_cases=found, message={}, error_counts={})


class _Frame(pandera.DataFrameSchema):
    pass


class _Column(pandera.Column):
    pass


class _FrameBackend(_Unsummed, DataFrameSchemaBackend):
    pass


class _ColumnBackend(_Unsummed, ColumnBackend):
    pass


_Frame.register_backend(pd.DataFrame, _FrameBackend)
_Column.register_backend(pd.DataFrame, _ColumnBackend)
_Column.register_backend(pd.Series, _ColumnBackend)


def _column(rules: pandera.Column) -> _Column:
    return _Column(rules.dtype, rules.checks, nullable=rules.nullable, required=rules.required, name=rules.name)
