"""The producer of rows, where it is cut off."""

import asyncio
import threading
from types import SimpleNamespace

from pipeline.delivery.producer import Producer
from pipeline.delivery.reading import ReadInThread


class Slow:
    """Sources whose only batch is being read until it is let go."""

    def __init__(self, batch=None):
        self.batch = batch
        self.begun, self.go_on, self.closed = threading.Event(), threading.Event(), threading.Event()

    def checked(self):
        try:
            self.begun.set()
            self.go_on.wait()
            yield self.batch
        finally:
            self.closed.set()


def producer_of(slow, **given):
    """A producer that only reads, but for what is given."""
    unused = dict.fromkeys(("endpoint", "existing", "ledger", "existing_records", "breaker", "stop", "on_read"))
    return Producer(batches=ReadInThread(slow.checked()), **(unused | given))


def test_closing_waits_for_the_batch_that_is_being_read():
    slow = Slow()
    producer = producer_of(slow)
    reading = threading.Thread(target=lambda: asyncio.run(producer.drain()))
    reading.start()
    slow.begun.wait()
    closing = threading.Thread(target=producer.close)
    closing.start()
    closing.join(0.05)  # it may not have begun yet: what counts is that it cannot end before the reading has
    assert not slow.closed.is_set()
    slow.go_on.set()
    reading.join()
    closing.join()
    assert slow.closed.is_set()


def test_a_batch_that_was_being_read_when_its_reader_was_cancelled_is_the_next_readers():
    class Ledger:
        entered = 0

        async def enter(self, _batch, **_how):
            self.entered += 1
            return []

    async def work():
        reading = asyncio.create_task(producer.drain())
        await asyncio.to_thread(slow.begun.wait)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        slow.go_on.set()
        await producer.drain()

    slow, ledger = Slow(SimpleNamespace(rows=[2, 3], errors={})), Ledger()
    breaker = SimpleNamespace(read=lambda _rows, _invalid: None)
    producer = producer_of(slow, ledger=ledger, breaker=breaker, on_read=lambda _rows, _ended: None)
    asyncio.run(work())
    assert (producer.rows_read, ledger.entered) == (2, 1)
