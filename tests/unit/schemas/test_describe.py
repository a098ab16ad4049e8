"""The fields as JSON Schema."""

import json

from schemas import endpoints
from schemas.describe import as_json_schema

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
    assert SCHEMA["properties"]["IncomingServerPort"] == {
        "type": "integer",
        "description": "Incoming Server Port.",
        "minimum": -2147483648,
        "maximum": 2147483647,
    }


def test_a_required_string_is_not_empty():
    assert SCHEMA["properties"]["DisplayName"] == {"type": "string", "description": "Display Name.", "minLength": 1}


def test_an_optional_string_may_be_empty():
    assert SCHEMA["properties"]["GoogleAccessToken"] == {"type": "string", "description": "Google Access Token."}


def test_shapes_become_formats_and_enums_examples():
    assert SCHEMA["properties"]["ReplyToEmail"]["format"] == "email"
    assert SCHEMA["properties"]["LastCheckTime"]["format"] == "date-time"
    assert SCHEMA["properties"]["DeleteMessageSettings"]["examples"] == [1, 2, 3]


def test_a_boolean_has_no_bounds():
    assert SCHEMA["properties"]["Active"] == {"type": "boolean", "description": "Active."}
