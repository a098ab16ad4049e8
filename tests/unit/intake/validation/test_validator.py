"""Every finding of every cell in one pass: none hidden, none twice, no cap."""

import pytest

from pipeline.intake.mapping.columns import plan_columns
from pipeline.intake.readers.base import text_frame
from pipeline.intake.validation.validator import Validator
from pipeline.model.finding_codes import FindingCode
from pipeline.model.findings import REDACTED
from pipeline.model.mapping import FieldMapping
from pipeline.model.sources import Defect, RowBatch
from schemas import endpoints
from schemas.rules import REQUIRED
from tests.support import factories

ENDPOINT = endpoints()["emailaccounts"]
NAMES = [f.name for f in ENDPOINT.fields]
REQUIRED_FIELDS = [f.name for f in ENDPOINT.fields if f.required]
GOOD = factories.account(1, Active="yes", IncomingServerType="Imap", DeleteMessageSettings="1")
NOT_INTEGER = "is not an integer"
NOT_32_BIT = "is not between -2147483648 and 2147483647 (32-bit integer)"
NOT_EMAIL = "does not look like an e-mail address"
NOT_PORT = "is not a port between 1 and 65535"
BLANK = "is blank; newer pages of the documentation require it"
NO_DATE = "is not a date that can be read (ISO 8601 or an Excel date)"
UNREAD = f"{NO_DATE}; write it as 2026-05-01 or 2026-05-01 08:00"
FOREIGN = (
    f'{NO_DATE}; [transforms] LastCheckTime = [{{date = "%d/%m/%Y"}}] in a mapping file reads dates of that form '
    '(or "%m/%d/%Y", where the month comes first)'
)


def valid(checked):
    """Positions of the rows that may be sent."""
    return [p for p in range(len(checked.rows)) if p not in checked.errors]


def not_boolean(name):
    return f"is not a boolean (true/false, yes/no, y/n, 1/0, on/off); [values.{name}] in a mapping file translates it"


def comma_grouped(name):
    return f'is not an integer; [transforms] {name} = [{{regex = ",", replace = ""}}] in a mapping file reads it'


def not_one_of(name, *choices):
    listed = ", ".join(choices)
    return f"is not an integer or one of {listed}; [values.{name}] in a mapping file translates it"


def account(n, **changes):
    return GOOD | {"EmailAddress": f"help{n}@example.com"} | changes


def accounts(count):
    return [account(n) for n in range(count)]


def check(rows, *, validator=None, source=1, first_row=2, header=None, values=None, defects=(), strict=False):
    header = header or NAMES
    validator = validator or Validator(ENDPOINT, {1: "a.csv", 2: "b.csv"}, strict=strict)
    plan = plan_columns(header, ENDPOINT, values or FieldMapping())
    frame = text_frame([[row.get(name, "") for row in rows] for name in header])
    numbers = list(range(first_row, first_row + len(rows)))
    return validator.check(source, plan, RowBatch(rows=numbers, frame=frame, defects=tuple(defects)))


def told(findings):
    return {p: [(f.property_name, f.attempted_value, f.message) for f in found] for p, found in findings.items()}


# -- good rows ---------------------------------------------------------------------------------------------------


def test_good_rows_have_no_findings_and_are_typed():
    checked = check(accounts(3))
    assert (checked.errors, checked.warnings, valid(checked)) == ({}, {}, [0, 1, 2])
    assert (checked.source, checked.rows) == (1, [2, 3, 4])
    row = checked.typed.iloc[0].dropna().to_dict()
    assert row == account(0) | {
        "BusinessId": 1,
        "IncomingServerPort": 993,
        "OutgoingServerPort": 587,
        "LastMessageId": 0,
        "ErrorCount": 0,
        "Active": True,
        "IncomingServerType": 1,
        "DeleteMessageSettings": 1,
    }


def test_fields_that_the_source_lacks_are_neither_typed_nor_warned_of():
    checked = check(accounts(2), header=REQUIRED_FIELDS)
    assert list(checked.typed.columns) == REQUIRED_FIELDS
    assert (checked.errors, checked.warnings) == ({}, {})


def test_ends_are_trimmed_before_anything_is_judged():
    checked = check([account(0, BusinessId=" 1\t", Active=" YES ", DisplayName="  x y \n")])
    assert (checked.errors, checked.warnings) == ({}, {})
    assert checked.typed.loc[0, ["BusinessId", "Active", "DisplayName"]].tolist() == [1, True, "x y"]


# -- errors ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", REQUIRED_FIELDS)
@pytest.mark.parametrize("blank", ["", "   ", "\t\n"], ids=repr)
def test_each_required_field_must_not_be_blank(name, blank):
    checked = check([account(0), account(1, **{name: blank})])
    assert told(checked.errors) == {1: [(name, None, REQUIRED)]}
    assert checked.warnings == {}
    assert valid(checked) == [0]


@pytest.mark.parametrize("name", [f.name for f in ENDPOINT.fields if not f.required and not f.required_by_newer_pages])
def test_each_optional_field_may_be_blank(name):
    checked = check([account(0, **{name: ""})])
    assert (checked.errors, checked.warnings) == ({}, {})


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("BusinessId", "993.5", NOT_INTEGER),
        ("BusinessId", "1,234", comma_grouped("BusinessId")),
        ("BusinessId", "9" * 20, "is not between -9223372036854775808 and 9223372036854775807 (64-bit integer)"),
        ("IncomingServerPort", "x", NOT_INTEGER),
        ("OutgoingServerPort", "2147483648", NOT_32_BIT),
        ("LastMessageId", "-2147483649", NOT_32_BIT),
        ("ErrorCount", "9" * 20, NOT_32_BIT),
        ("IncomingServerType", "Pop3", not_one_of("IncomingServerType", "Imap")),
        ("DeleteMessageSettings", "3000000000", NOT_32_BIT),
        ("Active", "maybe", not_boolean("Active")),
        ("SendNotificationOnNewMessages", "2", not_boolean("SendNotificationOnNewMessages")),
        ("IncomingServerSSL", "maybe", not_boolean("IncomingServerSSL")),
        ("OutgoingServerSSL", "ja", not_boolean("OutgoingServerSSL")),
    ],
)
def test_each_error_is_told_once_and_without_a_warning_on_top(name, text, message):
    checked = check([account(0), account(1, **{name: text}), account(2)])
    assert told(checked.errors) == {1: [(name, text, message)]}
    assert checked.warnings == {}


def test_one_unconvertible_cell_hides_nothing_in_its_column():
    texts = ["993", "x", "3000000000", "", "99999", "1.5", "-3000000000", "0", "587"]
    checked = check([account(n, OutgoingServerPort=text) for n, text in enumerate(texts)])
    name = "OutgoingServerPort"
    assert told(checked.errors) == {
        1: [(name, "x", NOT_INTEGER)],
        2: [(name, "3000000000", NOT_32_BIT)],
        3: [(name, None, REQUIRED)],
        5: [(name, "1.5", NOT_INTEGER)],
        6: [(name, "-3000000000", NOT_32_BIT)],
    }
    assert told(checked.warnings) == {4: [(name, "99999", NOT_PORT)], 7: [(name, "0", NOT_PORT)]}
    assert valid(checked) == [0, 4, 7, 8]


def test_all_findings_of_a_row_come_together_in_the_endpoints_order():
    row = account(0, ErrorCount="none", BusinessId="x", DisplayName="", EmailAddress="plain", LastCheckTime="soon")
    checked = check([row | {"ReplyToEmail": "plain", "OutgoingServerPort": "0"}])
    assert told(checked.errors) == {
        0: [("BusinessId", "x", NOT_INTEGER), ("DisplayName", None, REQUIRED), ("ErrorCount", "none", NOT_INTEGER)]
    }
    assert told(checked.warnings) == {
        0: [
            ("EmailAddress", "plain", NOT_EMAIL),
            ("OutgoingServerPort", "0", NOT_PORT),
            ("ReplyToEmail", "plain", NOT_EMAIL),
            ("LastCheckTime", "soon", UNREAD),
        ]
    }


def test_there_is_no_cap_on_findings():
    checked = check([account(n, Active="maybe", ReplyToEmail="plain") for n in range(3000)])
    assert told(checked.errors) == {n: [("Active", "maybe", not_boolean("Active"))] for n in range(3000)}
    assert told(checked.warnings) == {n: [("ReplyToEmail", "plain", NOT_EMAIL)] for n in range(3000)}


# -- warnings ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("EmailAddress", "help at example.com", NOT_EMAIL),
        ("NotificationEmailAddress", "a@@b.c", f"{NOT_EMAIL}: probably meant a@b.c"),
        ("ReplyToEmail", "a@b", NOT_EMAIL),
        ("IncomingServerPort", "0", NOT_PORT),
        ("OutgoingServerPort", "65536", NOT_PORT),
        ("IncomingServerType", "2", "is not a documented value: 1 (Imap)"),
        (
            "DeleteMessageSettings",
            "0",
            "is not a documented value: 1 (DontDelete), 2 (DeleteOnReceive), 3 (DeleteWhenDeleting)",
        ),
        ("LastCheckTime", "01/10/2026", FOREIGN),
    ],
)
@pytest.mark.parametrize("strict", [False, True])
def test_each_warning_is_told_once_and_refuses_the_row_only_if_strict(name, text, message, strict):
    checked = check([account(0), account(1, **{name: text})], strict=strict)
    expected = {1: [(name, text, message)]}
    assert told(checked.errors) == (expected if strict else {})
    assert told(checked.warnings) == ({} if strict else expected)
    assert valid(checked) == ([0] if strict else [0, 1])


@pytest.mark.parametrize("name", ["IncomingServerType", "DeleteMessageSettings"])
def test_a_blank_that_newer_pages_require_is_a_warning(name):
    checked = check([account(0, **{name: " "})])
    assert (checked.errors, told(checked.warnings)) == ({}, {0: [(name, None, BLANK)]})


def test_an_unreadable_date_is_sent_as_it_stands():
    checked = check([account(0, LastCheckTime=" 01/10/2026 "), account(1, LastCheckTime="2026-10-01")])
    assert checked.typed["LastCheckTime"].tolist() == ["01/10/2026", "2026-10-01T00:00:00Z"]


# -- secrets -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(ENDPOINT.secrets))
def test_secrets_stay_out_of_findings(name):
    column = NAMES.index(name)
    defects = [
        Defect(position=0, column=column, code=FindingCode.ERROR_CELL, message="is an error cell (#N/A)", value="#N/A")
    ]
    checked = check([account(0, **{name: "hunter2"})], defects=defects)
    assert told(checked.errors) == {0: [(name, REDACTED, "is an error cell (#N/A)")]}


# -- defects of the reader ---------------------------------------------------------------------------------------


def test_a_row_that_does_not_fit_the_header_has_that_one_finding():
    defects = [
        Defect(position=1, code=FindingCode.RAGGED, message="has 3 cells where the header has 22", cells=("x", "", "y"))
    ]
    checked = check([account(0), {"BusinessId": "x"}, account(0)], defects=defects)
    assert told(checked.errors) == {1: [(None, None, "has 3 cells where the header has 22")]}
    assert told(checked.warnings) == {
        2: [("EmailAddress", "help0@example.com", "repeats row 2 (same BusinessId and EmailAddress)")]
    }


@pytest.mark.parametrize("strict", [False, True])
def test_a_warning_about_a_row_keeps_it_valid_unless_strict(strict):
    checked = check(
        [account(0)],
        defects=[Defect(position=0, code=FindingCode.ENCODING, message="was odd", warning=True)],
        strict=strict,
    )
    found, none = (checked.errors, checked.warnings) if strict else (checked.warnings, checked.errors)
    assert (told(found), none) == ({0: [(None, None, "was odd")]}, {})


def test_a_warning_about_a_cell_does_not_spare_it_its_checks():
    column = NAMES.index("BusinessId")
    defects = [Defect(position=0, column=column, code=FindingCode.ENCODING, message="was odd", value="x", warning=True)]
    checked = check([account(0, BusinessId="x")], defects=defects)
    assert told(checked.errors) == {0: [("BusinessId", "x", NOT_INTEGER)]}
    assert told(checked.warnings) == {0: [("BusinessId", "x", "was odd")]}


def test_an_error_cell_is_told_once_and_as_the_reader_tells_it():
    rows = [account(0, BusinessId="#N/A", EmailAddress="#REF!", DisplayName="#N/A")]
    defects = [
        Defect(
            position=0,
            column=NAMES.index(name),
            code=FindingCode.ERROR_CELL,
            message=f"is an error cell ({value})",
            value=value,
        )
        for name, value in (("BusinessId", "#N/A"), ("EmailAddress", "#REF!"), ("DisplayName", "#N/A"))
    ]
    checked = check(rows, defects=defects)
    assert told(checked.errors) == {
        0: [
            ("BusinessId", "#N/A", "is an error cell (#N/A)"),
            ("DisplayName", "#N/A", "is an error cell (#N/A)"),
            ("EmailAddress", "#REF!", "is an error cell (#REF!)"),
        ]
    }
    assert checked.warnings == {}


def test_an_error_cell_in_a_column_that_no_field_comes_from_is_no_finding():
    defects = [
        Defect(position=0, column=column, code=FindingCode.ERROR_CELL, message="is an error cell (#N/A)", value="#N/A")
        for column in (len(NAMES), NAMES.index("Active"))
    ]
    rows = [account(0, Other="#N/A", Active="#N/A")]
    values = FieldMapping(constants={"Active": "yes"})
    checked = check(rows, header=[*NAMES, "Other"], values=values, defects=defects)
    assert (checked.errors, checked.warnings) == ({}, {})


# -- values from the command line --------------------------------------------------------------------------------


def test_a_constant_is_checked_like_a_cell():
    checked = check([account(0), account(1)], values=FieldMapping(constants={"Active": "maybe"}))
    assert told(checked.errors) == {n: [("Active", "maybe", not_boolean("Active"))] for n in (0, 1)}


def test_a_default_mends_a_required_blank():
    checked = check([account(0, ErrorCount=""), account(1)], values=FieldMapping(defaults={"ErrorCount": "5"}))
    assert checked.errors == {}
    assert checked.typed["ErrorCount"].tolist() == [5, 0]


# -- repeated keys -----------------------------------------------------------------------------------------------


def test_repeated_keys_are_warnings_over_batches_and_sources():
    validator = Validator(ENDPOINT, {1: "a.csv", 2: "b.csv"})
    first = check([account(0), account(0)], validator=validator)
    second = check([account(1, EmailAddress="HELP0@EXAMPLE.COM")], validator=validator, first_row=4)
    third = check([account(0), account(0, BusinessId="2")], validator=validator, source=2)
    repeats = "repeats row 2{} (same BusinessId and EmailAddress)"
    assert told(first.warnings) == {1: [("EmailAddress", "help0@example.com", repeats.format(""))]}
    assert told(second.warnings) == {0: [("EmailAddress", "HELP0@EXAMPLE.COM", repeats.format(""))]}
    assert told(third.warnings) == {0: [("EmailAddress", "help0@example.com", repeats.format(" of a.csv"))]}
    assert (first.errors, second.errors, third.errors) == ({}, {}, {})


@pytest.mark.parametrize("changes", [{"BusinessId": "x"}, {"BusinessId": ""}, {"EmailAddress": ""}])
def test_rows_without_a_whole_key_repeat_nothing(changes):
    checked = check([account(0, **changes), account(0, **changes)])
    assert sorted(checked.errors) == [0, 1]
    assert checked.warnings == {}


def test_a_repeated_key_refuses_the_row_if_strict():
    checked = check([account(0), account(0)], strict=True)
    assert told(checked.errors) == {
        1: [("EmailAddress", "help0@example.com", "repeats row 2 (same BusinessId and EmailAddress)")]
    }
