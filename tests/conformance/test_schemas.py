"""What every endpoint in `schemas/` must keep to; a new module is picked up by itself."""

import json
import pkgutil
from dataclasses import fields, is_dataclass

import pandas as pd
import pandera.pandas as pandera
import pytest

import schemas
from schemas import endpoints
from schemas.describe import as_json, as_json_schema
from schemas.endpoint import FieldType, Scope, Shape
from schemas.rules import DTYPES, error_schema, warning_schema

every_endpoint = pytest.mark.parametrize("endpoint", endpoints().values(), ids=endpoints().keys())
SHARED = {"describe", "endpoint", "rules", "words"}


def blank_frame(endpoint, rows=2):
    return pd.DataFrame({f.name: pd.array([None] * rows, dtype=DTYPES[f.type]) for f in endpoint.fields})


def test_every_module_is_an_endpoint_of_its_name():
    modules = {m.name for m in pkgutil.iter_modules(schemas.__path__)} - SHARED
    assert modules == set(endpoints())


@every_endpoint
def test_names_are_unique_however_they_are_written(endpoint):
    folded = [f.name.casefold() for f in endpoint.fields]
    assert len(folded) == len(set(folded)) > 0
    assert not {name.casefold() for name in endpoint.retired} & set(folded)


@every_endpoint
def test_path_ends_in_the_name(endpoint):
    assert endpoint.path.startswith("/api/")
    assert endpoint.path.rpartition("/")[2] == endpoint.name


@every_endpoint
def test_every_text_is_there(endpoint):
    assert endpoint.label
    assert endpoint.documentation
    assert all(f.description for f in endpoint.fields)
    assert all(endpoint.retired.values())


@every_endpoint
def test_key_is_a_required_number_and_a_required_text_that_can_be_filtered_by(endpoint):
    number, text = (endpoint.field(name) for name in endpoint.key)
    assert (number.type, number.required) == (FieldType.INTEGER, True)
    assert (text.type, text.required) == (FieldType.STRING, True)
    assert set(endpoint.filters) == set(endpoint.key)
    assert endpoint.created_since_filter.startswith("from_")


@every_endpoint
def test_the_key_is_no_secret(endpoint):
    assert not endpoint.secrets & set(endpoint.key)


@every_endpoint
def test_enum_numbers_are_integers_within_the_width(endpoint):
    for field in endpoint.fields:
        low, high = field.range
        assert all(low <= number <= high for number in field.choices.values())
        assert not field.choices or field.type is FieldType.INTEGER
        assert len({name.casefold() for name in field.choices}) == len(set(field.choices.values()))


@every_endpoint
def test_widths_are_those_of_a_machine(endpoint):
    assert {f.bits for f in endpoint.fields} <= {16, 32, 64}


@every_endpoint
def test_shapes_fit_their_types(endpoint):
    fitting = {
        Shape.EMAIL: FieldType.STRING,
        Shape.DATE_TIME: FieldType.STRING,
        Shape.HOST: FieldType.STRING,
        Shape.PORT: FieldType.INTEGER,
        Shape.USER_NAME: FieldType.STRING,
    }
    assert set(fitting) == set(Shape)
    assert all(fitting[f.shape] is f.type for f in endpoint.fields if f.shape)


@every_endpoint
def test_a_field_is_not_required_by_both_this_and_newer_pages(endpoint):
    assert not any(f.required and f.required_by_newer_pages for f in endpoint.fields)


@every_endpoint
def test_every_call_has_a_role_of_its_own(endpoint):
    assert is_dataclass(endpoint.roles)
    roles = [getattr(endpoint.roles, one.name) for one in fields(endpoint.roles)]
    assert len(set(roles)) == len(roles) == 5


@every_endpoint
def test_limits_allow_something(endpoint):
    assert all(limit.calls > 0 and limit.seconds > 0 for limit in endpoint.limits)
    assert {limit.scope for limit in endpoint.limits} <= set(Scope)


@every_endpoint
def test_schemas_can_be_built_and_judge_every_field(endpoint):
    assert list(error_schema(endpoint).columns) == [f.name for f in endpoint.fields]
    assert set(warning_schema(endpoint).columns) <= {f.name for f in endpoint.fields}


@every_endpoint
def test_a_blank_row_lacks_exactly_the_required_fields(endpoint):
    with pytest.raises(pandera.errors.SchemaErrors) as caught:
        error_schema(endpoint).validate(blank_frame(endpoint), lazy=True)
    cases = caught.value.failure_cases
    assert set(cases["check"]) == {"not_nullable"}
    assert sorted(zip(cases["index"], cases["column"], strict=True)) == sorted(
        (row, f.name) for f in endpoint.fields if f.required for row in (0, 1)
    )


@every_endpoint
def test_empty_frames_pass(endpoint):
    for schema in (error_schema(endpoint), warning_schema(endpoint)):
        assert len(schema.validate(blank_frame(endpoint, rows=0), lazy=True)) == 0


@every_endpoint
def test_fields_can_be_described_as_json(endpoint):
    assert [one["Name"] for one in as_json(endpoint)] == [f.name for f in endpoint.fields]
    schema = as_json_schema(endpoint)
    assert json.loads(json.dumps(schema)) == schema
    assert set(schema["required"]) <= set(schema["properties"])
