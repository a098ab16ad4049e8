# ruff: noqa: RUF001 - digits of other scripts
"""From text to types: what converts, into what, and the words for what does not."""

import itertools

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.intake.validation.conversion import convert
from pipeline.model.finding_codes import FindingCode
from schemas import endpoints
from schemas.rules import DTYPES

ENDPOINT = endpoints()["emailaccounts"]
UNREAD = "is not a date that can be read (ISO 8601 or an Excel date); write it as 2026-05-01 or 2026-05-01 08:00"
NOT_64_BIT = "is not between -9223372036854775808 and 9223372036854775807 (64-bit integer)"


def not_boolean(name):
    return f"is not a boolean (true/false, yes/no, y/n, 1/0, on/off); [values.{name}] in a mapping file translates it"


def not_one_of(name, *choices):
    listed = ", ".join(choices)
    return f"is not an integer or one of {listed}; [values.{name}] in a mapping file translates it"


def converted(name, *cells):
    return convert(ENDPOINT.field(name), pd.Series(cells, dtype="string[pyarrow]"))


def values(name, *cells):
    found = converted(name, *cells)
    assert (found.failures, found.doubts) == ({}, {})
    return [None if value is pd.NA else value for value in found.values]


def failure(name, cell):
    """What is wrong with a cell, which stands between good ones and must not touch them."""
    good = {"BusinessId": "7", "IncomingServerPort": "7", "DeleteMessageSettings": "2", "Active": "yes"}[name]
    found = converted(name, good, cell, good, "")
    assert [value is pd.NA for value in found.values] == [False, True, False, True]
    assert list(found.failures) == [1]
    return found.failures[1][1]


def cases_of(word):
    return sorted({"".join(letters) for letters in itertools.product(*zip(word.lower(), word.upper(), strict=True))})


@pytest.mark.parametrize("name", [f.name for f in ENDPOINT.fields])
@pytest.mark.parametrize("cells", [(), ("",), ("", "", "")], ids=len)
def test_blanks_of_each_field_are_missing_in_a_column_of_its_type(name, cells):
    found = converted(name, *cells)
    assert str(found.values.dtype) == DTYPES[ENDPOINT.field(name).type].replace("[pyarrow]", "")
    assert found.values.isna().tolist() == [True] * len(cells)
    assert (found.failures, found.doubts) == ({}, {})


# -- booleans ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "meaning"),
    [
        ("true", True), ("yes", True), ("y", True), ("1", True), ("on", True),
        ("false", False), ("no", False), ("n", False), ("0", False), ("off", False),
    ],
)  # fmt: skip
def test_boolean_words_in_any_case(word, meaning):
    cells = cases_of(word)
    assert values("Active", *cells) == [meaning] * len(cells)


@pytest.mark.parametrize("word", ["maybe", "2", "-1", "1.0", "t", "f", "ja", "wahr", "yess", "true false", "x"])
def test_other_words_are_no_booleans(word):
    assert failure("Active", word) == not_boolean("Active")


# -- integers ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        ("993", 993),
        ("+5", 5),
        ("-1", -1),
        ("-0", 0),
        ("007", 7),
        ("993.0", 993),
        ("993.0000", 993),
        ("993.", 993),
        ("-5.0", -5),
        ("999999999999999999", 999999999999999999),
        ("9223372036854775807", 2**63 - 1),
        ("-9223372036854775808", -(2**63)),
        ("+9223372036854775807.0", 2**63 - 1),
        ("0" * 60 + "7", 7),
    ],
)
def test_integers(text, number):
    assert values("BusinessId", text, "1") == [number, 1]


@pytest.mark.parametrize(
    "text",
    [
        "x", "993.5", "1e3", "5,87", "12,34,567", "0x1F", "--1", "+-1", "5-", "²", "Ⅷ", ".0", "+",
        "1.0.0", "nan", "inf", "true",
    ],
)  # fmt: skip
def test_no_integers(text):
    assert failure("BusinessId", text) == "is not an integer"


@pytest.mark.parametrize(
    ("name", "text", "number"), [("BusinessId", "993.000", 993), ("IncomingServerPort", "1.000", 1)]
)
def test_what_may_be_a_thousand_is_read_with_a_word(name, text, number):
    found = converted(name, text)
    assert (found.values[0], found.failures) == (number, {})
    assert found.doubts == {0: (FindingCode.READ_AS_NUMBER, f"is read as {number}, not as {number}000")}


def test_what_cannot_be_a_thousand_is_read_without_a_word():
    assert values("IncomingServerPort", "993.000", "993.0") == [993, 993]


@pytest.mark.parametrize("text", ["1E+11", "1.00123E+11", "9,93E+02"])
def test_a_number_that_has_lost_digits_is_said_to_be_one(text):
    message = ", but one that a spreadsheet program has shortened: take all its digits from where it came from"
    assert failure("BusinessId", text) == "is not an integer" + message


@pytest.mark.parametrize(("text", "number"), [("١٢", 12), ("९९३", 993), ("９９３", 993), ("−5", -5), ("'٣", 3)])
def test_digits_of_any_script_are_read_with_a_word(text, number):
    found = converted("BusinessId", text)
    assert (found.values[0], found.failures, found.doubts) == (
        number,
        {},
        {0: (FindingCode.READ_AS_NUMBER, f"is read as {number}")},
    )


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("Active", "'true", True),
        ("Active", "\u2019no", False),
        ("Active", "'0", False),
        ("IncomingServerPort", "'993", 993),
        ("BusinessId", "'-7", -7),
        ("IncomingServerType", "'Imap", 1),
        ("LastCheckTime", "'2026-01-02", "2026-01-02T00:00:00Z"),
        ("LastCheckTime", "'46024", "2026-01-02T00:00:00Z"),
    ],
)
def test_the_apostrophe_that_marks_text_is_left_out_with_a_word(name, text, value):
    found = converted(name, text, "")
    word = FindingCode.APOSTROPHE, f"is read without its apostrophe, as {text[1:]}"
    assert (found.values[0], found.failures, found.doubts) == (value, {}, {0: word})


@pytest.mark.parametrize(
    ("name", "text"), [("Active", "'maybe"), ("IncomingServerType", "'Exchange"), ("Active", "''1")]
)
def test_what_means_nothing_without_its_apostrophe_is_refused_as_what_it_is(name, text):
    found = converted(name, text)
    assert (set(found.failures), found.doubts) == ({0}, {})


CELLS = {
    "BusinessId": ["7", "", "x", "993.0", "'5", "1.000", "999999999999999999999", "\u0663"],
    "Active": ["yes", "", "maybe", "'no", "'maybe", "0"],
    "IncomingServerType": ["1", "Imap", "", "'Pop3", "Exchange"],
    "DisplayName": ["Desk", "", "a\x00b", "Caf\u00c3\u00a9", "#N/A", "Desk"],
    "EmailAddress": ["a@example.com", "", "A&amp;b@example.com", "a@ex\u00e4mple.com", "no address"],
    "LastCheckTime": ["2026-01-02T03:04:05Z", "", "46024", "'2026-01-02", "soon", "2026-02-30"],
}


@pytest.mark.parametrize("name", CELLS)
@given(chance=st.randoms(use_true_random=False))
def test_a_column_of_few_texts_is_read_as_its_cells_are_alone(name, chance):
    alone = {cell: converted(name, cell) for cell in CELLS[name]}
    cells = [chance.choice(CELLS[name]) for _ in range(300)]
    found = converted(name, *cells)
    assert pd.isna(found.values).tolist() == [pd.isna(alone[cell].values)[0] for cell in cells]
    filled = {place for place, blank in enumerate(pd.isna(found.values)) if not blank}
    assert {found.values[place] == alone[cells[place]].values[0] for place in filled} <= {True}
    assert found.values.dtype == alone[cells[0]].values.dtype
    for kind in ("failures", "doubts"):
        said = {place: getattr(alone[cell], kind)[0] for place, cell in enumerate(cells) if getattr(alone[cell], kind)}
        assert getattr(found, kind) == said


def test_a_date_that_cannot_be_read_keeps_its_apostrophe():
    found = converted("LastCheckTime", "'soon")
    assert (found.values[0], [code for code, _ in found.doubts.values()]) == ("'soon", [FindingCode.DATE_NOT_READ])


@pytest.mark.parametrize(
    ("text", "transform"),
    [
        ("1.234", '"decimal_comma"'),
        ("1 234", '"decimal_comma"'),
        ("1\u202f234", '"decimal_comma"'),
        ("1'234", '"decimal_comma"'),
        ("1.234,0", '"decimal_comma"'),
        ("993,0", '"decimal_comma"'),
        ("1,234", '{regex = ",", replace = ""}'),
        ("1,234,567", '{regex = ",", replace = ""}'),
    ],
)
def test_numbers_of_other_countries_are_refused_with_the_transform_that_reads_them(text, transform):
    advice = f"[transforms] BusinessId = [{transform}] in a mapping file reads it"
    assert failure("BusinessId", text) == f"is not an integer; {advice}"


@pytest.mark.parametrize("text", ["9223372036854775808", "-9223372036854775809", "9" * 20, "-" + "9" * 20, "9" * 5000])
def test_integers_that_no_width_holds(text):
    assert failure("BusinessId", text) == NOT_64_BIT


def test_integers_that_only_the_fields_width_does_not_hold_are_left_to_the_schema():
    assert values("IncomingServerPort", "3000000000") == [3000000000]


def test_integers_that_no_width_holds_are_refused_in_the_words_of_the_field():
    assert failure("IncomingServerPort", "9" * 20) == "is not between -2147483648 and 2147483647 (32-bit integer)"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("DontDelete", 1),
        ("dontdelete", 1),
        ("DELETEONRECEIVE", 2),
        ("deleteWhenDeleting", 3),
        ("3", 3),
        ("3.0", 3),
        ("9", 9),
    ],
)
def test_enums_by_name_in_any_case_or_by_number(text, number):
    assert values("DeleteMessageSettings", text) == [number]


def test_unknown_names_of_an_enum_are_refused_with_those_there_are():
    expected = not_one_of("DeleteMessageSettings", "DontDelete", "DeleteOnReceive", "DeleteWhenDeleting")
    assert failure("DeleteMessageSettings", "Imap") == expected


# -- strings and dates -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["x", "NA", "null", "None", "nan", "007", "1.0", "true", "a\nb", "Zürich 東京 😀"])
def test_strings_stay_as_they_are(text):
    assert values("DisplayName", text) == [text]


@pytest.mark.parametrize(
    ("name", "text"),
    [("EmailAddress", "desk@m\u00c3\u00b6ller.example"), ("IncomingServer", "imap.m\u00c3\u00b6ller.example")],
)
def test_of_damaged_text_the_damage_is_said_not_the_signs_that_came_of_it(name, text):
    ((code, message),) = convert(ENDPOINT.field(name), pd.Series([text], dtype="string[pyarrow]")).doubts.values()
    assert code is FindingCode.GARBLED
    assert "m\u00f6ller.example" in message


def test_a_nul_is_refused():
    found = converted("DisplayName", "a\0b", "x")
    assert found.failures == {0: (FindingCode.NUL_CHARACTER, "holds a NUL character")}
    assert [None if value is pd.NA else value for value in found.values] == [None, "x"]


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"),
        ("2026-01-02T03:04:05", "2026-01-02T03:04:05Z"),
        ("2026-01-02 03:04:05", "2026-01-02T03:04:05Z"),
        ("2026-01-02T03:04", "2026-01-02T03:04:00Z"),
        ("2026-01-02T03", "2026-01-02T03:00:00Z"),
        ("2026-01-02", "2026-01-02T00:00:00Z"),
        ("2026-01-02T03:04:05+01:00", "2026-01-02T02:04:05Z"),
        ("2026-01-02T03:04:05-0530", "2026-01-02T08:34:05Z"),
        ("2026-01-02 03:04:05 +05", "2026-01-01T22:04:05Z"),
        ("20260102", "2026-01-02T00:00:00Z"),
        ("20260102T030405Z", "2026-01-02T03:04:05Z"),
        ("20260102T0304", "2026-01-02T03:04:00Z"),
        ("2026-01-02T03:04:05.5Z", "2026-01-02T03:04:05.5Z"),
        ("2026-01-02T03:04:05,25Z", "2026-01-02T03:04:05.25Z"),
        ("2026-01-02T03:04:05.000Z", "2026-01-02T03:04:05Z"),
        ("2026-01-02T03:04:05.123456789Z", "2026-01-02T03:04:05.123456Z"),
        ("2024-02-29", "2024-02-29T00:00:00Z"),
        ("0001-01-01", "0001-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
        ("43525", "2019-03-01T00:00:00Z"),
        ("43525.5", "2019-03-01T12:00:00Z"),
        ("46024.127835648", "2026-01-02T03:04:05Z"),
    ],
)
def test_dates_are_sent_as_utc_with_z(text, sent):
    assert values("LastCheckTime", text) == [sent]


@pytest.mark.parametrize(
    "text",
    [
        "2026-1-2", "2026", "2026-01", "9999", "202601", "250000", "now", "today", "NaT",
        "nan", "yesterday", "2026-02-30", "2026-02-30T00:00:00Z", "2026-01-02T25:00:00Z", "2026-13-01", "-2026-01-01",
        "2026-W01-1", "2026-001", "9999-12-31T23:59:59-05:00", "12:30",
        "12345", "20260", "25568", "73051", "99999",
    ],
)  # fmt: skip
def test_unreadable_dates_are_doubted_and_sent_as_they_are(text):
    found = converted("LastCheckTime", "2026-01-02T03:04:05Z", text, "2026-01-02", "", "43525")
    assert list(found.values)[:3] == ["2026-01-02T03:04:05Z", text, "2026-01-02T00:00:00Z"]
    assert [value is pd.NA for value in found.values] == [False, False, False, True, False]
    assert found.doubts == {1: (FindingCode.DATE_NOT_READ, UNREAD)}
    assert found.failures == {}


@pytest.mark.parametrize(
    ("text", "form", "other"),
    [
        ("31/12/2026", "%d/%m/%Y", ""),
        ("12/31/2026", "%m/%d/%Y", ""),
        ("01/10/2026", "%d/%m/%Y", ' (or "%m/%d/%Y", where the month comes first)'),
        ("2026/01/02", "%Y/%m/%d", ""),
        ("31.12.26 8:05", "%d.%m.%y %H:%M", ""),
        ("Dec 31, 2026 5:00 PM", "%b %d, %Y %I:%M %p", ""),
    ],
)
def test_a_date_of_a_form_that_is_known_is_doubted_with_that_form(text, form, other):
    found = converted("LastCheckTime", text)
    assert list(found.values) == [text]
    (said,) = found.doubts.values()
    assert said[1] == (
        "is not a date that can be read (ISO 8601 or an Excel date); "
        f'[transforms] LastCheckTime = [{{date = "{form}"}}] in a mapping file reads dates of that form{other}'
    )


def test_a_date_finer_than_microseconds_takes_nothing_from_the_far_ones():
    cells = ("9999-12-31", "2026-01-02T03:04:05.000000001Z", "0001-01-01")
    assert values("LastCheckTime", *cells) == ["9999-12-31T00:00:00Z", "2026-01-02T03:04:05Z", "0001-01-01T00:00:00Z"]
