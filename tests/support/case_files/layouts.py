"""Text files with lines that are no rows: above the table, in it and below."""

from __future__ import annotations

from string import ascii_uppercase

from tests.support.case_files.rows import HEADER, as_csv, desk, table

_TWO = as_csv(table(desk(0), desk(1)))
_WIDTH = len(HEADER)
_TYPES = [
    "int32",
    "nvarchar(100)",
    "nvarchar(100)",
    "nvarchar(50)",
    "int32",
    "nvarchar(50)",
    "nvarchar(50)",
    "int32",
    "nvarchar(50)",
    "int64",
    "int32",
]


def _line(*cells: object) -> str:
    return as_csv([[*cells, *[""] * (_WIDTH - len(cells))]])


FILES: dict[str, bytes] = {
    name: text.encode()
    for name, text in {
        "lay_comments_between.csv": _TWO + "# desks of the second floor\r\n" + as_csv([desk(2)]) + "// end\r\n",
        # Numbers, the program, names the table in a line of its own.
        "lay_table_name.csv": "Table 1\r\n" + _TWO,
        "lay_metadata.csv": "Report:;Mail accounts\r\nCreated:;26.11.2026 08:00\r\nUser:;admin\r\n\r\n"
        + as_csv(table(desk(0), desk(1)), ";"),
        "lay_page_headers.csv": _TWO + as_csv([HEADER, desk(2), desk(3), HEADER, desk(4)]),
        "lay_header_in_capitals_again.csv": _TWO + as_csv([[name.upper() for name in HEADER], desk(2)]),
        "lay_types_below_header.csv": as_csv(
            [
                HEADER,
                ["int", "string", "string", "string", "int", "string", "string", "int", "string", "int", "int"],
                desk(0),
            ]
        ),
        "lay_field_numbers.csv": as_csv([HEADER, [f"({n})" for n in range(1, _WIDTH + 1)], desk(0)]),
        "lay_bare_field_numbers.csv": as_csv([HEADER, range(1, _WIDTH + 1), desk(0)]),
        "lay_column_letters.csv": as_csv([HEADER, ascii_uppercase[:_WIDTH], desk(0)]),
        "lay_types_with_lengths.csv": as_csv([HEADER, _TYPES, desk(0)]),
        "lay_required_marks.csv": as_csv([HEADER, ["*"] * _WIDTH, desk(0)]),
        "lay_examples_below_header.csv": as_csv([HEADER, [f"e.g. {c}" for c in desk(9)], desk(0)]),
        "lay_subtotals.csv": _TWO
        + _line("Subtotal", "", "", "", 1986)
        + as_csv([desk(2)])
        + _line("Grand total:", 3)
        + _line("Total", "3 accounts"),
        "lay_total_of_numbers.csv": _TWO + _line("", "", "", "", 1986, "", "", 1174),
        "lay_total_in_german.csv": _TWO + _line("Summe", "", "", "", 1986) + _line("Anzahl: 2"),
        "lay_notes_of_any_words.csv": _TWO
        + _line("Zwischensumme", "", "", "", 1986)
        + _line("合計", 2)
        + _line("1) see wiki")
        + _line("Exported", "26.11.2026", "by", "Anna")
        + as_csv([desk(2)])
        + _line("Page 1/3")
        + _line(1000, "Desk 3"),
        "lay_footnotes.csv": _TWO + "\r\nExported by Mailer 3.2 on 26 November 2026\r\n* internal use only\r\n",
        "lay_count_of_rows.csv": _TWO + "\r\n2 rows in set\r\n",
        "lay_end_of_report.csv": _TWO + "*** End of report ***\r\n",
        "lay_page_number.csv": _TWO + "Page 1 of 2\r\n" + as_csv([desk(2)]) + "Page 2 of 2\r\n",
        "lay_second_table.csv": _TWO + "\r\nDomains\r\nDomain,Owner,Since\r\nexample.com,Anna,2020\r\n",
        "lay_section_titles.csv": as_csv([HEADER])
        + _line("Ground floor")
        + as_csv([desk(0)])
        + _line("First floor")
        + as_csv([desk(1)]),
        "lay_group_header_above.csv": ",,,Incoming,,,Outgoing,,,State,\r\n" + _TWO,
        "lay_two_languages.csv": as_csv(
            [
                HEADER,
                ["Firma", "Name", "Adresse", "Server", "Port", "Konto", "Server", "Port", "Konto", "Nr.", "Fehler"],
                desk(0),
            ]
        ),
        "lay_two_languages_with_gaps.csv": as_csv(
            [
                HEADER,
                ["Firma", "", "Adresse", "Server", "Port", "Konto", "Server", "Port", "Konto", "", ""],
                desk(0),
                ["Nr.", "Name", "E-Mail", "Server", "Port", "Konto", "Server", "Port", "Konto", "Letzte", "Fehler"],
                desk(1),
            ]
        ),
        "lay_lengths_below_header.csv": as_csv([HEADER, [4, 50, 100, 50, 5, 50, 50, 5, 50, 10, 10], desk(0)]),
        "lay_rule_below_header.csv": as_csv([HEADER, ["=" * 8] * _WIDTH, desk(0)]),
        "lay_header_on_two_lines.csv": "Mail accounts of the house,,,,,,,,,,\r\nplease do not change,,,,,,,,,,\r\n"
        + _TWO,
        "lay_header_in_row_31.csv": "".join(f"line {n}\r\n" for n in range(1, 31)) + _TWO,
        "lay_rows_quoted_whole.csv": as_csv([HEADER]) + as_csv([[as_csv([desk(n)]).strip()] for n in range(2)]),
        "lay_row_of_semicolons.csv": _TWO + as_csv([desk(2)], ";") + as_csv([desk(3)]),
        "lay_rows_of_tabs.csv": as_csv([HEADER]) + as_csv([desk(0), desk(1)], "\t"),
        "lay_one_cell_short.csv": _TWO + as_csv([desk(2)[:-1], desk(3)]),
        "lay_one_cell_more.csv": _TWO + as_csv([[*desk(2), "x"], desk(3)]),
    }.items()
}
