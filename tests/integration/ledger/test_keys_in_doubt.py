"""Keys that rows of other runs at work keep in doubt: a row waits for them, and no longer than makes sense."""

import asyncio
from contextlib import AsyncExitStack, closing

import pytest

from pipeline.delivery.claims import Claims, KeyHeld
from pipeline.delivery.work_item import SendOptions
from pipeline.errors import Code, Interrupted
from pipeline.ledger.ledger import Ledger
from pipeline.model.findings import envelope
from pipeline.model.rows import Outcome, Status
from pipeline.stop import Stop, Stopping
from tests.support.doubles import Clock

A, B = "a@x.example", "b@x.example"
OPTIONS = SendOptions(concurrency=1, attempts=2, settle_s=5.0, max_lag_s=30.0, timeout_s=10.0)
BEGAN = 200.0
"""When both doubts began: `Book.conclude` says so."""


class Waiting:
    """A run at work in a process of its own, whose clock ends the run instead of letting it wait for ever."""

    def __init__(self, location, run, while_waiting=lambda: None):
        self.run = run
        self.ledger = Ledger(location)
        self.lock = self.ledger.lock(run.run.run_id)
        self.clock = Clock(BEGAN)
        self.stop = Stop(self.sleep)
        self.while_waiting = while_waiting

    async def sleep(self, seconds):
        await self.clock.sleep(seconds)
        self.while_waiting()
        if self.clock.time > BEGAN + 3 * OPTIONS.longest_doubt_s:
            self.stop.because(Interrupted(Code.STOPPED_ON_REQUEST, "It would have waited for ever."))

    def close(self):
        self.lock.release()
        self.ledger.close()

    async def claim(self, record):
        """Claims a row's key; the outcome where another row keeps it, or what became of it."""
        async with self.ledger.at_work(self.run, self.clock.now) as ledger:
            claims = Claims(ledger=ledger, lookup=None, clock=self.clock, options=OPTIONS, stop=self.stop)
            try:
                await claims.claim(record)
            except KeyHeld as held:
                return held.outcome
            except Stopping:
                return "waited for ever"
        return "claimed"


@pytest.fixture
def runs(book):
    """Two runs of the rows A and B, each with the first of its rows in doubt: A in the one, B in the other."""
    begun = [book.begin("run-1"), book.begin("run-2")]
    for run, emails in zip(begun, [(A, B), (B, A)], strict=True):
        book.enter(run, book.batch(*emails))
        book.intend(run, book.record(2, emails[0]))
        book.conclude(run, (book.record(2, emails[0]), Outcome(status=Status.IN_DOUBT)), at=BEGAN)
    return begun


def test_two_runs_that_each_keep_in_doubt_what_the_other_needs_do_not_wait_for_ever(book, runs):
    async def work():
        async with AsyncExitStack() as stack:
            waiting = [stack.enter_context(closing(Waiting(book.location, run))) for run in runs]
            return await asyncio.gather(
                waiting[0].claim(book.record(3, B)),
                waiting[1].claim(book.record(3, A)),
            )

    assert asyncio.run(work()) == [
        Outcome(
            status=Status.IN_DOUBT,
            response=envelope(
                [],
                f"row 2 of accounts.csv in run {name} has the same key and is in doubt: "
                "resume this run when that one has ended",
            ),
        )
        for name in ("run-2", "run-1")
    ]


def test_a_doubt_that_is_settled_meanwhile_is_waited_for(book, runs):
    settled = (book.record(2, B), Outcome(status=Status.CREATED, remote_id=7))
    settlements = iter([settled])

    def settle():
        for one in settlements:
            book.conclude(runs[1], one)

    async def work():
        with closing(Waiting(book.location, runs[0], settle)) as first, closing(Waiting(book.location, runs[1])):
            return await first.claim(book.record(3, B))

    reason = "created by row 2 of accounts.csv in run run-2"
    assert asyncio.run(work()) == Outcome(status=Status.SKIPPED, remote_id=7, reason=reason)
