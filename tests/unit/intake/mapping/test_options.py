"""What `--map`, `--set` and `--default` say: checked, and put before what a mapping file says."""

import pytest

from pipeline.cli.hints import hint_of
from pipeline.errors import ConfigurationError
from pipeline.intake.mapping.options import field_mapping
from pipeline.model.mapping import ColumnChoice, FieldMapping, Template
from schemas import endpoints

ENDPOINT = endpoints()["emailaccounts"]


def test_names_on_the_command_line_match_as_headers_do_and_values_are_trimmed():
    found = field_mapping(ENDPOINT, constants=[("business id", " 7 ")], defaults=[("DISPLAY_NAME", "")])
    assert (dict(found.constants), dict(found.defaults)) == ({"BusinessId": "7"}, {"DisplayName": ""})


def test_an_unknown_name_on_the_command_line_is_refused_with_the_nearest():
    with pytest.raises(ConfigurationError, match=r"^constants BuisnessId=1: BuisnessId is not a field\.$") as caught:
        field_mapping(ENDPOINT, constants=[("BuisnessId", "1")])
    assert hint_of(caught.value) == "Did you mean BusinessId?"


def test_an_unknown_name_near_to_nothing_is_refused_with_the_list():
    with pytest.raises(ConfigurationError) as caught:
        field_mapping(ENDPOINT, defaults=[("xqzw", "1")])
    assert caught.value.message == "defaults xqzw=1: xqzw is not a field."
    assert hint_of(caught.value) == "`nexudus-import fields` lists them."


def test_a_name_given_twice_is_refused():
    with pytest.raises(ConfigurationError, match=r"defaults Active: is given twice"):
        field_mapping(ENDPOINT, constants=[("Active", "1")], defaults=[("Active", "1"), ("active", "0")])


@pytest.mark.parametrize("name", ["GoogleAccessToken", "office365 access token"])
def test_a_secret_on_the_command_line_is_refused_without_its_value(name):
    with pytest.raises(ConfigurationError, match="is a secret") as caught:
        field_mapping(ENDPOINT, constants=[(name, "hunter2")])
    assert "hunter2" not in caught.value.message + hint_of(caught.value)


def refused(**options):
    with pytest.raises(ConfigurationError) as caught:
        field_mapping(ENDPOINT, **options)
    return caught.value.message


def test_a_column_is_named_for_a_field_or_for_none():
    found = field_mapping(ENDPOINT, columns=[("Firma", "business id"), ("Notes", "")])
    assert [(one.header, one.field, one.place) for one in found.columns] == [
        ("Firma", "BusinessId", "columns Firma=business id"),
        ("Notes", "", "columns Notes="),
    ]


def test_mistakes_in_map_are_refused():
    assert refused(columns=[("Firma", "Buisness Id")]) == "columns Firma=Buisness Id: Buisness Id is not a field."
    assert refused(columns=[("a", "Active"), ("A", "ReplyToEmail")]) == "columns A=ReplyToEmail: A is given twice."
    assert refused(columns=[("a", "Active"), ("b", "active")]) == "columns b=active: Active is given twice."


def test_options_come_before_the_file():
    file = FieldMapping(
        columns=(
            ColumnChoice(header="Port", field="IncomingServerPort", place="f, line 1"),
            ColumnChoice(header="Name", field="DisplayName", place="f, line 2"),
            ColumnChoice(header="Mail", field="EmailAddress", place="f, line 3"),
        ),
        templates={"ReplyToEmail": Template(text="{Mail}", place="f, line 4")},
        defaults={"ErrorCount": "0", "LastMessageId": "0"},
        constants={"Active": "true", "BusinessId": "1"},
    )
    found = field_mapping(
        ENDPOINT,
        columns=[("Portnummer", "IncomingServerPort"), ("Mail", "ReplyToEmail"), ("Firma", "BusinessId")],
        constants=[("DisplayName", "all"), ("Active", "false")],
        defaults=[("ErrorCount", "1")],
        file=file,
    )
    assert [(one.header, one.field) for one in found.columns] == [
        ("Portnummer", "IncomingServerPort"),
        ("Mail", "ReplyToEmail"),
        ("Firma", "BusinessId"),
    ]
    assert dict(found.templates) == {}
    assert dict(found.defaults) == {"ErrorCount": "1", "LastMessageId": "0"}
    assert dict(found.constants) == {"Active": "false", "DisplayName": "all"}
