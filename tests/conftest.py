"""What all tests share: a world of their own, and no way out of this machine."""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import settings

from pipeline.remote.transports.pyreqwest_transport import PyreqwestTransport
from pipeline.remote.transports.seam import Response

_LOOPBACK = ("127.", "::1", "localhost")

# How long an example takes is the machine's business, and no test's.
settings.register_profile("any-machine", deadline=None)
settings.load_profile("any-machine")


@pytest.fixture(autouse=True)
def _own_world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each test has its own home, ledger and working folder, and none of the person's settings."""
    for name in list(os.environ):
        if name.startswith(("NEXUDUS_", "XDG_", "SSL_CERT_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")  # never the person's own
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home" / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home" / "cache"))
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)


@pytest.fixture(autouse=True)
def _own_logging() -> Iterator[None]:
    """What a command sets up for its process ends with its test: the next one may read the log."""
    loggers = [logging.getLogger(name) for name in ("pipeline", "pipeline.progress", "pipeline.screen")]
    before = [(one, one.level, one.propagate, one.handlers[:]) for one in loggers]
    last_resort = logging.lastResort
    yield
    logging.lastResort = last_resort
    for logger, level, propagate, handlers in before:
        logger.setLevel(level)
        logger.propagate, logger.handlers[:] = propagate, handlers


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A zone with summer time."""
    if not hasattr(time, "tzset"):
        pytest.skip("the zone cannot be set here")
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture(autouse=True)
def _no_real_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that leaves this machine fails instead."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        host = address[0] if isinstance(address, tuple) else ""
        if isinstance(host, str) and host and not host.startswith(_LOOPBACK):
            raise AssertionError(f"a test tried to reach {host}")
        connect(self, address)  # type: ignore[arg-type]  # any address that the socket's family takes

    monkeypatch.setattr(socket.socket, "connect", guarded)
    _guard_transport(monkeypatch)


def _guard_transport(monkeypatch: pytest.MonkeyPatch) -> None:
    """The transport has sockets of its own, which Python does not see."""
    send = PyreqwestTransport.send

    async def guarded(self: PyreqwestTransport, method: str, url: str, *arguments: Any) -> Response:
        host = urlsplit(url).hostname or ""
        if self._proxy is None and not host.startswith(_LOOPBACK) and not host.endswith(".invalid"):
            raise AssertionError(f"a test tried to reach {host}")
        return await send(self, method, url, *arguments)

    monkeypatch.setattr(PyreqwestTransport, "send", guarded)
