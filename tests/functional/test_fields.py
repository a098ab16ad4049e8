"""`fields`: the endpoint's fields as a table, as JSON and as a JSON Schema."""

import json

from schemas import endpoints
from tests.support.command_line import call

FIELDS = endpoints()["emailaccounts"].fields


class TestFields:
    def test_the_table_has_a_line_for_each_field(self):
        lines = call("fields").stdout.splitlines()
        assert lines[0].split() == ["field", "type", "description"]
        assert [line.split()[:2] for line in lines[1:]] == [[f.name, f.type.value] for f in FIELDS]
        assert [line.split()[2] == "required" for line in lines[1:]] == [f.required for f in FIELDS]

    def test_the_table_says_what_to_put_in(self):
        shown = call("fields").stdout
        assert (
            "the IMAP server. Allowed: a host's name or address, without its port. Example: imap.example.com." in shown
        )
        assert "Allowed: one of Imap (1). Example: Imap." in shown
        assert "enum above" not in shown

    def test_json_has_an_object_for_each_field(self):
        found = json.loads(call("fields", "--format", "json").stdout)
        assert found == [
            {"Name": f.name, "Type": f.type.value, "Required": f.required, "Description": f.description} for f in FIELDS
        ]
        assert found[2] == {
            "Name": "EmailAddress",
            "Type": "string",
            "Required": True,
            "Description": "Email Address.",
        }

    def test_json_schema_describes_the_body(self):
        found = json.loads(call("fields", "--format", "json-schema").stdout)
        assert list(found["properties"]) == [f.name for f in FIELDS]
        assert found["required"] == [f.name for f in FIELDS if f.required]

    def test_an_environment_variable_names_the_format(self):
        named = call("fields", NEXUDUS_IMPORT_FORMAT="json").stdout
        assert named == call("fields", "--format", "json").stdout
