"""From headers to fields: matching, values from the command line, problems named at once, notices."""

import pytest

from pipeline.intake.mapping.columns import names_fields, plan_columns
from pipeline.intake.mapping.names import folded
from pipeline.intake.readers.base import text_frame
from pipeline.model.mapping import ColumnChoice, FieldMapping, Template
from pipeline.model.sources import REPORT_COLUMN
from schemas import endpoints

ENDPOINT = endpoints()["emailaccounts"]
REQUIRED = [f.name for f in ENDPOINT.fields if f.required]
ALL = [f.name for f in ENDPOINT.fields]


def plan(header, constants=None, defaults=None):
    return plan_columns(header, ENDPOINT, FieldMapping(constants=constants or {}, defaults=defaults or {}))


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
        "no column and no value for the required BusinessId, EmailAddress, IncomingServer, "
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
    assert missing == "no column and no value for the required BusinessId"


def listed(*header):
    (found,) = plan([*REQUIRED, *header]).notices
    assert found.property_name is None
    return found.message


def one_letter_off(name):
    """The name with a letter doubled, left out, wrong, or changed with the next, at every place."""
    for at in range(len(name)):
        yield name[:at] + name[at] + name[at:]
        yield name[:at] + name[at + 1 :]
        yield f"{name[:at]}q{name[at + 1 :]}"
        yield name[:at] + name[at : at + 2][::-1] + name[at + 2 :]


@pytest.mark.parametrize("name", ALL)
def test_a_header_that_is_one_letter_off_is_told_with_its_field(name):
    others = [one for one in ALL if one != name]
    for slip in one_letter_off(name):
        if folded(slip) != folded(name):
            assert [one.message for one in plan([*others, slip]).notices] == [f"Not imported: {slip} ({name}?)"]


@pytest.mark.parametrize("name", ["IncomingServer2", "IncommingServerSSL", "Actives", "Emails"])
def test_a_header_that_is_one_letter_off_a_field_that_has_its_column_is_no_slip(name):
    assert [notice.message for notice in plan([*ALL, name]).notices] == [f"Not imported: {name}"]


def test_unknown_columns_are_one_list_with_the_field_that_each_is_likely_meant_for():
    assert listed("Enabled", "Incoming SSL", "Notes") == (
        "Not imported: Enabled, Incoming SSL (IncomingServerSSL?), Notes"
    )


def test_an_unknown_header_that_stands_several_times_is_listed_once_with_how_often():
    assert listed("Notes", "Notes", "Incoming SSL", "Incoming SSL") == (
        "Not imported: Notes (2 columns), Incoming SSL (IncomingServerSSL?, 2 columns)"
    )


def test_a_column_whose_field_has_a_value_for_all_rows_is_told():
    (found,) = plan(["display name", *ALL[2:], "BusinessId"], constants={"DisplayName": "x", "ErrorCount": "0"}).notices
    assert found.message == (
        "Not imported, since all rows are given a value in its place: 'display name', 'ErrorCount'; "
        "a default would stand for blank cells only"
    )


def test_a_value_for_all_rows_of_a_field_without_a_column_is_no_notice():
    assert plan(REQUIRED, constants={"Active": "true"}, defaults={"DisplayName": "x"}).notices == ()


def test_a_field_that_has_a_column_is_not_suggested_for_another():
    assert listed("E-mail", "IncomingServerSSL", "Incoming SSL") == "Not imported: E-mail, Incoming SSL"


def test_three_hundred_unknown_columns_are_one_line_that_begins_with_those_that_may_be_meant():
    names = [f"c{number}" for number in range(300)]
    (found,) = plan([*REQUIRED, *names, "Reply To"]).notices
    shown = ", ".join(names[:19])
    assert found.message == f"Not imported: Reply To (ReplyToEmail?), {shown} and 281 more"
    assert found.attempted_value == ", ".join([*names, "Reply To"])


@pytest.mark.parametrize("header", ["IncomingServerPassword", "outgoing server password"])
def test_a_retired_column_is_listed_with_its_reason(header):
    assert listed(header) == (
        f"Not imported: {header} (older pages list it, the current page does not: the endpoint no longer takes "
        "passwords)"
    )


def test_missing_fields_name_the_unused_column_that_fits():
    (problem,) = plan(["BusinessId", "E-mail", "Name", "Incoming Sever Port", *REQUIRED[5:], "IncomingServer"]).problems
    assert problem == (
        "no column and no value for the required DisplayName ('Name' fits), EmailAddress ('E-mail' fits), "
        "IncomingServerPort ('Incoming Sever Port' fits)"
    )


def test_nameless_columns_and_the_reports_own_are_passed_over_silently():
    assert plan([*ALL, "", REPORT_COLUMN, ""]).notices == ()


def test_columns_in_another_language_fit_missing_fields_too():
    (problem,) = plan(["Firma", "Posteingangsserver", "Notiz", *REQUIRED[4:], "DisplayName", "EmailAddress"]).problems
    assert problem == (
        "no column and no value for the required BusinessId ('Firma' fits), IncomingServer ('Posteingangsserver' fits)"
    )


# -- what the person says of columns -----------------------------------------------------------------------------


def chosen(header, *pairs):
    choices = tuple(ColumnChoice(header=name, field=field, place=f"--map {name}={field}") for name, field in pairs)
    return plan_columns(header, ENDPOINT, FieldMapping(columns=choices))


def test_a_column_is_for_the_field_that_it_is_said_to_be_for():
    found = chosen(["Firma", "DisplayName"], ("firma", "BusinessId"))
    assert (dict(found.columns), found.notices) == ({"BusinessId": 0, "DisplayName": 1}, ())


def test_a_column_named_for_one_field_can_be_for_another():
    found = chosen(["EmailAddress", "Login"], ("EmailAddress", "IncomingServerUsername"), ("Login", "EmailAddress"))
    assert dict(found.columns) == {"EmailAddress": 1, "IncomingServerUsername": 0}


def test_a_column_is_left_out_on_purpose_without_a_notice():
    found = chosen([*REQUIRED, "Notes", "Active"], ("Notes", ""), ("Active", ""))
    assert ("Active" in found.columns, found.notices, found.problems) == (False, (), ())


def test_a_field_with_a_chosen_column_and_one_of_its_name_has_two():
    problems = chosen(["Port", *REQUIRED], ("Port", "IncomingServerPort")).problems
    assert problems == ("IncomingServerPort has 2 columns ('Port' in column 1, 'IncomingServerPort' in column 6)",)


def test_a_column_that_is_not_there_is_a_mistake_with_the_nearest():
    found = chosen([*REQUIRED, "Firma"], ("Frima", "Active"), ("xqzw", "ReplyToEmail"))
    assert found.mistakes == (
        "--map Frima=Active: there is no column 'Frima'; the nearest is 'Firma'",
        "--map xqzw=ReplyToEmail: there is no column 'xqzw'",
    )


def test_a_header_is_known_by_the_columns_that_the_person_names_too():
    mapping = FieldMapping(columns=(ColumnChoice(header="Firma", field="BusinessId", place=""),))
    assert names_fields(ENDPOINT, mapping)(["Firma", "Active", "Notes"]) == 2


def put_together(header, text, name="DisplayName"):
    return plan_columns(header, ENDPOINT, FieldMapping(templates={name: Template(text=text, place="m.toml, line 3")}))


def test_a_template_puts_columns_together():
    found = put_together(["First name", "BusinessId", "Last"], "{first_name} {Last} ({BusinessId})")
    assert (found.fields, found.cells_of("DisplayName"), found.notices) == (
        ["BusinessId", "DisplayName"],
        (0, 2, 1),
        (),
    )
    made = found.apply(frame([" Ada ", "7", "Byron"], ["", "8", ""], ["", "", ""]))
    assert made["DisplayName"].tolist() == ["Ada Byron (7)", "(8)", ""]


def test_a_template_of_a_column_that_is_not_there_is_a_mistake():
    assert put_together(["First"], "{Frist}").mistakes == (
        "m.toml, line 3: there is no column 'Frist'; the nearest is 'First'",
    )


def test_a_template_takes_the_first_of_several_columns_and_that_is_said():
    found = put_together(["Name", "BusinessId", "name"], "{Name}")
    assert [one.message for one in found.notices] == [
        "m.toml, line 3: 'Name' stands in columns 1, 3; the first is taken",
        "Not imported: name",
    ]
    assert found.apply(frame(["Ada", "1", "Byron"]))["DisplayName"].tolist() == ["Ada"]


def test_a_mapping_of_a_header_that_stands_twice_names_both_columns():
    found = chosen([*REQUIRED[:1], *REQUIRED[2:], "Note", "NOTE"], ("Note", "DisplayName"))
    assert found.problems == ("DisplayName has 2 columns ('Note' in column 11, 'NOTE' in column 12)",)


def test_a_field_with_a_template_and_a_column_has_two_sources():
    assert put_together(["First", *REQUIRED], "{First}").problems == (
        "DisplayName has a template (m.toml, line 3) and a column ('DisplayName' in column 3)",
    )


def test_a_template_may_take_up_the_fields_own_column_when_that_is_left_out():
    mapping = FieldMapping(
        columns=(ColumnChoice(header="DisplayName", field="", place=""),),
        templates={"DisplayName": Template(text="{DisplayName}!", place="")},
    )
    found = plan_columns(["DisplayName"], ENDPOINT, mapping)
    assert found.apply(frame(["a"])).to_numpy().tolist() == [["a!"]]


def test_transforms_come_before_translations_and_those_before_defaults_and_constants():
    mapping = FieldMapping(
        transforms={"Active": ({"name": "split", "by": "/", "take": 1},)},
        values={"Active": {"oui": "true", "n/a": ""}},
        defaults={"Active": "false"},
        constants={"BusinessId": "1"},
    )
    made = plan_columns(["Active", "BusinessId"], ENDPOINT, mapping).apply(
        frame(["Oui/yes", "9"], ["", ""], ["/x", ""], ["si", ""])
    )
    assert made["Active"].tolist() == ["true", "false", "false", "si"]
    assert made["BusinessId"].tolist() == ["1"] * 4


# -- values ------------------------------------------------------------------------------------------------------


def test_text_is_picked_and_trimmed():
    source = frame([" 1 ", "junk", "\tx y\n"], ["", "", "  "])
    found = plan_columns(["BusinessId", "Other", "DisplayName"], ENDPOINT, FieldMapping()).apply(source)
    assert list(found.columns) == ["BusinessId", "DisplayName"]
    assert found.to_numpy().tolist() == [["1", "x y"], ["", ""]]
    assert {str(dtype) for dtype in found.dtypes} == {"string"}


def test_set_gives_all_rows_one_value_and_overrides_a_column():
    found = plan(["BusinessId", "DisplayName"], constants={"DisplayName": "all", "Active": "yes"})
    assert found.apply(frame(["1", "a"], ["2", ""])).to_numpy().tolist() == [["1", "all", "yes"], ["2", "all", "yes"]]
    assert [found.cells_of(name) for name in ("BusinessId", "DisplayName", "Active")] == [(0,), (), ()]


def test_default_fills_blanks_only():
    found = plan(["BusinessId", "DisplayName"], defaults={"DisplayName": "d", "Active": "no"})
    result = found.apply(frame(["1", "a"], ["2", ""], ["3", "  "]))
    assert result.to_numpy().tolist() == [["1", "a", "no"], ["2", "d", "no"], ["3", "d", "no"]]
    assert found.cells_of("DisplayName") == (1,)


def test_set_wins_over_default():
    found = plan(["BusinessId"], constants={"Active": "yes"}, defaults={"Active": "no"})
    assert found.apply(frame(["1"])).to_numpy().tolist() == [["1", "yes"]]


def test_all_fields_may_come_from_the_command_line():
    found = plan(["Other"], constants={"BusinessId": "1", "DisplayName": "x"})
    assert found.apply(frame(["a"], ["b"])).to_numpy().tolist() == [["1", "x"], ["1", "x"]]
