"""A real PostgreSQL for tests, which lives as long as they do; conftests take the fixtures from here.

PostgreSQL's programs are looked for in PATH and where Debian keeps them; `NEXUDUS_TEST_POSTGRESQL_URL` may name a
running server instead, as a user who may create databases. Where there is neither, what needs it is skipped.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

if TYPE_CHECKING:
    import pwd

# Read here: `_own_world` hides the person's settings from each test.
_NAMED_SERVER = os.environ.get("NEXUDUS_TEST_POSTGRESQL_URL")
_USER = "ledger"


class _Programs:
    """PostgreSQL's own programs, run as a user that is not root: they refuse to be."""

    def __init__(self, folder: Path, home: Path) -> None:
        self._folder = folder
        self._home = home
        self.owner = _unprivileged() if os.name == "posix" and os.geteuid() == 0 else None

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        account = {"user": self.owner.pw_uid, "group": self.owner.pw_gid, "extra_groups": []} if self.owner else {}
        with (self._home / f"{program}.out").open("ab") as output:
            return subprocess.run(
                [self._folder / program, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,  # no pipe: the server would inherit it and keep it open
                stderr=output,
                cwd=self._home,
                check=False,
                **account,
            )


def _unprivileged() -> pwd.struct_passwd:
    import pwd  # not on Windows, where nobody is root

    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    pytest.skip("PostgreSQL must not run as root, and there is neither a user postgres nor nobody")


def _find_programs() -> Path | None:
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    versions = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(versions, key=lambda path: float(path.parts[-3]), default=None)
    return newest.parent if newest else None


@dataclass(frozen=True)
class Server:
    """A PostgreSQL server of a test's own.

    Attributes:
        url: Where it is.
    """

    url: str
    _programs: _Programs
    _data: Path

    def restart(self, mode: str) -> None:
        """Ends it, by a mode of `pg_ctl`, and starts it again at the same place."""
        again = self._programs.run("pg_ctl", "restart", "-D", str(self._data), "-m", mode, "-w", "-t", "60")
        assert again.returncode == 0


@contextmanager
def _cluster(programs: _Programs, home: Path) -> Iterator[Server]:
    """A throw-away cluster; yields its server."""
    data = home / "data"
    made = programs.run("initdb", "-D", str(data), "-U", _USER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
    assert made.returncode == 0, (home / "initdb.out").read_text()
    port = _started(programs, home, data)
    try:
        yield Server(f"postgresql+psycopg://{_USER}@127.0.0.1:{port}/postgres", programs, data)
    finally:
        programs.run("pg_ctl", "stop", "-D", str(data), "-m", "immediate", "-w")


def _started(programs: _Programs, home: Path, data: Path) -> int:
    for _ in range(5):  # the port may be taken between its being found free and the server's asking for it
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        options = f"-p {port} -k {home} -c listen_addresses=127.0.0.1 -F -c max_connections=60 -c deadlock_timeout=50ms"
        started = programs.run(
            "pg_ctl", "start", "-D", str(data), "-o", options, "-l", str(home / "server.log"), "-w", "-t", "60"
        )
        if started.returncode == 0:
            return port
    raise AssertionError((home / "server.log").read_text())


@contextmanager
def _throw_away_server() -> Iterator[Server]:
    folder = _find_programs()
    if folder is None:
        pytest.skip("no PostgreSQL here: install its server, or name one in NEXUDUS_TEST_POSTGRESQL_URL")
    # Not below pytest's folder, which only its owner may enter; and short, since a socket's path is.
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as name:
        home = Path(name)
        programs = _Programs(folder, home)
        if programs.owner:
            os.chown(home, programs.owner.pw_uid, programs.owner.pw_gid)
        with _cluster(programs, home) as server:
            yield server


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """URL of a PostgreSQL server; one for each process that runs tests."""
    if _NAMED_SERVER:
        yield _NAMED_SERVER
        return
    with _throw_away_server() as server:
        yield server.url


@pytest.fixture
def own_postgresql() -> Iterator[Server]:
    """A PostgreSQL server that a test may end."""
    with _throw_away_server() as server:
        yield server


@contextmanager
def _fresh_database(server: str) -> Iterator[str]:
    name = f"ledger_{secrets.token_hex(6)}"
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.execute(sa.text(f'CREATE DATABASE "{name}"'))
    try:
        yield sa.make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.execute(sa.text(f'DROP DATABASE "{name}" WITH (FORCE)'))


@pytest.fixture
def postgresql(postgresql_server: str) -> Iterator[str]:
    """URL of an empty database in PostgreSQL."""
    with _fresh_database(postgresql_server) as url:
        yield url
