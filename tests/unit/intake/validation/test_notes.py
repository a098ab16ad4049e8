"""Rows that are plainly notes, whatever their language: one finding, while a row to be filled in keeps one a field."""

import pytest

from pipeline.intake.mapping.columns import plan_columns
from pipeline.intake.readers.base import text_frame
from pipeline.intake.validation.validator import Validator
from pipeline.model.finding_codes import FindingCode
from pipeline.model.mapping import FieldMapping
from pipeline.model.sources import Defect, RowBatch
from schemas import endpoints
from tests.support import factories

ENDPOINT = endpoints()["emailaccounts"]
REQUIRED = [field.name for field in ENDPOINT.fields if field.required]
GOOD = [str(factories.account(1)[name]) for name in REQUIRED]


def errors_of(*cells, header=REQUIRED, defects=(), strict=False, mapping=None):
    """What is wrong with a row of these cells, blank behind them, that stands between good ones."""
    padded = [*cells, *[""] * (len(header) - len(cells))]
    good = (GOOD + [""] * len(header))[: len(header)]
    frame = text_frame([list(column) for column in zip(good, padded, good, strict=True)])
    batch = RowBatch(rows=[2, 3, 4], frame=frame, defects=defects)
    plan = plan_columns(header, ENDPOINT, mapping or FieldMapping())
    checked = Validator(ENDPOINT, {1: "a.csv"}, strict=strict).check(1, plan, batch)
    assert 1 not in checked.warnings or FindingCode.FOOTNOTE not in {one.code for one in checked.errors[1]}
    return [(one.property_name, one.code) for one in checked.errors[1]]


NOTE = [(None, FindingCode.FOOTNOTE)]


@pytest.mark.parametrize(
    "cells",
    [
        ["Zwischensumme", "4"],
        ["Σ", "4"],
        ["合計", "2"],
        ["Razem", "", "", "", "1986"],
        ["1) see wiki"],
        ["Stand: 26.11.2026"],
        ["Page 1/3"],
        ["Rows: 2"],
        ["Prepared by", "Anna"],
        ["Source:", "HR"],
        ["Exported", "26.11.2026", "by", "Anna"],
        ["=SUM(E2:E3)"],
        ["", "", "", "", "=SUM(E2:E3)"],
    ],
)
@pytest.mark.parametrize("strict", [False, True])
def test_a_few_cells_that_are_not_for_their_columns_are_a_note(cells, strict):
    assert errors_of(*cells, strict=strict) == NOTE


def test_a_number_below_the_addresses_is_none():
    header = [*REQUIRED[1:], REQUIRED[0]]
    assert errors_of("Zwischensumme", "4", header=header) == NOTE
    assert len(errors_of("Desk 3", "desk3", header=header)) == len(REQUIRED) - 2


@pytest.mark.parametrize(
    "cells",
    [
        ["1000"],
        ["", "Desk 3"],
        ["", "", "desk3@example.com"],
        ["1000", "Desk 3"],
        ["1000", "", "desk3@example.com"],
        ["ACME", "Desk 3", "desk3@example.com"],
        ["ACME", "Desk 3", "desk3@example,com"],
        ["ACME", "Desk 3", "", "imap.example.com"],
        ["ACME", "Desk 3", "", "", "993", "", "", "587"],
        ["ACME", "Desk 3", "desk3", "mail", "", "desk3"],
        ["ID1000", "Desk 3"],
        ["1000 (Acme)", "Desk 3"],
        ["1O00", "Desk 3"],
        ["?", "Desk 3"],
        ["", "Prepared by", "Anna"],
    ],
)
def test_what_may_be_a_row_to_fill_in_has_a_finding_for_each_field_that_it_lacks(cells):
    found = errors_of(*cells)
    assert [name for name, code in found if code is FindingCode.REQUIRED] == [
        name for name, cell in zip(REQUIRED, [*cells, *[""] * len(REQUIRED)], strict=False) if not cell
    ]


def test_a_word_that_its_column_asks_for_speaks_for_a_row():
    header = [*REQUIRED, "Active"]
    blanks = [""] * (len(REQUIRED) - 2)
    assert errors_of("ACME", "Desk 3", *blanks, "yes", header=header) != NOTE
    assert errors_of("ACME", "Desk 3", *blanks, "checked by Anna", header=header) == NOTE


def test_a_cell_that_is_an_error_was_meant():
    broken = Defect(position=1, column=1, code=FindingCode.ERROR_CELL, message="is an error cell", value="#REF!")
    assert errors_of("ACME", "#REF!", defects=[broken]) != NOTE


def test_where_few_fields_are_asked_for_a_row_may_lack_most_of_them():
    values = dict(zip(REQUIRED[3:], GOOD[3:], strict=True))
    assert errors_of("Prepared by", header=REQUIRED[:3], mapping=FieldMapping(constants=values)) != NOTE


HEADER_LINE = [(None, FindingCode.SECOND_HEADER)]
WORDS = ["Firma", "Name", "Adresse", "Server", "Port", "Konto", "Server", "Port", "Konto", "Letzte", "Fehler"]


@pytest.mark.parametrize("strict", [False, True])
def test_words_for_each_column_are_another_line_of_the_header(strict):
    assert errors_of(*WORDS, strict=strict) == HEADER_LINE
    assert errors_of(*WORDS[:9], strict=strict) == HEADER_LINE
    assert errors_of("Firma", "", "", "", "Port", "", "", "Port", strict=strict) != HEADER_LINE


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("EmailAddress", "desk@example.com"),
        ("IncomingServer", "imap.example"),
        ("LastMessageId", "0"),
        ("DisplayName", "Desk 9"),
    ],
)
def test_one_value_among_words_makes_a_row(field, value):
    cells = [value if name == field else word for name, word in zip(REQUIRED, WORDS, strict=True)]
    assert HEADER_LINE[0] not in errors_of(*cells)


def test_the_same_word_in_each_cell_is_a_row_to_come():
    assert HEADER_LINE[0] not in errors_of("tbd", "Reception", *["tbd"] * 9)


def test_a_cell_that_lost_its_value_is_no_word():
    lost = Defect(position=1, column=0, code=FindingCode.ERROR_CELL, message="is an error cell (#N/A)", value="#N/A")
    assert HEADER_LINE[0] not in errors_of("", *WORDS[1:], defects=(lost,))
