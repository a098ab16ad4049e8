r"""Characters that cannot be seen, at the ends of cells and inside them; digits in other clothes."""

import pytest

from pipeline.intake.mapping.columns import plan_columns
from pipeline.intake.readers.base import text_frame
from pipeline.intake.validation.validator import Validator
from pipeline.model.findings import REDACTED
from pipeline.model.mapping import FieldMapping
from pipeline.model.sources import RowBatch
from schemas import endpoints
from schemas.rules import REQUIRED

ENDPOINT = endpoints()["emailaccounts"]
GOOD = {
    "BusinessId": "1",
    "DisplayName": "Help",
    "EmailAddress": "help@example.com",
    "IncomingServer": "imap.example.com",
    "IncomingServerPort": "993",
    "IncomingServerUsername": "help",
    "OutgoingServer": "smtp.example.com",
    "OutgoingServerPort": "587",
    "OutgoingServerUsername": "help",
    "LastMessageId": "0",
    "ErrorCount": "0",
}


def check(*, strict=False, **cells):
    """The field's value, its errors and its warnings, of the second of three rows."""
    rows = [
        GOOD,
        {**GOOD, "EmailAddress": "second@example.com", **cells},
        {**GOOD, "EmailAddress": "third@example.com"},
    ]
    header = list({**GOOD, **cells})
    frame = text_frame([[row.get(name, "") for row in rows] for name in header])
    batch = RowBatch(rows=[2, 3, 4], frame=frame)
    checked = Validator(ENDPOINT, {1: "a.csv"}, strict=strict).check(
        1, plan_columns(header, ENDPOINT, FieldMapping()), batch
    )
    assert set(checked.errors) | set(checked.warnings) <= {1}
    (name,) = cells
    told = [
        [(f.property_name, f.attempted_value, f.message) for f in found.get(1, [])]
        for found in (checked.errors, checked.warnings)
    ]
    return checked.typed.loc[1, name], *told


@pytest.mark.parametrize("name", ["DisplayName", "EmailAddress", "IncomingServer", "IncomingServerUsername"])
@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("\u00a0", "\u00a0", "\\u00a0{}\\u00a0"),
        ("", "\u200b", "{}\\u200b"),
        ("\u202a", "\u202c", "\\u202a{}\\u202c"),
        ("\ufeff ", " \u2060", "\\ufeff {} \\u2060"),
        ("\u3000", "", "\\u3000{}"),
    ],
)
def test_at_the_ends_they_are_taken_off_with_a_warning_that_shows_them(name, before, after, shown):
    text = "imap1.example.com" if name == "IncomingServer" else "x1@example.com"
    value, errors, warnings = check(**{name: f"{before}{text}{after}"})
    message = "had characters at its ends that cannot be seen; they are taken off: "
    assert value == text
    assert errors == []
    assert warnings == [(name, text, message + f"'{shown.format(text)}'")]


def test_a_number_is_read_without_them():
    value, errors, warnings = check(IncomingServerPort="\u00a0993\u200e")
    assert (value, errors, len(warnings)) == (993, [], 1)


@pytest.mark.parametrize(
    ("name", "text", "shown"),
    [
        ("EmailAddress", "de\u00adsk4@example.com", "de\\u00adsk4@example.com"),
        ("ReplyToEmail", "a\u200b@example.com", "a\\u200b@example.com"),
        ("IncomingServer", "imap\u00a0.example.com", "imap\\u00a0.example.com"),
        ("OutgoingServerPort", "5\u200b87", "5\\u200b87"),
        ("BusinessId", "1\u20602", "1\\u20602"),
        ("EmailAddress", "a\u3164@example.com", "a\\u3164@example.com"),
        ("EmailAddress", "a\u2800@example.com", "a\\u2800@example.com"),
        ("EmailAddress", "a\ufe0f@example.com", "a\\ufe0f@example.com"),
        ("EmailAddress", "a\x07@example.com", "a\\u0007@example.com"),
        ("IncomingServer", "imap\x7f.example.com", "imap\\u007f.example.com"),
    ],
)
def test_inside_an_address_a_host_a_port_or_a_key_they_are_an_error_that_shows_them(name, text, shown):
    _, errors, warnings = check(**{name: text})
    assert errors == [(name, text, f"holds characters that cannot be seen: '{shown}'")]
    assert warnings == []


@pytest.mark.parametrize("name", ["IncomingServerUsername", "OutgoingServerUsername"])
@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("de\u200bsk", "de\\u200bsk"),
        ("Front\u00a0Desk", "Front\\u00a0Desk"),
        ("de\u200esk", "de\\u200esk"),
        ("de\u00adsk", "de\\u00adsk"),
    ],
)
def test_inside_a_user_name_they_are_a_warning_that_shows_them(name, text, shown):
    message = f"holds characters that cannot be seen: '{shown}'"
    assert check(**{name: text}) == (text, [], [(name, text, message)])


@pytest.mark.parametrize("text", ["Étage\u00a02", "मे\u200dज़", "👩\u200d💻"])
def test_inside_a_name_they_may_be_meant(text):
    assert check(DisplayName=text) == (text, [], [])


def test_a_cell_of_nothing_else_is_blank():
    _, errors, _ = check(DisplayName="\u200b\u00a0")
    assert errors == [("DisplayName", None, REQUIRED)]


def test_a_secret_is_not_shown():
    name = min(ENDPOINT.secrets)
    value, errors, ((_, attempted, message),) = check(**{name: "hunter2\u200b"})
    assert (value, errors, attempted) == ("hunter2", [], REDACTED)
    assert message.endswith("they are taken off: '\\u200b'")


def test_strict_refuses_what_was_taken_off():
    _, errors, warnings = check(strict=True, EmailAddress="x1@example.com\u200b")
    assert (len(errors), warnings) == (1, [])


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("'993", "without its apostrophe, as 993"),
        ("\u2019993", "without its apostrophe, as 993"),
        ("\uff19\uff19\uff13", "as 993"),
        ("'\uff19\uff19\uff13", "as 993"),
    ],
)
def test_digits_in_other_clothes_are_read_with_a_warning(text, how):
    assert check(IncomingServerPort=text) == (993, [], [("IncomingServerPort", text, f"is read {how}")])


@pytest.mark.parametrize("text", ["'", "'x", "''993", "993'", "9'93"])
def test_an_apostrophe_elsewhere_is_no_number(text):
    _, errors, _ = check(IncomingServerPort=text)
    assert [message for _, _, message in errors] == ["is not an integer"]


@pytest.mark.parametrize("name", ["Desk \u2764\ufe0f", "Desk \U0001f3f4\U000e0067\U000e0062\U000e007f"])
def test_what_makes_a_picture_at_the_end_stays(name):
    assert check(DisplayName=name) == (name, [], [])


def test_a_text_that_is_dressed_as_a_formula_is_read_as_the_text():
    value, errors, warnings = check(DisplayName='="Desk ""7"""')
    assert (value, errors) == ('Desk "7"', [])
    message = "is written as a formula that only holds a text; read as 'Desk \"7\"'"
    assert warnings == [("DisplayName", 'Desk "7"', message)]


def test_a_secret_that_is_dressed_as_a_formula_is_not_shown():
    _, _, warnings = check(GoogleAccessToken='="s3cret"')
    assert [("s3cret" in str(one), "(secret)" in str(one)) for one in warnings] == [(False, True)]
