"""The producer of rows, where it is cut off."""

import asyncio
import threading

from pipeline.delivery.producer import Producer


class Slow:
    """Sources whose only batch is being read until it is let go."""

    def __init__(self):
        self.begun, self.go_on, self.closed = threading.Event(), threading.Event(), threading.Event()

    def checked(self):
        try:
            self.begun.set()
            self.go_on.wait()
            yield None
        finally:
            self.closed.set()


def test_closing_waits_for_the_batch_that_is_being_read():
    slow = Slow()
    producer = Producer(
        batches=slow.checked(),
        endpoint=None,
        existing=None,
        ledger=None,
        existing_records=None,
        breaker=None,
        stop=None,
        on_read=None,
    )
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
