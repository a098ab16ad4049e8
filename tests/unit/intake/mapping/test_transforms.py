"""Transforms, translations and templates: what they make of each cell."""

import pyarrow as pa
import pytest

from pipeline.intake.mapping.transform_forms import normal_form
from pipeline.intake.mapping.transforms import apply_transforms, fill, translate

DATE_PARTS = "%d, %m, %b, %B, %y, %Y, %j, %H, %I, %M, %S, %f, %p, %z, %a, %A, %%"


def cells(*texts):
    return pa.array(texts, pa.large_string())


def made(transforms, *texts):
    return apply_transforms(cells(*texts), [normal_form(one) for one in transforms]).to_pylist()


def test_case_and_blanks_in_the_order_given():
    assert made(["trim", "upper"], " a ß", "", "é") == ["A SS" if "ß".upper() == "ẞ" else "A ẞ", "", "É"]
    assert made(["upper", "lower"], "MiX", "É") == ["mix", "é"]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("993,0", "993.0"),
        ("993", "993"),
        ("993.0", "993.0"),
        ("1.234", "1234"),
        ("1 234", "1234"),
        ("1\u202f234", "1234"),
        ("1'234", "1234"),
        ("1.234.567,89", "1234567.89"),
        ("-1.234", "-1234"),
        ("12.34", "12.34"),
        ("imap.example.com", "imap.example.com"),
        ("", ""),
    ],
)
def test_decimal_commas_and_thousands(text, number):
    assert made(["decimal_comma"], text) == [number]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Front Desk <a@b.example>", "a@b.example"),
        ('"Desk, Front" <a@b.example>', "a@b.example"),
        ("<a@b.example>", "a@b.example"),
        ("mailto:a@b.example", "a@b.example"),
        ("MAILTO:a@b.example?subject=x", "a@b.example"),
        ("Desk <mailto:a@b.example>", "a@b.example"),
        ("a@b.example,", "a@b.example"),
        ("a@b.example.", "a@b.example"),
        ("a@b.example", "a@b.example"),
        ("a@b.example; c@d.example", "a@b.example; c@d.example"),
        ("a@b.example <c@d.example>", "a@b.example <c@d.example>"),
        ("no address", "no address"),
        ("", ""),
    ],
)
def test_an_address_is_taken_out_of_what_stands_around_it_unless_there_are_two(text, address):
    assert made(["address"], text) == [address]


@pytest.mark.parametrize(
    ("form", "text", "moment"),
    [
        ({"date": "%d/%m/%Y %H:%M"}, "31/10/2026 14:05", "2026-10-31T14:05:00Z"),
        ({"date": "%d.%m.%Y"}, "1.2.2026", "2026-02-01T00:00:00Z"),
        ({"date": "%d %b %Y"}, "31 Dec 2025", "2025-12-31T00:00:00Z"),
        ({"date": "%d/%m/%Y %H:%M", "timezone": "Europe/Paris"}, "31/07/2026 14:05", "2026-07-31T12:05:00Z"),
        ({"date": "%d/%m/%Y %H:%M", "timezone": "Europe/Paris"}, "25/10/2026 02:30", "2026-10-25T00:30:00Z"),
        ({"date": "%d/%m/%Y %H:%M", "timezone": "Europe/Paris"}, "29/03/2026 02:30", "2026-03-29T01:00:00Z"),
        ({"date": "%d/%m/%Y %H:%M %z"}, "31/10/2026 14:05 +0200", "2026-10-31T12:05:00Z"),
    ],
)
def test_dates_in_a_form_and_a_time_zone(form, text, moment):
    assert made([form], text, "", text) == [moment, "", moment]


def test_what_is_no_date_of_that_form_stays_for_the_next():
    forms = [{"date": "%d/%m/%Y"}, {"date": "%d.%m.%Y"}]
    assert made(forms, "31/12/2025", "31.12.2025", "31/13/2025", "2025-12-31") == [
        "2025-12-31T00:00:00Z",
        "2025-12-31T00:00:00Z",
        "31/13/2025",
        "2025-12-31",
    ]


def test_a_date_at_the_edge_of_the_calendar_stays():
    assert made([{"date": "%d/%m/%Y", "timezone": "America/New_York"}], "31/12/9999", "01/01/0001") == [
        "31/12/9999",
        "01/01/0001",
    ]


def test_a_part_of_a_cell():
    assert made([{"split": ";"}], "a; b", "c", "") == ["a", "c", ""]
    assert made([{"split": ";", "take": 2}], "a; b ;c", "c", "") == ["b", "", ""]


def test_a_regular_expression():
    assert made([{"regex": r"^(\w+)@.*$", "replace": r"\1"}], "desk@b.example", "x") == ["desk", "x"]
    assert made([{"regex": "^", "replace": "+"}], "", "1") == ["", "+1"]
    assert made([{"regex": "[ .]"}], "1 234.5") == ["12345"]


def test_values_are_translated_whatever_their_case_and_others_pass():
    assert translate(cells("Oui", "NON", "peut-être", ""), {"oui": "true", "non": "false"}).to_pylist() == [
        "true",
        "false",
        "peut-être",
        "",
    ]


def test_a_template_is_blank_where_all_its_columns_are():
    pieces = [cells("A", "", ""), " ", cells("B", "C", ""), "!"]
    assert fill(pieces, 3).to_pylist() == ["A B!", "C!", ""]


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("lowr", "'lowr' is not a transform; the nearest is 'lower'"),
        ("xqzw", "'xqzw' is not a transform; there are trim, lower, upper, decimal_comma, address, date, split, regex"),
        ("date", "'date' needs settings: {date = \"%d/%m/%Y %H:%M\"}"),
        (7, '7 is neither the name of a transform nor a table such as {date = "%d/%m/%Y"}'),
        ({"dat": "%d"}, "'dat' is not a transform with settings; the nearest is 'date'"),
        ({}, "'' is not a transform with settings; there are date, split, regex"),
        ({"date": "%d", "tz": "UTC"}, "'tz' is no setting of date; it takes date and timezone"),
        (
            {"date": "%d/%m/%Q"},
            f"date = '%d/%m/%Q': %Q is no part of a date; there are {DATE_PARTS}",
        ),
        ({"date": "%d/%m/%Y %d"}, "date = '%d/%m/%Y %d': %d stands in it twice"),
        ({"date": "%H:%M"}, "date = '%H:%M': lacks day, month or year; write it as \"%d/%m/%Y %H:%M\""),
        (
            {"date": "%d/%m/%"},
            f"date = '%d/%m/%': % is no part of a date; there are {DATE_PARTS}",
        ),
        ({"date": "dd/mm"}, "date = 'dd/mm': lacks day, month or year; write it as \"%d/%m/%Y %H:%M\""),
        ({"date": 1}, "date = 1: is not text"),
        (
            {"date": "%d/%m/%Y", "timezone": "Europe/Pariss"},
            "timezone = 'Europe/Pariss' is not known; the nearest is 'Europe/Paris'",
        ),
        ({"split": ";", "take": 0}, "take = 0: is the number of the part, from 1"),
        ({"split": ""}, "split needs the text that parts stand between"),
        ({"regex": r"a\\\C"}, r"regex = 'a\\\\\\C': \C would take letters to pieces"),
        ({"regex": "(a"}, "regex = '(a': missing ): ((a)"),
    ],
)
def test_a_mistake_in_a_transform_is_told(written, told):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - its whole text is compared
        normal_form(written)
    assert str(caught.value) == told
