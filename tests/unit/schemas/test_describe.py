"""The fields as JSON Schema."""

import json

import pytest

from schemas import endpoints
from schemas.describe import allowed_values, as_json_schema, explanation

ENDPOINT = endpoints()["emailaccounts"]
SCHEMA = as_json_schema(ENDPOINT)


def test_schema_is_of_draft_2020_12_and_describes_an_object():
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert (SCHEMA["type"], SCHEMA["title"]) == ("object", "POST /api/crm/emailaccounts")


def test_schema_survives_json():
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA


def test_required_fields_are_among_the_properties_in_the_pages_order():
    assert SCHEMA["required"] == [f.name for f in ENDPOINT.fields if f.required]
    assert list(SCHEMA["properties"]) == [f.name for f in ENDPOINT.fields]


def test_an_integer_has_the_bounds_of_its_width():
    port = SCHEMA["properties"]["IncomingServerPort"]
    assert {**port, "description": ""} == {
        "type": "integer",
        "description": "",
        "minimum": -2147483648,
        "maximum": 2147483647,
    }


def test_a_required_string_is_not_empty():
    hint = ENDPOINT.field("DisplayName").hint
    assert SCHEMA["properties"]["DisplayName"] == {"type": "string", "description": hint, "minLength": 1}


def test_an_optional_string_may_be_empty():
    hint = ENDPOINT.field("GoogleAccessToken").hint
    assert SCHEMA["properties"]["GoogleAccessToken"] == {"type": "string", "description": hint}


def test_shapes_become_formats_and_enums_examples():
    assert SCHEMA["properties"]["ReplyToEmail"]["format"] == "email"
    assert SCHEMA["properties"]["LastCheckTime"]["format"] == "date-time"
    assert SCHEMA["properties"]["DeleteMessageSettings"]["examples"] == [1, 2, 3]


def test_a_boolean_has_no_bounds():
    assert SCHEMA["properties"]["Active"] == {"type": "boolean", "description": "Whether the account is in use."}


@pytest.mark.parametrize("field", ENDPOINT.fields, ids=lambda field: field.name)
def test_each_field_has_words_of_its_own(field):
    assert len(field.hint.split()) > len(field.name.split())
    assert field.hint.endswith(".")
    assert bool(field.example) != field.secret
    told = explanation(field)
    assert all(part in told for part in (field.hint, allowed_values(field), field.example))
    assert "enum above" not in told


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("BusinessId", "a whole number"),
        ("ErrorCount", "a whole number up to 2,147,483,647"),
        ("OutgoingServerPort", "a whole number from 1 to 65535"),
        ("Active", "yes or no (also true, y, 1, on, false, n, 0, off)"),
        ("DeleteMessageSettings", "one of DontDelete (1), DeleteOnReceive (2), DeleteWhenDeleting (3)"),
        ("ReplyToEmail", "one e-mail address"),
        ("DisplayName", "text"),
    ],
)
def test_allowed_values_are_said_in_words(name, allowed):
    assert allowed_values(ENDPOINT.field(name)) == allowed
