"""A sandbox for commands to import into."""

from collections.abc import Iterator

import pytest

from pipeline.sandbox.server import SandboxServer


@pytest.fixture
def target() -> Iterator[SandboxServer]:
    """An empty sandbox of the test's own."""
    with SandboxServer() as server:
        yield server
