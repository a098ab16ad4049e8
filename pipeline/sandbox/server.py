"""The sandbox as a running server: on a thread of its own for tests and `run --sandbox`, or in the foreground.

Knows threads, sockets and signals; what is served is `api`'s business.
"""

import asyncio
import signal
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextlib import closing
from datetime import datetime
from types import FrameType, TracebackType
from typing import Self

from aiohttp import web

from pipeline.sandbox.accounts import DEFAULT_USERS, EXPIRES_IN_S, Tokens, User
from pipeline.sandbox.api import Sandbox, build_app
from pipeline.sandbox.faults import FaultPlan, Faults
from pipeline.sandbox.store import Store, utc_now

__all__ = ["SandboxServer", "build_app", "serve_forever"]

_BACKLOG = 1024
# How long a stop waits for calls in flight before it cancels them.
_GRACE_S = 1.0
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class _Running:
    """One life of the server: its thread, its loop, and the future that ends it."""

    def __init__(self, thread: threading.Thread, loop: asyncio.AbstractEventLoop, end: asyncio.Future[bool]) -> None:
        self._thread = thread
        self._loop = loop
        self._end = end

    def stop(self, *, abort: bool) -> None:
        self._loop.call_soon_threadsafe(self._end.set_result, abort)
        self._thread.join()


class SandboxServer:
    """Serves a sandbox from a background thread; a context manager that starts and stops it.

    Records, tokens, faults and counts outlive a stop, and the port stays the same over a restart.

    Args:
        store: the records to serve; by default none.
        faults: what goes wrong from the start; `faults` can be set at any time.
        port: 0 for a free one.
        host: the address to listen on.
        users: who may sign in; a user's `token` works without signing in.
        now: the clock of records, tokens, limits and the `Date` header, answering an aware datetime.
        expires_in_s: how long an access token lives.
    """

    def __init__(
        self,
        *,
        store: Store | None = None,
        faults: Faults = Faults(),  # noqa: B008 - frozen
        port: int = 0,
        host: str = "127.0.0.1",
        users: Iterable[User] = DEFAULT_USERS,
        now: Callable[[], datetime] = utc_now,
        expires_in_s: float = EXPIRES_IN_S,
    ) -> None:
        self._host = host
        self._port = port
        self._own_date = now is not utc_now
        self._running: _Running | None = None
        self._sandbox = Sandbox(
            store=Store(now=now) if store is None else store,
            tokens=Tokens(users, now=now, expires_in_s=expires_in_s),
            plan=FaultPlan(faults),
            now=now,
        )

    @property
    def port(self) -> int:
        """The port that it listens on, or last did."""
        return self._port

    @property
    def base_url(self) -> str:
        """Such as `http://127.0.0.1:8123`; the API's paths begin with `/api`."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    @property
    def store(self) -> Store:
        """The records."""
        return self._sandbox.store

    @property
    def tokens(self) -> Tokens:
        """The tokens, to register a fixed one."""
        return self._sandbox.tokens

    @property
    def calls(self) -> Counter[str]:
        """Calls by method and path, whatever their answer, such as `GET /api/crm/emailaccounts/{id}`."""
        return self._sandbox.calls

    @property
    def injected(self) -> Counter[str]:
        """What the faults did so far, by `faults.Fault` value; `over_limit` is what the limits refused."""
        return self._sandbox.injected

    @property
    def faults(self) -> Faults:
        """What goes wrong. Setting it begins the new faults' sequence, windows and token uses afresh."""
        return self._sandbox.plan.faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self._sandbox.plan = FaultPlan(faults)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Listen and serve; returns once calls are answered.

        Raises:
            OSError: the address cannot be listened on, such as a port in use.
            RuntimeError: it is running already.
        """
        if self._running is not None:
            raise RuntimeError(f"the sandbox is already running at {self.base_url}")
        # In the caller's thread, so that a port in use is the caller's exception.
        listener = _listen(self._host, self._port)
        self._port = listener.getsockname()[1]
        ready: Future[tuple[asyncio.AbstractEventLoop, asyncio.Future[bool]]] = Future()
        thread = threading.Thread(target=self._run, args=(listener, ready), name="sandbox", daemon=True)
        thread.start()
        self._running = _Running(thread, *ready.result())

    def stop(self, *, abort: bool = False) -> None:
        """Stop listening and end; does nothing where it is not running.

        Args:
            abort: end connections and the calls in flight on them where they are, as if the machine had died;
                otherwise calls in flight are answered first, those that `latency_s` or `slow_s` hold up at once.
        """
        running, self._running = self._running, None
        if running is not None:
            running.stop(abort=abort)

    def restart(self) -> None:
        """Stop, if it runs, and start again on the same port; everything is kept."""
        self.stop()
        self.start()

    def _run(
        self, listener: socket.socket, ready: "Future[tuple[asyncio.AbstractEventLoop, asyncio.Future[bool]]]"
    ) -> None:
        """The thread: serve until the end is set."""
        try:
            with closing(listener):
                asyncio.run(self._serve(listener, ready))
        except BaseException as error:
            # Until it is ready, the caller is waiting and has to hear of it; then it is the thread's own failure.
            if ready.done():
                raise
            ready.set_exception(error)

    async def _serve(
        self, listener: socket.socket, ready: "Future[tuple[asyncio.AbstractEventLoop, asyncio.Future[bool]]]"
    ) -> None:
        loop = asyncio.get_running_loop()
        end: asyncio.Future[bool] = loop.create_future()
        app = build_app(self._sandbox, own_date=self._own_date)
        runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=_GRACE_S)
        await runner.setup()
        try:
            site = web.SockSite(runner, listener, backlog=_BACKLOG)
            await site.start()
            ready.set_result((loop, end))
            abort = await end
            await site.stop()
            if abort:
                await _abort(runner)
        finally:
            server = runner.server
            await runner.cleanup()
            await _close_latecomers(server)


def serve_forever(
    *,
    on_ready: Callable[[str], None],
    host: str = "127.0.0.1",
    port: int = 0,
    faults: Faults = Faults(),  # noqa: B008 - frozen
    store: Store | None = None,
    users: Iterable[User] = DEFAULT_USERS,
) -> None:
    """Serve in the foreground until SIGINT or SIGTERM. To be called from the main thread.

    Args:
        on_ready: called with the base URL once calls are answered.
        host: the address to listen on.
        port: 0 for a free one.
        faults: what goes wrong.
        store: the records to serve; by default none.
        users: who may sign in.

    Raises:
        OSError: the address cannot be listened on.
    """
    ended = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        ended.set()

    before = {number: signal.signal(number, end) for number in _SIGNALS}
    try:
        with SandboxServer(store=store, faults=faults, host=host, port=port, users=users) as server:
            on_ready(server.base_url)
            # In turns rather than for good: on Windows a wait without an end does not see Ctrl-C.
            while not ended.wait(0.2):
                pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=_BACKLOG)


_TURNS_TO_ACCEPT = 5
"""So many turns of the loop lie at most between a connection's arrival and its place among the server's."""


async def _close_latecomers(server: web.Server | None) -> None:
    """Ends connections that were being accepted while the others ended: nobody would close them."""
    for _ in range(_TURNS_TO_ACCEPT):
        await asyncio.sleep(0)
    _abort_connections(server)
    await asyncio.sleep(0)


def _abort_connections(server: web.Server | None) -> None:
    for connection in [] if server is None else server.connections:
        if connection.transport is not None:
            connection.transport.abort()


async def _abort(runner: web.AppRunner) -> None:
    """End every connection without a goodbye, and every call in flight wherever it is."""
    _abort_connections(runner.server)
    # The loop is the sandbox's own: all but this task are calls in flight. A call that `latency_s` holds up must not
    # go on to create its record after the server has "died".
    calls = asyncio.all_tasks() - {asyncio.current_task()}
    for call in calls:
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)
