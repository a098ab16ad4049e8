"""Who works on a run: a lock that the system releases when its owner dies."""

import contextlib
import os
import signal
import subprocess
import sys
import threading

import filelock
import pytest

from pipeline.ledger.ledger import Ledger

_HOLD = """
import sys
from pipeline.ledger.ledger import Ledger
lock = Ledger(sys.argv[1]).lock(sys.argv[2])
sys.stdout.write(f"{lock is not None}\\n")
sys.stdout.flush()
sys.stdin.read()
"""


class KeyOwner:
    """A real process that holds a run."""

    def __init__(self, location, name):
        self._process = subprocess.Popen(
            [sys.executable, "-c", _HOLD, location, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.has_it = self._process.stdout.readline() == "True\n"

    @property
    def lives(self):
        return self._process.poll() is None

    def kill(self):
        self._process.send_signal(signal.SIGKILL if os.name == "posix" else signal.SIGTERM)
        self.end()

    def end(self):
        self._process.communicate(timeout=30)


@pytest.fixture
def hold():
    holders = []

    def start(location, name):
        holders.append(KeyOwner(location, name))
        return holders[-1]

    yield start
    for holder in holders:
        if holder.lives:
            holder.kill()


def eventually_free(ledger, name):
    """PostgreSQL's server notices a client's death by itself, a moment later."""
    for _ in range(500):
        if ledger.is_free(name):
            return True
        threading.Event().wait(0.01)
    return False


def test_a_run_that_nobody_works_on_is_free(book):
    assert book.ledger.is_free("run-1")
    assert book.ledger.is_free("run-1")


def test_a_run_is_held_by_one_at_a_time(book):
    other = Ledger(book.location)
    lock = book.ledger.lock("run-1")
    assert other.lock("run-1") is None
    assert not other.is_free("run-1")
    lock.release()
    again = other.lock("run-1")
    assert not book.ledger.is_free("run-1")
    again.release()
    assert book.ledger.is_free("run-1")
    other.close()


def test_one_process_does_not_take_the_same_run_twice(book):
    lock = book.ledger.lock("run-1")
    assert book.ledger.lock("run-1") is None
    lock.release()


def test_a_look_whether_a_run_is_free_does_not_keep_it_from_who_takes_it(tmp_path, monkeypatch):
    monkeypatch.setattr("pipeline.ledger.sqlite_writing._LONGEST_LOOK_S", 60)  # nobody looks for so long
    with contextlib.closing(Ledger(str(tmp_path / "ledger.db"))) as ledger:
        ledger.lock("run-1").release()
        looking = filelock.FileLock(tmp_path / "ledger.db.locks" / "run-1.lock", thread_local=False)
        looking.acquire()
        end = threading.Timer(0.05, looking.release)
        end.start()
        assert ledger.lock("run-1") is not None
        end.join()


def test_a_look_leaves_no_file_behind(tmp_path):
    with contextlib.closing(Ledger(str(tmp_path / "ledger.db"))) as ledger:
        assert ledger.is_free("run-1")
    assert not (tmp_path / "ledger.db.locks").exists()


def test_different_runs_do_not_exclude_each_other(book):
    locks = [book.ledger.lock(f"run-{n}") for n in range(8)]
    assert None not in locks
    assert [book.ledger.is_free(f"run-{n}") for n in range(9)] == [False] * 8 + [True]
    for lock in locks:
        lock.release()


def test_asking_whether_a_run_is_free_takes_it_from_nobody(book, hold):
    assert book.ledger.is_free("run-1")
    assert hold(book.location, "run-1").has_it


def test_a_living_process_keeps_its_run_and_loses_it_when_it_is_killed(book, hold):
    holder = hold(book.location, "run-1")
    assert holder.has_it
    assert book.ledger.lock("run-1") is None
    assert not hold(book.location, "run-1").has_it
    holder.kill()
    assert eventually_free(book.ledger, "run-1")


def test_a_process_that_ends_without_a_word_lets_go(book, hold):
    holder = hold(book.location, "run-1")
    assert not book.ledger.is_free("run-1")
    holder.end()
    assert eventually_free(book.ledger, "run-1")
