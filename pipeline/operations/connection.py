"""How the parts that talk to the target are put together: the one place that composes them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.delivery.breaker import Breaker
from pipeline.delivery.existing import Listing
from pipeline.delivery.lookup import LookUp
from pipeline.delivery.producer import Feed
from pipeline.delivery.updater import Changes
from pipeline.delivery.work_item import Settings
from pipeline.delivery.workers import Submitter
from pipeline.errors import ConfigurationError
from pipeline.ledger.budget import SharedBudget
from pipeline.remote.client import Client
from pipeline.remote.clock import ServerClock
from pipeline.remote.rate_limit import Pacer
from pipeline.remote.resource import Siblings
from pipeline.remote.session import Session

if TYPE_CHECKING:
    import httpx

    from pipeline.intake.intake import Intake
    from pipeline.ledger.ledger import Ledger
    from pipeline.ledger.runs import LedgerRun
    from pipeline.ledger.writer import LedgerWriter
    from pipeline.model.config import Job
    from pipeline.model.rows import Status
    from pipeline.operations.observer import Watcher
    from pipeline.operations.runtime import World
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
    watcher: Watcher
    world: World


_SPARE_CONNECTIONS = 8  # for look-ups beside the POSTs in flight


@contextlib.asynccontextmanager
async def signed_in(connection: Connection, job: Job) -> AsyncIterator[tuple[httpx.AsyncBaseTransport, Session]]:
    """A way to the target, and a token for it.

    Raises:
        SignInError: The credentials are refused.
        TargetDown: The target does not answer the sign-in.
    """
    transport = connection.world.open_transport(job.base_url, job.concurrency + _SPARE_CONNECTIONS)
    try:
        session = Session(connection.credentials, job.base_url, transport)
        await session.open()
        yield transport, session
    finally:
        await transport.aclose()


def busy(found: LedgerRun) -> ConfigurationError:
    """The error for a run that another process has."""
    message = f"Another process works on run {found.run.run_id}."
    return ConfigurationError(message, advice="Wait for it, or stop it first.")


@contextlib.contextmanager
def locked(ledger: Ledger, found: LedgerRun) -> Iterator[None]:
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

    run: LedgerRun
    job: Job
    endpoint: Endpoint
    ledger: Ledger
    transport: httpx.AsyncBaseTransport
    session: Session
    stop: Stop
    clock: ServerClock

    def siblings(self, writer: LedgerWriter) -> Siblings:
        """The list, read, update and delete calls."""
        pacer = Pacer(
            budget=SharedBudget(run=self.run, writer=writer, limits=self.job.limits),
            limits=self.job.limits,
            stop=self.stop,
            now=self.clock.local,
            stop_on_quota=self.job.stop_on_quota,
        )
        client = Client(self.transport, self.job.base_url, self.endpoint, self.session, self.job.timeout_s, self.clock)
        return Siblings(
            client=client,
            endpoint=self.endpoint,
            pacer=pacer,
            slots=asyncio.Semaphore(self.job.concurrency),
            attempts=self.job.attempts,
            stop=self.stop,
        )

    def delivery(
        self,
        intake: Intake,
        writer: LedgerWriter,
        on_read: Callable[[int, int], None],
        on_end: Callable[[Status], None],
    ) -> tuple[Feed, Submitter]:
        """What reads the rows, and what sends them."""
        siblings = self.siblings(writer)
        breaker = Breaker(self.job.stop_after, self.job.max_errors)
        listing = Listing(run=self.run, endpoint=self.endpoint, siblings=siblings, writer=writer)
        submitter = Submitter(
            run=self.run,
            endpoint=self.endpoint,
            client=siblings.client,
            ledger=self.ledger,
            writer=writer,
            pacer=siblings.pacer,
            slots=siblings.slots,
            look_up=LookUp(run=self.run, endpoint=self.endpoint, siblings=siblings, writer=writer),
            changes=Changes(siblings=siblings),
            breaker=breaker,
            stop=self.stop,
            settings=Settings(
                concurrency=self.job.concurrency,
                attempts=self.job.attempts,
                settle_s=self.job.settle_s,
                timeout_s=self.job.timeout_s,
            ),
            on_end=on_end,
        )
        feed = Feed(
            batches=intake.checked(),
            endpoint=intake.endpoint,
            existing=intake.job.existing,
            run=self.run,
            writer=writer,
            listing=listing,
            breaker=breaker,
            stop=self.stop,
            on_read=on_read,
        )
        return feed, submitter
