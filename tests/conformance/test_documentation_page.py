"""The email accounts endpoint is what its documentation page says, kept in `tests/files`."""

import re
from pathlib import Path

import pytest

from schemas import endpoints
from schemas.describe import as_json
from schemas.endpoint import FieldType

PAGE = (Path(__file__).parents[1] / "files" / "post-emailaccounts.txt").read_text(encoding="utf-8")
ENDPOINT = endpoints()["emailaccounts"]


def documented_fields() -> list[dict[str, object]]:
    """The page's request body: a name, its type, perhaps `required`, and a description, each on a line."""
    body = PAGE.split("Required Fields\n")[1].split("Code Examples\n")[0]
    entry = re.compile(r"^(\w+)\n(integer|string|boolean)\n(required\n)?(.+)$", re.MULTILINE)
    return [
        {"Name": name, "Type": kind, "Required": bool(required), "Description": description}
        for name, kind, required, description in entry.findall(body)
    ]


def test_the_page_is_read_whole():
    fields = documented_fields()
    assert len(fields) == 22
    assert fields[0] == {"Name": "BusinessId", "Type": "integer", "Required": True, "Description": "Business Id."}
    assert fields[-1]["Name"] == "Office365AccessToken"


def test_described_fields_are_the_page_word_for_word_and_in_its_order():
    assert as_json(ENDPOINT) == documented_fields()


@pytest.mark.parametrize("documented", documented_fields(), ids=lambda field: str(field["Name"]))
def test_each_field_of_the_page_is_a_field_of_the_endpoint(documented):
    field = ENDPOINT.field(documented["Name"])
    assert (field.type, field.required, field.description) == (
        FieldType(documented["Type"]),
        documented["Required"],
        documented["Description"],
    )


def test_required_fields_stand_under_the_pages_heading():
    required = PAGE.split("Required Fields\n")[1].split("Optional Fields\n")[0]
    assert [f.name for f in ENDPOINT.fields if f.required] == re.findall(
        r"^(\w+)\n(?:integer|string)", required, re.MULTILINE
    )


def test_the_example_body_holds_exactly_the_required_fields():
    example = PAGE.split("-d '{")[1].split("}'")[0]
    assert re.findall(r'"(\w+)":', example) == [f.name for f in ENDPOINT.fields if f.required]


def test_path_and_role_are_those_of_the_page():
    method, *parts = PAGE.splitlines()[1:9]
    assert method == "POST"
    assert "".join(parts[:-1]) == ENDPOINT.path == "/api/crm/emailaccounts"
    assert f"have the {ENDPOINT.roles.create} role" in PAGE


def test_a_missing_required_field_is_named_in_the_pages_words():
    from schemas.rules import REQUIRED

    assert f'"Message": "DisplayName: {REQUIRED}"' in PAGE
