# ruff: noqa: RUF001 - as people write them
"""Text files whose headers are written as people and programs write them."""

from __future__ import annotations

import re

from tests.support.case_files.rows import HEADER, Row, as_csv, desk

_ROWS = [desk(0), desk(1)]
_WORDS = [re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name) for name in HEADER]


def _file(header: list[str], rows: list[Row] | None = None, delimiter: str = ",") -> bytes:
    return as_csv([header, *(rows or _ROWS)], delimiter).encode()


def _more(*headers: str, cells: tuple[str, ...]) -> bytes:
    return _file([*HEADER, *headers], [[*row, *cells] for row in _ROWS])


def _renamed(**names: str) -> list[str]:
    return [names.get(name, name) for name in HEADER]


FILES: dict[str, bytes] = {
    "head_words.csv": _file(_WORDS),
    "head_snake.csv": _file(["_".join(words.split()).lower() for words in _WORDS]),
    "head_capitals.csv": _file([words.upper() for words in _WORDS]),
    "head_dashes_and_blanks.csv": _file([f"  {words.replace(' ', ' - ')} " for words in _WORDS]),
    "head_invisible.csv": _file(
        _renamed(
            BusinessId="\u200bBusinessId",
            DisplayName="Display\u00a0Name",
            EmailAddress="Email\u00adAddress",
            IncomingServer="IncomingServer\u200e",
        )
    ),
    "head_full_width.csv": _file(_renamed(BusinessId="ＢｕｓｉｎｅｓｓＩｄ")),
    "head_line_breaks.csv": _file([words.replace(" ", "\r\n") for words in _WORDS]),
    "head_required_marks.csv": _file([f"{words} *" for words in _WORDS]),
    "head_units.csv": _file(_renamed(IncomingServerPort="Incoming Server Port (TCP)", EmailAddress="Email Address:")),
    "head_table_prefix.csv": _file([f"emailaccounts.{name}" for name in HEADER]),
    "head_numbered.csv": _file([f"{n}. {name}" for n, name in enumerate(HEADER, start=1)]),
    "head_twice.csv": _more("Email Address", cells=("second@example.com",)),
    "head_unknown_twice.csv": _more("Note", "Note", cells=("a", "b")),
    "head_blank_between.csv": _file([*HEADER[:3], "", *HEADER[3:]], [[*row[:3], "", *row[3:]] for row in _ROWS]),
    "head_blank_between_with_values.csv": _file(
        [*HEADER[:3], "", *HEADER[3:]], [[*row[:3], f"remark {row[1]}", *row[3:]] for row in _ROWS]
    ),
    "head_missing_with_fitting.csv": _file(
        _renamed(EmailAddress="E-Mail", DisplayName="Name", IncomingServerPort="Incoming Sever Port")
    ),
    "head_french.csv": _file(
        [
            "Identifiant",
            "Nom affiché",
            "Adresse e-mail",
            "Serveur entrant",
            "Port entrant",
            "Utilisateur entrant",
            "Serveur sortant",
            "Port sortant",
            "Utilisateur sortant",
            "Dernier message",
            "Nombre d'erreurs",
        ],
        delimiter=";",
    ),
    "head_passwords.csv": _more("Incoming Server Password", "Notes", cells=("s3cret", "hello")),
    "head_near_misses.csv": _more(
        "Incoming SSL", "Notes", "Enabled", "Reply To", cells=("yes", "", "yes", "x@example.com")
    ),
    "head_very_long.csv": _more("x" * 5_000, cells=("y",)),
    "head_markup.csv": _more("<b>Note</b>", "=1+1", "\x1b[31mred", cells=("a", "b", "c")),
    "head_only_one_column.csv": b"EmailAddress\r\ndesk0@example.com\r\ndesk1@example.com\r\n",
    "head_reordered.csv": as_csv([row[::-1] for row in (HEADER, *_ROWS)]).encode(),
}
