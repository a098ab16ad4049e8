"""The databases of the ledger's tests: SQLite in a file, and a real PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.postgresql import postgresql, postgresql_server  # noqa: F401 - fixtures


@pytest.fixture(params=["sqlite", "postgresql"])
def location(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a new ledger may be kept: in each of the databases in turn."""
    if request.param == "sqlite":
        return str(tmp_path / "ledger.sqlite")
    return str(request.getfixturevalue("postgresql"))
