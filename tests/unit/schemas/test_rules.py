"""The two Pandera schemas: what they judge, and in what words."""

import pandas as pd
import pandera.pandas as pandera
import pytest

from schemas import endpoints
from schemas.rules import DTYPES, error_schema, warning_schema

ENDPOINT = endpoints()["emailaccounts"]


def typed(**columns):
    return pd.DataFrame({name: pd.array(v, dtype=DTYPES[ENDPOINT.field(name).type]) for name, v in columns.items()})


def failures(schema, frame):
    try:
        schema.validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as error:
        cases = error.failure_cases
        return sorted(zip(cases["index"], cases["column"], cases["check"], strict=True))
    return []


def test_error_schema_has_every_field_with_its_type_and_never_coerces():
    schema = error_schema(ENDPOINT)
    assert list(schema.columns) == [f.name for f in ENDPOINT.fields]
    assert {name: str(c.dtype) for name, c in schema.columns.items()} == {
        f.name: DTYPES[f.type] for f in ENDPOINT.fields
    }
    assert not any(c.coerce for c in schema.columns.values())
    assert {name for name, c in schema.columns.items() if not c.nullable} == {
        f.name for f in ENDPOINT.fields if f.required
    }


def test_a_column_of_the_wrong_type_is_an_error():
    frame = pd.DataFrame({"BusinessId": pd.array(["1"], dtype="string[pyarrow]")})
    with pytest.raises(pandera.errors.SchemaErrors, match="Int64"):
        error_schema(ENDPOINT).validate(frame, lazy=True)


def test_required_cells_must_be_there_and_optional_ones_need_not():
    frame = typed(BusinessId=[1, None], DisplayName=[None, "b"], Active=[None, True], ReplyToEmail=[None, None])
    assert failures(error_schema(ENDPOINT), frame) == [
        (0, "DisplayName", "not_nullable"),
        (1, "BusinessId", "not_nullable"),
    ]


@pytest.mark.parametrize(
    ("number", "refused"), [(-2147483648, False), (2147483647, False), (-2147483649, True), (2147483648, True)]
)
def test_integers_must_fit_into_their_width(number, refused):
    message = "is not between -2147483648 and 2147483647 (32-bit integer)"
    found = failures(error_schema(ENDPOINT), typed(ErrorCount=[0, number]))
    assert found == ([(1, "ErrorCount", message)] if refused else [])


def test_the_widest_numbers_of_64_bits_fit():
    frame = typed(BusinessId=[-(2**63), 2**63 - 1])
    assert failures(error_schema(ENDPOINT), frame) == []


@pytest.mark.parametrize("port", [1, 587, 65535])
def test_ports_in_range_pass(port):
    assert failures(warning_schema(ENDPOINT), typed(OutgoingServerPort=[port])) == []


@pytest.mark.parametrize("port", [-1, 0, 65536])
def test_ports_out_of_range_are_warned_of(port):
    expected = [(0, "OutgoingServerPort", "is not a port between 1 and 65535")]
    assert failures(warning_schema(ENDPOINT), typed(OutgoingServerPort=[port])) == expected


@pytest.mark.parametrize(
    "address", ["a@b.c", "first.last+tag@sub.example.co.uk", "ünï@exämple.de", "o'neil@example.com", "a@1.2"]
)
@pytest.mark.parametrize("name", ["EmailAddress", "NotificationEmailAddress", "ReplyToEmail"])
def test_addresses_of_usual_shape_pass(name, address):
    assert failures(warning_schema(ENDPOINT), typed(**{name: [address]})) == []


@pytest.mark.parametrize(
    "address",
    ["plain", "@b.c", "a@", "a@b", "a@@b.c", "a@b@c.d", "a b@c.d", "a@b c.d", "a\u00a0b@c.d", "a@.c", "a@b.", "a@b..c"],
)
def test_addresses_of_odd_shape_are_warned_of(address):
    expected = [(1, "EmailAddress", "does not look like an e-mail address")]
    assert failures(warning_schema(ENDPOINT), typed(EmailAddress=["fine@example.com", address])) == expected


def test_unlisted_enum_values_are_warned_of():
    frame = typed(DeleteMessageSettings=[1, 2, 3, 0, 4])
    message = "is not a documented value: 1 (DontDelete), 2 (DeleteOnReceive), 3 (DeleteWhenDeleting)"
    assert failures(warning_schema(ENDPOINT), frame) == [
        (3, "DeleteMessageSettings", message),
        (4, "DeleteMessageSettings", message),
    ]


def test_blanks_that_newer_pages_require_are_warned_of():
    frame = typed(IncomingServerType=[1, None], DeleteMessageSettings=[None, 1])
    assert failures(warning_schema(ENDPOINT), frame) == [
        (0, "DeleteMessageSettings", "not_nullable"),
        (1, "IncomingServerType", "not_nullable"),
    ]


def test_fields_without_a_warning_have_no_part_in_the_warning_schema():
    assert list(warning_schema(ENDPOINT).columns) == [
        "EmailAddress",
        "IncomingServerPort",
        "OutgoingServerPort",
        "NotificationEmailAddress",
        "IncomingServerType",
        "DeleteMessageSettings",
        "ReplyToEmail",
    ]


@pytest.mark.parametrize("schema", [error_schema, warning_schema])
def test_columns_that_the_source_lacks_are_not_asked_for(schema):
    assert failures(schema(ENDPOINT), typed(ErrorCount=[1])) == []
