"""One item ahead: made beside the work on the one before, never more, and in order whatever goes wrong."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from pipeline.intake.ahead import one_ahead


class Maker:
    """Makes numbers, and tells of each when it is made and when no more will be."""

    def __init__(self, count, fails_at=None):
        self.made = [threading.Event() for _ in range(count)]
        self.threads = []
        self.closed = False
        self._fails_at = fails_at

    def items(self):
        try:
            for number, made in enumerate(self.made):
                if number == self._fails_at:
                    raise ValueError(f"item {number}")
                self.threads.append(threading.current_thread())
                made.set()
                yield number
        finally:
            self.closed = True


def test_all_come_in_order_and_the_source_is_closed():
    maker = Maker(5)
    assert list(one_ahead(maker.items())) == [0, 1, 2, 3, 4]
    assert maker.closed


def test_nothing_comes_of_nothing():
    assert list(one_ahead(Maker(0).items())) == []


def test_the_next_is_made_while_one_is_worked_on_and_the_one_after_is_not():
    maker = Maker(4)
    items = one_ahead(maker.items())
    assert next(items) == 0
    assert maker.made[1].wait(20)
    assert not maker.made[2].is_set()
    assert threading.current_thread() not in maker.threads
    items.close()


def test_what_goes_wrong_is_raised_when_its_turn_comes():
    maker = Maker(3, fails_at=1)
    items = one_ahead(maker.items())
    assert next(items) == 0
    with pytest.raises(ValueError, match="item 1"):
        next(items)
    assert maker.closed
    assert list(items) == []


def test_closed_early_it_closes_the_source_and_ends_its_thread():
    maker = Maker(9)
    items = one_ahead(maker.items())
    next(items)
    items.close()
    assert maker.closed
    assert not maker.threads[0].is_alive()


def test_an_interrupted_wait_for_the_item_that_is_being_made_is_told_as_what_it_is(monkeypatch):
    """As where Ctrl-C comes twice while a file is read: nobody waits for the thread any more."""
    is_making, may_end = threading.Event(), threading.Event()

    def items():
        yield 1
        is_making.set()
        may_end.wait(20)
        yield 2

    def interrupted(_pool, *_, **__):
        raise KeyboardInterrupt

    ahead = one_ahead(items())
    assert next(ahead) == 1
    assert is_making.wait(20)
    monkeypatch.setattr(ThreadPoolExecutor, "shutdown", interrupted)
    with pytest.raises(KeyboardInterrupt):
        ahead.close()
    may_end.set()
