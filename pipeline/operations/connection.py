"""How an operation reaches its target and its ledger: signing in, a run's lock, and a run at work between the two.

May import `remote`, `ledger` and `model`. Must know nothing of Click or of terminals.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Coroutine, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from pipeline.errors import Code, ConfigurationError
from pipeline.events import about_run
from pipeline.operations.signals import HandlersBefore, StoppingOnSignals
from pipeline.operations.sitting import ending_in_time
from pipeline.remote.calls import Calls
from pipeline.remote.client import Client
from pipeline.remote.clock import TargetClock
from pipeline.remote.concurrency import Concurrency, Slots
from pipeline.remote.rate_limit import RateLimiter
from pipeline.remote.resource import Resource
from pipeline.remote.session import Session

if TYPE_CHECKING:
    from pipeline.ledger.ledger import Ledger
    from pipeline.ledger.run_ledger import RunLedger
    from pipeline.ledger.runs import StoredRun
    from pipeline.ledger.writing import RunLock
    from pipeline.model.config import RunConfig
    from pipeline.operations.engines import Cluster
    from pipeline.operations.interruption import Interruption
    from pipeline.operations.observer import Observer
    from pipeline.operations.runtime import Runtime
    from pipeline.remote.credentials import Credentials
    from pipeline.remote.sign_ins import SignIns
    from pipeline.remote.transports.seam import Transport
    from pipeline.stop import Stop
    from schemas.endpoint import Endpoint

T = TypeVar("T")
_SPARE_CONNECTIONS = 8  # for look-ups beside the POSTs in flight


@dataclass(frozen=True, kw_only=True)
class Connection:
    """How a run reaches its target and its ledger.

    Attributes:
        credentials: Who we are to the target, as the environment says it.
        sign_ins: What `login` kept, for where it says nothing.
        ledger: Where runs and rows are kept: a path or a URL.
        observer: Who is told what goes on.
        runtime: Time, sleep, chance and the network.
        interruption: How another thread ends the run, where there is one that may want to.
        ends_at: When the sitting ends, in seconds since 1970; `None` for when all is done.
        cluster: Whose workers send the rows; `None` for this process alone.
    """

    credentials: Credentials
    ledger: str
    observer: Observer
    runtime: Runtime
    interruption: Interruption | None = None
    sign_ins: SignIns | None = None
    ends_at: float | None = None
    cluster: Cluster | None = None


@dataclass(frozen=True, kw_only=True)
class Target:
    """A target that lets us in.

    Attributes:
        endpoint: What is called there.
        config: How calls are made.
        session: Who we are.
        transport: The seam to the network.
        clock: The target's clock.
    """

    endpoint: Endpoint
    config: RunConfig
    session: Session
    transport: Transport
    clock: TargetClock

    def resource(self, ledger: RunLedger, stop: Stop) -> Resource:
        """The endpoint's records, called within the budget that the ledger keeps."""
        config = self.config
        limiter = RateLimiter(
            budget=ledger.budget(config.limits),
            limits=config.limits,
            stop=stop,
            now=self.clock.local,
            stop_on_quota=config.stop_on_quota,
        )
        return Resource(calls=self.calls(limiter, stop, config.attempts), endpoint=self.endpoint)

    def calls(self, limiter: RateLimiter, stop: Stop, attempts: int) -> Calls:
        """The way to make calls.

        Args:
            limiter: Lets each pass.
            stop: Interrupts every wait.
            attempts: How often one may fail before it is given up.
        """
        config = self.config
        client = Client(self.transport, config.base_url, self.endpoint, self.session, config.timeout_s, self.clock)
        slots = Slots(Concurrency(config.concurrency))
        return Calls(client=client, limiter=limiter, slots=slots, attempts=attempts, stop=stop)


@contextlib.asynccontextmanager
async def signed_in(connection: Connection, config: RunConfig, endpoint: Endpoint) -> AsyncIterator[Target]:
    """A target, and a token for it.

    Raises:
        SignInError: The credentials are refused.
        TargetUnavailable: The target does not answer the sign-in.
    """
    runtime = connection.runtime
    transport = runtime.transport(config.base_url, config.concurrency + _SPARE_CONNECTIONS)
    try:
        session = Session(connection.credentials, config.base_url, transport, connection.sign_ins)
        await session.open()
        yield Target(
            endpoint=endpoint, config=config, session=session, transport=transport, clock=TargetClock(runtime.now)
        )
    finally:
        await transport.aclose()


@contextlib.asynccontextmanager
async def at_work(
    connection: Connection, ledger: Ledger, run: StoredRun, target: Target, stop: Stop
) -> AsyncIterator[tuple[Resource, RunLedger]]:
    """A run between its target and its ledger; signals, an interruption and a sitting's end end it in good order.

    The second signal ends the context where it is: what is in flight is in doubt, and what follows goes on.

    Args:
        connection: Who is told.
        ledger: Where the run is kept.
        run: The run, locked.
        target: Where its records are.
        stop: The order to end.
    """
    try:
        async with (
            ledger.at_work(run, target.clock.now) as run_ledger,
            ending_in_time(connection.ends_at, connection.runtime, stop),
        ):
            with about_run(run.run.run_id), _interruptible(connection, stop):
                yield target.resource(run_ledger, stop), run_ledger
    finally:
        connection.observer.finish()


def in_loop(connection: Connection, main: Coroutine[Any, Any, T]) -> T:
    """Runs an operation that is `at_work` to its end; signals cut off neither that nor the loop's."""
    with handlers_before(connection):
        return connection.runtime.run(main)


def handlers_before(connection: Connection) -> contextlib.AbstractContextManager[HandlersBefore | None]:
    """Handles signals as before once the context has ended, where the operation obeys them at all."""
    return HandlersBefore() if _obeys_signals(connection) else contextlib.nullcontext()


def _interruptible(connection: Connection, stop: Stop) -> contextlib.AbstractContextManager[object]:
    if connection.interruption is not None:
        return connection.interruption.stopping(stop)
    if not _obeys_signals(connection):
        return contextlib.nullcontext()
    return StoppingOnSignals(stop, connection.observer.interrupted)


def _obeys_signals(connection: Connection) -> bool:
    return connection.interruption is None and connection.runtime.handle_signals


def busy(run_id: str) -> ConfigurationError:
    """The error for a run that another process has."""
    return ConfigurationError(Code.RUN_BUSY, f"Another process works on run {run_id}.", run_id=run_id)


@contextlib.contextmanager
def locked(ledger: Ledger, run_id: str) -> Iterator[RunLock]:
    """Keeps other processes away from a run, until its end or the lock's release.

    Raises:
        ConfigurationError: One of them works on it.
    """
    lock = ledger.lock(run_id)
    if lock is None:
        raise busy(run_id)
    try:
        yield lock
    finally:
        lock.release()
