"""What a run is asked to do survives the ledger."""

import json
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.model.config import Existing, MaxErrors, ReadOptions, RunConfig
from pipeline.model.mapping import ColumnChoice, FieldMapping, Template
from schemas.emailaccounts import ENDPOINT
from schemas.endpoint import RateLimit, Scope

FULL = RunConfig(
    endpoint="emailaccounts",
    base_url="https://spaces.example",
    target_name="the sandbox",
    read=ReadOptions(sheets=("Konten", "3"), header_row=3, delimiter=";", encoding="cp1252"),
    mapping=FieldMapping(
        columns=(ColumnChoice(header="Firma", field="BusinessId", place="export.mapping.toml, line 2"),),
        templates={"DisplayName": Template(text="{First} {Last}", place="export.mapping.toml, line 5")},
        transforms={"LastCheckTime": ({"name": "date", "format": "%d/%m/%Y"}, {"name": "split", "by": ";", "take": 2})},
        values={"Active": {"oui": "true"}},
        constants={"Active": "yes"},
        defaults={"ErrorCount": "0"},
    ),
    mapping_file="/inbox/export.mapping.toml",
    strict=True,
    require_valid=True,
    limit=7,
    existing=Existing.UPDATE,
    limits=ENDPOINT.limits,
    stop_on_quota=True,
    stop_after=3,
    max_errors=MaxErrors(percent=2.5),
    concurrency=4,
    attempts=2,
    timeout_s=1.5,
    settle_s=0.25,
    max_lag_s=7.5,
)


def kept(config):
    return RunConfig.from_json(json.loads(json.dumps(config.as_json())))


def test_every_option_is_away_from_its_default_here():
    plain = RunConfig(endpoint="emailaccounts")
    alike = [f.name for f in fields(RunConfig) if getattr(plain, f.name) == getattr(FULL, f.name)]
    assert alike == ["endpoint"]


@pytest.mark.parametrize("config", [FULL, RunConfig(endpoint="emailaccounts")], ids=["full", "plain"])
def test_a_job_comes_back_as_it_was(config):
    assert kept(config) == config


@given(
    existing=st.sampled_from(Existing),
    limits=st.lists(
        st.builds(RateLimit, calls=st.integers(1, 10**6), seconds=st.floats(0.001, 1e6), scope=st.sampled_from(Scope))
    ).map(tuple),
    max_errors=st.builds(MaxErrors, rows=st.none() | st.integers(0), percent=st.none() | st.floats(0, 100)),
    constants=st.dictionaries(st.sampled_from([f.name for f in ENDPOINT.fields]), st.text()),
)
def test_any_job_comes_back_as_it_was(existing, limits, max_errors, constants):
    mapping = FieldMapping(constants=constants, values={"Active": constants})
    config = RunConfig(
        endpoint="emailaccounts", existing=existing, limits=limits, max_errors=max_errors, mapping=mapping
    )
    assert kept(config) == config


def test_the_target_is_called_by_its_url_unless_it_has_a_name():
    assert RunConfig(endpoint="e", base_url="https://a.example").target_url(ENDPOINT) == (
        "https://a.example/api/crm/emailaccounts"
    )
    assert FULL.target_url(ENDPOINT) == "the sandbox"
