"""The Pandera schemas that mirror an endpoint's rules.

Two per endpoint: what the documentation page demands (errors) and what is not documented but surely a slip
(warnings). Both check *typed* columns, never coerce: with `coerce=True, lazy=True` Pandera 0.35 lets one
unconvertible cell hide the range errors of its whole column, and reports that cell twice.
May import `schemas.endpoint` and Pandera; imported only where rows are checked, since Pandera brings pandas.
"""

from collections.abc import Iterable

import pandas as pd
import pandera.pandas as pa
import pyarrow
import pyarrow.compute as pc

from schemas.endpoint import Endpoint, Field, FieldType, Shape

REQUIRED = "is a required field"
"""Source: the 400 answer on the documentation page; the only validation text that is documented."""

NOT_AN_ADDRESS = "does not look like an e-mail address"
"""The message about what is surely no e-mail address."""

DTYPES = {FieldType.INTEGER: "Int64", FieldType.BOOLEAN: "boolean", FieldType.STRING: "string[pyarrow]"}
"""The pandas type of a column of each documented type; missing cells are `NA` in all of them."""

# Enough to catch a slip (no @, two @, a blank, no dot in the domain), loose enough for every real address.
# What is around an address (a bracket, a comma, a colon) is no part of it: unquoted, none of them may stand in one.
_NEVER = r"""@\s\pZ,;:<>()\[\]"\\\x{2018}-\x{201e}«»"""
_EMAIL = rf"""^[^.'{_NEVER}][^{_NEVER}]*@[^.'{_NEVER}]+(\.[^.'{_NEVER}]+)+$"""


def error_schema(endpoint: Endpoint) -> pa.DataFrameSchema:
    """What the documentation page demands of a typed frame: required fields present, integers in their width.

    Args:
        endpoint: The endpoint whose fields become the columns, all of the types in `DTYPES`.

    Returns:
        A schema for n rows x any of the endpoint's fields. The text of a failed check is the finding's message,
        except for a missing required cell, which Pandera calls `not_nullable` (see `REQUIRED`).
    """
    return _schema(
        pa.Column(DTYPES[f.type], _error_checks(f), name=f.name, nullable=not f.required, required=False)
        for f in endpoint.fields
    )


def warning_schema(endpoint: Endpoint) -> pa.DataFrameSchema:
    """What is surely a slip though no page forbids it: e-mail shape, port range, unlisted enum values, blanks.

    Source: learn.nexudus.com/rest-api/crm/post-emailaccounts for enums and for the fields that newer pages require.

    Args:
        endpoint: The endpoint whose fields become the columns; `error_schema` has checked their types.

    Returns:
        A schema for n rows x any of the endpoint's fields, read as `error_schema`'s is. Fields about which there
        is nothing to warn have no part in it, since each column costs Pandera time.
    """
    return _schema(
        pa.Column(None, checks, name=f.name, nullable=not f.required_by_newer_pages, required=False)
        for f in endpoint.fields
        if (checks := _warning_checks(f)) or f.required_by_newer_pages
    )


def _schema(columns: Iterable[pa.Column]) -> pa.DataFrameSchema:
    return pa.DataFrameSchema({str(c.name): c for c in columns}, coerce=False)


def _error_checks(field: Field) -> list[pa.Check]:
    if field.type is not FieldType.INTEGER:
        return []
    return [pa.Check.in_range(*field.range, error=out_of_range(field))]


def _warning_checks(field: Field) -> list[pa.Check]:
    if field.shape is Shape.EMAIL:
        return [pa.Check(_email_shaped, error=NOT_AN_ADDRESS)]
    if field.shape is Shape.PORT:
        return [pa.Check.in_range(1, 65535, error="is not a port between 1 and 65535")]
    if field.choices:
        listed = ", ".join(f"{number} ({name})" for name, number in field.choices.items())
        return [pa.Check.isin(list(field.choices.values()), error=f"is not a documented value: {listed}")]
    return []


def out_of_range(field: Field) -> str:
    """The message for an integer that does not fit into the field's width."""
    low, high = field.range
    return f"is not between {low} and {high} ({field.bits}-bit integer)"


def _email_shaped(column: "pd.Series[str]") -> "pd.Series[bool]":
    """By Arrow's regular expressions: those of pandas go cell by cell."""
    found = pc.match_substring_regex(pyarrow.array(column, pyarrow.large_string()), _EMAIL)
    return pd.Series(found.to_numpy(zero_copy_only=False), index=column.index)
