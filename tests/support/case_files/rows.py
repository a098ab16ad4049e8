"""The accounts that stand in most of the hard files, and how they are written as text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

HEADER = [
    "BusinessId",
    "DisplayName",
    "EmailAddress",
    "IncomingServer",
    "IncomingServerPort",
    "IncomingServerUsername",
    "OutgoingServer",
    "OutgoingServerPort",
    "OutgoingServerUsername",
    "LastMessageId",
    "ErrorCount",
]
"""The required fields, as the endpoint calls them."""

Row = list[Any]


def desk(number: int, name: str | None = None, **changed: Any) -> Row:
    """An account's cells below `HEADER`; keywords are fields with other values."""
    user = f"desk{number}"
    values = {
        "BusinessId": 1000,
        "DisplayName": f"Desk {number}" if name is None else name,
        "EmailAddress": f"{user}@example.com",
        "IncomingServer": "imap.example.com",
        "IncomingServerPort": 993,
        "IncomingServerUsername": user,
        "OutgoingServer": "smtp.example.com",
        "OutgoingServerPort": 587,
        "OutgoingServerUsername": user,
        "LastMessageId": 0,
        "ErrorCount": 0,
    }
    return [(values | changed)[field] for field in HEADER]


def desks(*names: str) -> list[Row]:
    """An account for each name."""
    return [desk(number, name) for number, name in enumerate(names)]


def table(*rows: Row, more: Sequence[str] = ()) -> list[Row]:
    """The header, with more columns behind it, and the rows."""
    return [[*HEADER, *more], *rows]


def as_csv(rows: Iterable[Sequence[Any]], delimiter: str = ",", end: str = "\r\n", **dialect: Any) -> str:
    """The rows as `csv` writes them: cells are quoted only where they must be, unless told otherwise."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator=end, **dialect).writerows(rows)
    return text.getvalue()


def as_joined(rows: Iterable[Sequence[Any]], delimiter: str = ",", end: str = "\r\n") -> str:
    """The rows with nothing quoted at all."""
    return "".join(delimiter.join(map(str, row)) + end for row in rows)
