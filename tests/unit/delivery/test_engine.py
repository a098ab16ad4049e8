"""The engine, where what feeds it fails."""

import asyncio
from types import SimpleNamespace

import pytest

from pipeline.delivery.engine import Engine
from pipeline.errors import Code, LedgerUnavailable, SourceError, StoppedError
from pipeline.stop import Stop


class FailingProducer:
    """Three rows were read and sent; entering what is left fails."""

    rows_read = 3
    closed = False

    def __init__(self, reason):
        self.reason = reason

    async def items(self):
        return
        yield

    async def drain(self):
        raise self.reason

    def close(self):
        self.closed = True


async def forever():
    await asyncio.Event().wait()


@pytest.mark.parametrize(
    "reason",
    [
        SourceError(Code.SOURCE_UNREADABLE, "a.csv: cannot be read."),
        LedgerUnavailable(Code.LEDGER_NOT_WRITTEN, "The ledger is gone."),
    ],
    ids=lambda reason: type(reason).__name__,
)
@pytest.mark.parametrize("is_stopping", [True, False])
def test_what_fails_while_the_rest_is_entered_ends_the_run_in_good_order(monkeypatch, reason, is_stopping):
    async def delivered():
        stop, producer = Stop(), FailingProducer(reason)
        first = StoppedError(Code.STOPPED_ON_REQUEST, "Stopped on request.")
        if is_stopping:
            stop.because(first)
        monkeypatch.setattr(Engine, "_producer", lambda _engine, _batches: producer)
        monkeypatch.setattr(Engine, "_workers", lambda _engine: SimpleNamespace(run=exhausted))
        engine = Engine(
            config=None,
            resource=SimpleNamespace(follow_waits=forever),
            existing_records=None,
            ledger=None,
            stop=stop,
            on_read=None,
            on_answer=None,
            on_end=None,
        )
        assert await engine.deliver(iter(())) == 3
        assert producer.closed
        assert stop.reason is (first if is_stopping else reason)

    async def exhausted(items):
        async for _ in items:
            pass

    asyncio.run(delivered())
