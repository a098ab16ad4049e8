"""What a run needs of the world around it, gathered so that tests can replace it: time, sleep, chance, the network."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from pipeline.operations.event_loop import run_in_loop

if TYPE_CHECKING:
    import httpx

    from pipeline.remote.transports.seam import Transport
    from pipeline.stop import Sleep

T = TypeVar("T")


class Run(Protocol):
    """Runs a coroutine to its end, in a loop of its own."""

    def __call__(self, main: Coroutine[Any, Any, T], /) -> T:
        """Returns what it returns."""
        ...


def _random_letters() -> str:
    return "".join(secrets.choice("bcdfghjkmnpqrstvwxz") for _ in range(4))


def _open_transport(base_url: str, connections: int) -> Transport:
    from pipeline.remote.transports import open_transport  # a start that finds nothing to do needs no network

    return open_transport(base_url, connections)


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """The world as it is, unless a test says otherwise.

    Attributes:
        now: Seconds since 1970.
        sleep: Waits for some seconds.
        run: Runs an operation in a loop, whose time `sleep` waits in.
        letters: A few random letters, to tell runs of the same second apart.
        open_transport: The seam to the network for a base URL and a number of connections; httpx's kind is taken too.
        handle_signals: Whether Ctrl-C and SIGTERM stop the run in good order; only the main thread can.
    """

    now: Callable[[], float] = time.time
    sleep: Sleep = asyncio.sleep
    run: Run = run_in_loop
    letters: Callable[[], str] = _random_letters
    open_transport: Callable[[str, int], Transport | httpx.AsyncBaseTransport] = _open_transport
    handle_signals: bool = True

    @property
    def is_played(self) -> bool:
        """Whether time is not the world's, so that nobody can watch it pass."""
        return self.run is not run_in_loop

    def moment(self) -> datetime:
        """The present, in UTC."""
        return datetime.fromtimestamp(self.now(), UTC)

    def transport(self, base_url: str, connections: int) -> Transport:
        """The seam to the network, opened.

        Args:
            base_url: The target's.
            connections: So many are kept open while they are idle.
        """
        from pipeline.remote.transports.httpx_transport import adapted

        return adapted(self.open_transport(base_url, connections))
