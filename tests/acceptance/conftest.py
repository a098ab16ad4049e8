"""A desk for each test, and the table of the long ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.harness import Desk, desk
from tests.support.postgresql import own_postgresql, postgresql, postgresql_server  # noqa: F401 - fixtures

_HEADER = ("fault", "rows", "kills", "created", "duplicates", "lost", "in doubt", "seconds")


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Desk]:
    """A desk with a faultless server."""
    with desk(tmp_path / "desk") as opened:
        yield opened


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Prints what the long tests found, from whichever process ran them."""
    reports = [r for found in terminalreporter.stats.values() for r in found if isinstance(r, pytest.TestReport)]
    lines = [line for r in reports if r.when == "call" for name, line in r.user_properties if name == "soak"]
    if not lines:
        return
    terminalreporter.section("delivery under faults and kills")
    for first, *others in [_HEADER, *lines]:
        terminalreporter.write_line(f"{first!s:<26}" + "".join(f"{cell!s:>11}" for cell in others))
