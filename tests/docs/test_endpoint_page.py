"""docs/adding-an-endpoint.md: its module is one that every test of endpoints accepts, and its places are there."""

import inspect
import re
from pathlib import Path

import pytest

from schemas.endpoint import Endpoint
from tests.conformance import test_schemas as conformance

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "adding-an-endpoint.md").read_text(encoding="utf-8")
[MODULE] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
CHECKS = [
    check
    for name, check in inspect.getmembers(conformance, inspect.isfunction)
    if name.startswith("test_") and list(inspect.signature(check).parameters) == ["endpoint"]
]


@pytest.fixture(scope="module")
def endpoint():
    names = {}
    exec(compile(MODULE, "docs/adding-an-endpoint.md", "exec"), names)
    return names["ENDPOINT"]


def test_the_checks_of_endpoints_are_found():
    assert len(CHECKS) > 5


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_module_is_accepted(endpoint, check):
    check(endpoint)


def test_every_fact_of_an_endpoint_is_in_the_table():
    table = set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (.*?) \|", PAGE, re.MULTILINE))))
    assert {name for name in Endpoint.__dataclass_fields__ if name not in {"name", "path", "label"}} - table == {
        "documentation",
        "fields",
    }


@pytest.mark.parametrize("place", sorted(set(re.findall(r"`((?:schemas|pipeline|tests)/[\w/]+(?:\.py|/))`", PAGE))))
def test_the_places_are_there(place):
    assert (ROOT / place).exists()


@pytest.mark.parametrize(
    ("constant", "place"), [("PATH = ", "pipeline/sandbox/api.py"), ("ENDPOINT_NAME = ", "pipeline/model/config.py")]
)
def test_what_would_have_to_change_stands_where_it_says(constant, place):
    assert constant in (ROOT / place).read_text(encoding="utf-8")
