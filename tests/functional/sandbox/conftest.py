"""One sandbox for all tests of a module, and a client of it."""

import logging

import pytest

from pipeline.sandbox.faults import Faults
from pipeline.sandbox.server import SandboxServer
from tests.support.sandbox_client import client_of


@pytest.fixture(scope="module")
def shared():
    with SandboxServer() as server:
        yield server


@pytest.fixture
def server(shared, caplog):
    """One server for all tests, which costs less than one each; whatever they change is put back."""
    caplog.set_level(logging.DEBUG, logger="aiohttp")
    shared.faults = Faults()
    shared.calls.clear()
    shared.injected.clear()
    yield shared
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


@pytest.fixture
def client(server):
    with client_of(server) as client:
        yield client
