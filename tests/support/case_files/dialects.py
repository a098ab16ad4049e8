"""Text files as programs set their cells apart."""

from __future__ import annotations

import csv

from tests.support.case_files.rows import HEADER, as_csv, as_joined, desk, desks, table

_TWO = table(desk(0), desk(1))
_ALL = csv.QUOTE_ALL


def _bars(rows: list[list[object]], *, edges: bool) -> list[str]:
    """Rows between bars, padded to the same widths, as terminals show them."""
    widths = [max(len(str(cell)) for cell in column) for column in zip(*rows, strict=True)]
    lines = [" | ".join(str(cell).ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    return [f"| {line} |" if edges else f" {line}" for line in lines]


def _psql() -> str:
    header, *rows = _bars(_TWO, edges=False)
    rule = "+".join("-" * (len(cell) + (1 if at in (0, len(HEADER) - 1) else 2)) for at, cell in enumerate(HEADER))
    return "\n".join([header, rule, *rows, "(2 rows)", "", ""])


def _mysql() -> str:
    header, *rows = _bars(_TWO, edges=True)
    rule = "+".join("-" * len(part) for part in header.split("|")[1:-1])
    return "\n".join([f"+{rule}+", header, f"+{rule}+", *rows, f"+{rule}+", "2 rows in set (0.00 sec)", ""])


def _markdown() -> str:
    header, *rows = _bars(_TWO, edges=True)
    return "\n".join([header, "|" + "|".join(" --- " for _ in HEADER) + "|", *rows, ""])


def _sap() -> str:
    """SAP's list, saved unconverted: a title, rules, bars at both ends."""
    header, *rows = _bars(_TWO, edges=True)
    rule = "-" * len(header)
    return "\r\n".join(["26.11.2026     Dynamic List Display     1", "", rule, header, rule, *rows, rule, ""])


def _shifted() -> str:
    """R's write.table: names of rows stand in a column that the header does not have."""
    lines = as_csv(_TWO, quoting=csv.QUOTE_NONNUMERIC, end="\n").splitlines()
    return "\n".join([lines[0], *(f'"{number}",{line}' for number, line in enumerate(lines[1:], start=1)), ""])


FILES: dict[str, bytes] = {
    name: text.encode()
    for name, text in {
        "dia_tab.tsv": as_csv(_TWO, "\t"),
        "dia_tab.tab": as_csv(_TWO, "\t", "\n"),
        "dia_pipe.txt": as_csv(_TWO, "|", "\n"),
        "dia_semicolon.csv": as_csv(table(desk(0, "Desk 0, left"), desk(1, "Desk 1, right, top")), ";"),
        "dia_caret.txt": as_csv(_TWO, "^"),
        "dia_tilde.csv": as_csv(_TWO, "~"),
        "dia_two_signs.csv": as_joined(_TWO, "||"),
        # Excel obeys and writes this line.
        "dia_sep_line.csv": "sep=;\r\n" + as_csv(_TWO, ";"),
        # Saved anew by a program that knows nothing of the line.
        "dia_sep_line_of_another.csv": "sep=,\r\n" + as_csv(_TWO, ";"),
        "dia_sep_tab.csv": "sep=\t\r\n" + as_csv(_TWO, "\t"),
        "dia_curly_quotes.csv": as_joined([[f"“{c}”" for c in row] for row in _TWO]),
        "dia_guillemets.csv": as_joined([[f"«{c}»" for c in row] for row in _TWO], ";"),
        "dia_all_quoted.csv": as_csv(_TWO, quoting=_ALL),
        "dia_blank_behind_comma.csv": as_joined([[f'"{c}"' for c in row] for row in _TWO], ", "),
        "dia_blank_behind_comma_name.csv": as_joined(
            [[f'"{c}"' for c in row] for row in table(desk(0, "Desk 0, left"), desk(1))], ", "
        ),
        "dia_padded.csv": as_joined([[f"{c} ".rjust(12) for c in row] for row in _TWO]),
        # PowerShell's Export-Csv.
        "dia_powershell_type.csv": "#TYPE Selected.System.Management.Automation.PSCustomObject\r\n"
        + as_csv(_TWO, quoting=_ALL),
        "dia_lone_cr.csv": as_csv(_TWO, end="\r"),
        "dia_mixed_line_ends.csv": as_csv(_TWO) + as_csv([desk(2)], end="\n") + as_csv([desk(3)], end="\r"),
        # A program that writes CRLF into a file opened as text on Windows.
        "dia_cr_cr_lf.csv": as_csv(_TWO, end="\r\r\n"),
        "dia_no_end.csv": as_csv(_TWO).rstrip(),
        "dia_lines_in_cells.csv": as_csv(
            table(desk(0, "Desk\r\nZero"), desk(1, "Desk\nOne"), desk(2, "Desk\n\n\nTwo"))
        ),
        "dia_doubled_quotes.csv": as_csv(table(desk(0, 'Desk "Zero"'), desk(1, '"'), desk(2, '""'), desk(3, 'a","b'))),
        "dia_odd_line_signs.csv": as_csv(
            table(desk(0, "Desk\u2028Zero"), desk(1, "Desk\x85One"), desk(2, "Desk\x0bTwo"), desk(3, "Desk\x0cThree"))
        ),
        "dia_quote_in_plain_cell.csv": as_joined(table(desk(0, '19" rack'), desk(1, 'the "big" one'), desk(2))),
        "dia_open_quote_at_the_end.csv": as_csv(_TWO) + as_csv([desk(2)]).replace("Desk 2", '"Desk 2'),
        "dia_quote_closed_rows_later.csv": as_csv(_TWO).replace("Desk 0", '"Desk 0')
        + as_csv([desk(2)])
        + as_csv([desk(3)]).replace("Desk 3", 'Desk 3"')
        + as_csv([desk(4)]),
        "dia_backslash_comma.csv": as_joined(table(desk(0, "Desk\\, left"), desk(1))),
        "dia_nul_bytes.csv": as_csv(table(desk(0, "Desk\0 0"), desk(1), desk(2, EmailAddress="desk\0@example.com"))),
        "dia_form_feeds.txt": as_csv(_TWO) + "\x0c" + as_csv([desk(2)]) + "\x0c\r\n" + as_csv([desk(3)]),
        "dia_trailing_delimiters.csv": as_csv([[*row, "", "", ""] for row in _TWO]),
        "dia_delimiter_behind_header.csv": as_csv([[*HEADER, "", ""], desk(0), desk(1), desk(2)[:-1]]),
        # A row that has lost a cell, where others end in a delimiter as the header does.
        "dia_delimiters_but_one.csv": as_csv([[*HEADER, ""], [*desk(0), ""], [*desk(1)[1:], ""], [*desk(2), ""]]),
        "dia_blank_lines.csv": "\r\n,,,\r\n\r\n"
        + as_csv(_TWO)
        + "\r\n\r\n"
        + as_csv([desk(2)])
        + ",,,,,,,,,,\r\n \r\n",
        # Columns whose header is blank: a numbering that pandas writes, and remarks on the right.
        "dia_pandas_index.csv": as_csv([["", *HEADER], [0, *desk(0)], [1, *desk(1)]], end="\n"),
        "dia_remarks_without_header.csv": as_csv([[*HEADER, ""], [*desk(0), ""], [*desk(1), "ask Anna"]]),
        "dia_r_row_names.csv": _shifted(),
        "dia_psql.txt": _psql(),
        "dia_mysql.txt": _mysql(),
        "dia_markdown.csv": _markdown(),
        "dia_sap_list.txt": _sap(),
        # sqlcmd underlines the header and counts the rows.
        "dia_sqlcmd.csv": as_csv([_TWO[0], ["-" * 11] * 11, *_TWO[1:]]) + "\r\n(2 rows affected)\r\n",
        # phpMyAdmin and mysqldump write no value as NULL or \N.
        "dia_mysql_null.csv": as_csv(
            table([*desk(0), "NULL", "NULL"], [*desk(1), "\\N", "\\N"], more=["ReplyToEmail", "Active"]),
            ";",
            quoting=_ALL,
        ),
        "dia_no_header.csv": as_csv(desks("Desk 0", "Desk 1"), ";", quoting=_ALL),
        "dia_fixed_width.txt": "".join("".join(str(c).ljust(24) for c in row) + "\r\n" for row in _TWO),
        # Excel, of a text file that it has opened in one column; each line is a cell.
        "dia_whole_lines_quoted.csv": as_csv([[line] for line in as_csv(_TWO).splitlines()], quoting=_ALL),
        "dia_comment_before_header.csv": "#" + as_csv(_TWO),
        "dia_header_has_other_delimiter.csv": as_csv([HEADER]) + as_csv(desks("Desk 0"), ";"),
        "dia_very_long_line.csv": as_csv(table(desk(0, "x" * 100_000), desk(1))),
    }.items()
}
