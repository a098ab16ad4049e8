"""The sandbox's own reading of the documentation page, and the envelope of a refusal."""

import subprocess
import sys

import pytest

from pipeline.sandbox.rules import FIELDS, Kind, check, check_update, envelope
from tests.support.factories import account_body

REQUIRED = [field.name for field in FIELDS if field.required]
OPTIONAL = [field.name for field in FIELDS if not field.required]


def messages(body):
    return {error["PropertyName"]: error["Message"] for error in check(body)}


def test_fields_are_those_of_the_page():
    assert len(FIELDS) == 22
    assert len(REQUIRED) == 11
    assert [field.name for field in FIELDS if field.kind is Kind.BOOLEAN] == [
        "Active",
        "SendNotificationOnNewMessages",
        "IncomingServerSSL",
        "OutgoingServerSSL",
    ]


def test_required_fields_are_enough():
    assert check(account_body()) == []


def test_unknown_properties_are_ignored():
    assert check(account_body(IncomingServerPassword="secret", Nonsense=[1])) == []


@pytest.mark.parametrize("name", REQUIRED)
@pytest.mark.parametrize("how", ["missing", "null"])
def test_required_field_missing_or_null(name, how):
    body = account_body(**{name: None})
    if how == "missing":
        del body[name]
    assert check(body) == [{"AttemptedValue": None, "Message": "is a required field", "PropertyName": name}]


@pytest.mark.parametrize("blank", ["", " ", "\t\n"])
def test_blank_text_in_a_required_field_is_missing_and_quoted(blank):
    assert check(account_body(DisplayName=blank)) == [
        {"AttemptedValue": blank, "Message": "is a required field", "PropertyName": "DisplayName"}
    ]


@pytest.mark.parametrize("name", OPTIONAL)
def test_optional_field_may_be_null(name):
    assert check(account_body(**{name: None})) == []


def test_optional_text_may_be_blank():
    assert check(account_body(ReplyToEmail="")) == []


@pytest.mark.parametrize("value", ["993", 993.0, True, [993], {"Port": 993}])
def test_integers_are_json_integers(value):
    assert messages(account_body(IncomingServerPort=value)) == {"IncomingServerPort": "is not a 32-bit integer"}


@pytest.mark.parametrize("value", [5, True, ["x"], {}])
def test_text_is_a_json_string(value):
    assert messages(account_body(DisplayName=value)) == {"DisplayName": "is not a string"}


@pytest.mark.parametrize("value", ["true", 1, 0, []])
def test_booleans_are_json_booleans(value):
    assert messages(account_body(Active=value)) == {"Active": "is not true or false"}


@pytest.mark.parametrize(
    ("name", "bits"),
    [
        ("BusinessId", 64),
        ("IncomingServerPort", 32),
        ("OutgoingServerPort", 32),
        ("LastMessageId", 32),
        ("ErrorCount", 32),
        ("IncomingServerType", 32),
        ("DeleteMessageSettings", 32),
    ],
)
def test_integers_fit_their_width(name, bits):
    top = 2 ** (bits - 1)
    for fits in (-top, 0, top - 1):
        assert check(account_body(**{name: fits})) == []
    for spills in (-top - 1, top):
        assert messages(account_body(**{name: spills})) == {name: f"is not a {bits}-bit integer"}


def test_what_is_not_documented_is_not_checked():
    assert (
        check(account_body(EmailAddress="nobody", IncomingServerPort=-1, IncomingServerType=99, LastCheckTime="x"))
        == []
    )


@pytest.mark.parametrize("body", [None, [], "text", 1, object()])
def test_a_body_that_is_no_object(body):
    assert messages(body) == {"EmailAccount": "is not a JSON object"}
    assert check_update(body) == check(body)


def test_an_update_needs_the_id():
    assert [error["PropertyName"] for error in check_update(account_body(DisplayName=""))] == ["Id", "DisplayName"]
    assert check_update(account_body(Id=True))[0]["Message"] == "is not a 64-bit integer"
    assert check_update(account_body(Id=5)) == []


def test_envelope_is_the_documented_one():
    assert envelope(check(account_body(DisplayName=None))) == {
        "Message": "DisplayName: is a required field",
        "Value": None,
        "Errors": [{"AttemptedValue": None, "Message": "is a required field", "PropertyName": "DisplayName"}],
        "WasSuccessful": False,
    }


def test_envelope_joins_messages():
    errors = check(account_body(DisplayName=None, ErrorCount="x"))
    assert envelope(errors)["Message"] == "DisplayName: is a required field; ErrorCount: is not a 32-bit integer"


def test_the_sandbox_is_independent_and_light():
    script = (
        "import sys, pipeline.sandbox\n"
        "own = [name for name in sys.modules if name.partition('.')[0] in {'pipeline', 'schemas', 'pandas'}]\n"
        "print([name for name in own if name != 'pipeline' and not name.startswith('pipeline.sandbox')])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
