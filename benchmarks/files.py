"""The files that are imported and checked: 16 columns, no two rows alike, some of them bad where that is asked for."""

import csv
from collections.abc import Iterator
from pathlib import Path

import xlsxwriter

BUSINESSES = 20
_TEXTS = {
    "DisplayName",
    "EmailAddress",
    "IncomingServer",
    "IncomingServerUsername",
    "OutgoingServer",
    "OutgoingServerUsername",
    "LastCheckTime",
}
HEADER = (
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
    "Active",
    "IncomingServerType",
    "IncomingServerSSL",
    "DeleteMessageSettings",
    "LastCheckTime",
)
# Each is an error to every tool, so that all have to find the same number.
_MISTAKES: tuple[tuple[str, object], ...] = (
    ("BusinessId", "north"),
    ("DisplayName", ""),
    ("LastMessageId", 3_000_000_000),
    ("ErrorCount", "many"),
)

Row = list[object]


def row(number: int) -> Row:
    """One valid row, numbered from 0; no two have the same key."""
    name = f"user{number}"
    business = 1000 + number % BUSINESSES
    incoming: Row = [business, f"Support {number}", f"{name}@example.com", "imap.example.com", 993, name]
    return [*incoming, "smtp.example.com", 587, name, 0, 0, "true", 1, "true", 1, "2026-01-02T03:04:05Z"]


def spoiled(cells: Row, mistake: int) -> Row:
    """The row with one cell that no check lets pass; the mistakes take turns."""
    name, value = _MISTAKES[mistake % len(_MISTAKES)]
    return [value if column == name else cell for column, cell in zip(HEADER, cells, strict=True)]


def rows(count: int, bad_every: int = 0) -> Iterator[Row]:
    """So many rows, of which every so manieth is bad; 0 for none."""
    for number in range(count):
        is_bad = bad_every and number % bad_every == bad_every - 1
        yield spoiled(row(number), number // bad_every) if is_bad else row(number)


def write_csv(path: Path, count: int, bad_every: int = 0) -> Path:
    """Writes a text file, unless it is there already."""
    if not path.exists():
        with path.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream)
            writer.writerow(HEADER)
            writer.writerows(rows(count, bad_every))
    return path


def write_workbook(path: Path, count: int, bad_every: int = 0) -> Path:
    """Writes a workbook of one sheet, unless it is there already."""
    if not path.exists():
        with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
            sheet = book.add_worksheet("Accounts")
            sheet.write_row(0, 0, HEADER)
            for number, cells in enumerate(rows(count, bad_every), start=1):
                sheet.write_row(number, 0, cells)
    return path


def body_template() -> str:
    """A row as JSON with its headers in double braces, for a tool that fills in bodies."""
    slots = ((name, f'"{{{{{name}}}}}"' if name in _TEXTS else f"{{{{{name}}}}}") for name in HEADER)
    return "{" + ",".join(f'"{name}":{slot}' for name, slot in slots) + "}"
