"""How the parts that talk to the target are put together: the one place that composes them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.delivery.breaker import Breaker
from pipeline.delivery.existing import Listing
from pipeline.delivery.lookup import Lookup
from pipeline.delivery.producer import Producer
from pipeline.delivery.updater import Updater
from pipeline.delivery.work_item import SendOptions
from pipeline.delivery.workers import Submitter
from pipeline.errors import ConfigurationError
from pipeline.ledger.budget import SharedBudget
from pipeline.remote.client import Client
from pipeline.remote.clock import TargetClock
from pipeline.remote.rate_limit import RateLimiter
from pipeline.remote.resource import Resource
from pipeline.remote.session import Session

if TYPE_CHECKING:
    import httpx

    from pipeline.intake.intake import Intake
    from pipeline.ledger.ledger import Ledger
    from pipeline.ledger.runs import StoredRun
    from pipeline.ledger.writer import LedgerWriter
    from pipeline.model.config import RunConfig
    from pipeline.model.rows import Status
    from pipeline.operations.observer import Observer
    from pipeline.operations.runtime import Runtime
    from pipeline.remote.credentials import Credentials
    from pipeline.stop import Stop
    from schemas.endpoint import Endpoint


@dataclass(frozen=True, kw_only=True)
class Connection:
    """How a run reaches its target and its ledger.

    Attributes:
        credentials: Who we are to the target.
        ledger: Where runs and rows are kept: a path or a URL.
        watcher: Who is shown what goes on.
        world: Time, sleep, chance and the network.
    """

    credentials: Credentials
    ledger: str
    observer: Observer
    runtime: Runtime


_SPARE_CONNECTIONS = 8  # for look-ups beside the POSTs in flight


@contextlib.asynccontextmanager
async def signed_in(
    connection: Connection, config: RunConfig
) -> AsyncIterator[tuple[httpx.AsyncBaseTransport, Session]]:
    """A way to the target, and a token for it.

    Raises:
        SignInError: The credentials are refused.
        TargetUnavailable: The target does not answer the sign-in.
    """
    transport = connection.runtime.open_transport(config.base_url, config.concurrency + _SPARE_CONNECTIONS)
    try:
        session = Session(connection.credentials, config.base_url, transport)
        await session.open()
        yield transport, session
    finally:
        await transport.aclose()


def busy(found: StoredRun) -> ConfigurationError:
    """The error for a run that another process has."""
    message = f"Another process works on run {found.run.run_id}."
    return ConfigurationError(message, advice="Wait for it, or stop it first.")


@contextlib.contextmanager
def locked(ledger: Ledger, found: StoredRun) -> Iterator[None]:
    """Keeps other processes away from a run.

    Raises:
        ConfigurationError: One of them works on it.
    """
    lock = ledger.lock(found.run.run_id)
    if lock is None:
        raise busy(found)
    try:
        yield
    finally:
        lock.release()


@dataclass(frozen=True, kw_only=True)
class Line:
    """An open line to a target, on behalf of a run.

    Attributes:
        run: The run.
        job: How its calls are made.
        endpoint: What is called.
        ledger: Where it is kept.
        transport: The seam to the network.
        session: Who we are.
        stop: The order to end.
        clock: The target's clock.
    """

    run: StoredRun
    config: RunConfig
    endpoint: Endpoint
    ledger: Ledger
    transport: httpx.AsyncBaseTransport
    session: Session
    stop: Stop
    clock: TargetClock

    def resource(self, writer: LedgerWriter) -> Resource:
        """The list, read, update and delete calls."""
        limiter = RateLimiter(
            budget=SharedBudget(run=self.run, writer=writer, limits=self.config.limits),
            limits=self.config.limits,
            stop=self.stop,
            now=self.clock.local,
            stop_on_quota=self.config.stop_on_quota,
        )
        client = Client(
            self.transport, self.config.base_url, self.endpoint, self.session, self.config.timeout_s, self.clock
        )
        return Resource(
            client=client,
            endpoint=self.endpoint,
            limiter=limiter,
            slots=asyncio.Semaphore(self.config.concurrency),
            attempts=self.config.attempts,
            stop=self.stop,
        )

    def delivery(
        self,
        intake: Intake,
        writer: LedgerWriter,
        on_read: Callable[[int, int], None],
        on_end: Callable[[Status], None],
    ) -> tuple[Producer, Submitter]:
        """What reads the rows, and what sends them."""
        resource = self.resource(writer)
        breaker = Breaker(self.config.stop_after, self.config.max_errors)
        listing = Listing(run=self.run, endpoint=self.endpoint, resource=resource, writer=writer)
        submitter = Submitter(
            run=self.run,
            endpoint=self.endpoint,
            client=resource.client,
            ledger=self.ledger,
            writer=writer,
            limiter=resource.limiter,
            slots=resource.slots,
            lookup=Lookup(run=self.run, endpoint=self.endpoint, resource=resource, writer=writer),
            updater=Updater(resource=resource),
            breaker=breaker,
            stop=self.stop,
            settings=SendOptions(
                concurrency=self.config.concurrency,
                attempts=self.config.attempts,
                settle_s=self.config.settle_s,
                timeout_s=self.config.timeout_s,
            ),
            on_end=on_end,
        )
        producer = Producer(
            batches=intake.checked(),
            endpoint=intake.endpoint,
            existing=intake.config.existing,
            run=self.run,
            writer=writer,
            listing=listing,
            breaker=breaker,
            stop=self.stop,
            on_read=on_read,
        )
        return producer, submitter
