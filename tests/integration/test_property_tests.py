"""What property tests need of their process."""

import random
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st


@pytest.fixture
def thread_that_draws() -> Iterator[None]:
    """As libraries leave them behind."""
    over = threading.Event()

    def draw() -> None:
        while not over.is_set():
            random.random()

    thread = threading.Thread(target=draw)
    thread.start()
    yield
    over.set()
    thread.join()


@pytest.mark.usefixtures("thread_that_draws")
def test_other_threads_may_draw_from_random_meanwhile() -> None:
    seen = []

    @given(st.lists(st.text(), min_size=5))
    def drawn(texts: list[str]) -> None:
        seen.append(texts)

    drawn()
    assert len(seen) > 1
