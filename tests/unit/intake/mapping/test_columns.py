"""From headers to fields: matching, values from the command line, problems named at once, notices."""

import pytest

from pipeline.errors import ConfigurationError
from pipeline.intake.mapping.columns import field_values, folded, plan_columns
from pipeline.intake.readers.base import text_frame
from pipeline.model.config import FieldValues
from pipeline.model.sources import REPORT_COLUMN
from schemas import endpoints

ENDPOINT = endpoints()["emailaccounts"]
REQUIRED = [f.name for f in ENDPOINT.fields if f.required]
ALL = [f.name for f in ENDPOINT.fields]


def plan(header, constants=None, defaults=None):
    return plan_columns(header, ENDPOINT, FieldValues(constants=constants or {}, defaults=defaults or {}))


def frame(*rows):
    return text_frame(list(zip(*rows, strict=True)))


# -- headers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "header",
    ["BusinessId", "businessid", "BUSINESS ID", "business_id", "Business-Id", " Business  Id ", "b u s i n e s s i d"],
)
def test_headers_match_regardless_of_case_blanks_and_underscores(header):
    assert plan([header, *REQUIRED[1:]]).columns["BusinessId"] == 0
    assert folded(header) == "businessid"


def test_columns_stand_in_the_endpoints_order_whatever_the_sources():
    assert dict(plan(list(reversed(ALL))).columns) == {name: 21 - i for i, name in enumerate(ALL)}
    assert list(plan(list(reversed(ALL))).columns) == ALL


def test_a_full_header_has_neither_problems_nor_notices():
    assert (plan(ALL).problems, plan(ALL).notices) == ((), ())


def test_missing_required_columns_are_named_all_at_once():
    (problem,) = plan(["DisplayName", "ErrorCount", "Active"]).problems
    assert problem == (
        "no column, --set or --default for the required BusinessId, EmailAddress, IncomingServer, "
        "IncomingServerPort, IncomingServerUsername, OutgoingServer, OutgoingServerPort, OutgoingServerUsername, "
        "LastMessageId"
    )


def test_a_required_field_may_come_from_the_command_line():
    found = plan(REQUIRED[2:], constants={"BusinessId": "1"}, defaults={"DisplayName": "x"})
    assert found.problems == ()
    assert found.fields == [*REQUIRED[2:], "BusinessId", "DisplayName"]


def test_doubled_columns_are_named_with_their_places_beside_the_missing_ones():
    header = ["EmailAddress", "Active", "email address", *REQUIRED[3:], "DisplayName", "E-Mail_Address", "active"]
    addresses, active, missing = plan(header).problems
    places = "'EmailAddress' in column 1, 'email address' in column 3, 'E-Mail_Address' in column 13"
    assert addresses == f"EmailAddress has 3 columns ({places})"
    assert active == "Active has 2 columns ('Active' in column 2, 'active' in column 14)"
    assert missing == "no column, --set or --default for the required BusinessId"


def notice(header):
    (found,) = plan([*ALL, header]).notices
    return found


@pytest.mark.parametrize(
    ("header", "nearest"), [("Display Nme", "DisplayName"), ("Email", "EmailAddress"), ("Reply To", "ReplyToEmail")]
)
def test_an_unknown_column_is_a_notice_with_the_nearest_field(header, nearest):
    found = notice(header)
    assert (found.property_name, found.attempted_value) == (header, None)
    assert found.message == f"column is ignored: no field has that name; the nearest is {nearest}"


def test_an_unknown_column_near_to_nothing_has_no_hint():
    assert notice("xqzw").message == "column is ignored: no field has that name"


@pytest.mark.parametrize("header", ["IncomingServerPassword", "outgoing server password"])
def test_a_retired_column_is_a_notice_with_its_reason(header):
    assert notice(header).message == (
        "column is ignored: older pages list it, the current page does not: the endpoint no longer takes passwords"
    )


def test_nameless_columns_and_the_reports_own_are_passed_over_silently():
    assert plan([*ALL, "", REPORT_COLUMN, ""]).notices == ()


# -- values ------------------------------------------------------------------------------------------------------


def test_text_is_picked_and_trimmed():
    source = frame([" 1 ", "junk", "\tx y\n"], ["", "", "  "])
    found = plan_columns(["BusinessId", "Other", "DisplayName"], ENDPOINT, FieldValues()).apply(source)
    assert list(found.columns) == ["BusinessId", "DisplayName"]
    assert found.to_numpy().tolist() == [["1", "x y"], ["", ""]]
    assert {str(dtype) for dtype in found.dtypes} == {"string"}


def test_set_gives_all_rows_one_value_and_overrides_a_column():
    found = plan(["BusinessId", "DisplayName"], constants={"DisplayName": "all", "Active": "yes"})
    assert found.apply(frame(["1", "a"], ["2", ""])).to_numpy().tolist() == [["1", "all", "yes"], ["2", "all", "yes"]]
    assert (found.cell_of("BusinessId"), found.cell_of("DisplayName"), found.cell_of("Active")) == (0, None, None)


def test_default_fills_blanks_only():
    found = plan(["BusinessId", "DisplayName"], defaults={"DisplayName": "d", "Active": "no"})
    result = found.apply(frame(["1", "a"], ["2", ""], ["3", "  "]))
    assert result.to_numpy().tolist() == [["1", "a", "no"], ["2", "d", "no"], ["3", "d", "no"]]
    assert found.cell_of("DisplayName") == 1


def test_set_wins_over_default():
    found = plan(["BusinessId"], constants={"Active": "yes"}, defaults={"Active": "no"})
    assert found.apply(frame(["1"])).to_numpy().tolist() == [["1", "yes"]]


def test_all_fields_may_come_from_the_command_line():
    found = plan(["Other"], constants={"BusinessId": "1", "DisplayName": "x"})
    assert found.apply(frame(["a"], ["b"])).to_numpy().tolist() == [["1", "x"], ["1", "x"]]


def test_names_on_the_command_line_match_as_headers_do_and_values_are_trimmed():
    found = field_values(ENDPOINT, [("business id", " 7 ")], [("DISPLAY_NAME", "")])
    assert (dict(found.constants), dict(found.defaults)) == ({"BusinessId": "7"}, {"DisplayName": ""})


def test_an_unknown_name_on_the_command_line_is_refused_with_the_nearest():
    with pytest.raises(ConfigurationError, match=r"^--set BuisnessId=1: BuisnessId is not a field\.$") as caught:
        field_values(ENDPOINT, [("BuisnessId", "1")], [])
    assert caught.value.advice == "Did you mean BusinessId?"


def test_an_unknown_name_near_to_nothing_is_refused_with_the_list():
    with pytest.raises(ConfigurationError) as caught:
        field_values(ENDPOINT, [], [("xqzw", "1")])
    assert caught.value.message == "--default xqzw=1: xqzw is not a field."
    assert caught.value.advice == "`nexudus-import fields` lists them."


def test_a_name_given_twice_is_refused():
    with pytest.raises(ConfigurationError, match=r"--default Active: is given twice"):
        field_values(ENDPOINT, [("Active", "1")], [("Active", "1"), ("active", "0")])


@pytest.mark.parametrize("name", ["GoogleAccessToken", "office365 access token"])
def test_a_secret_on_the_command_line_is_refused_without_its_value(name):
    with pytest.raises(ConfigurationError, match="is a secret") as caught:
        field_values(ENDPOINT, [(name, "hunter2")], [])
    assert "hunter2" not in caught.value.message + caught.value.advice
