"""The one writer of a run: group commit, failures, cancellation, and nothing lost on the way out."""

import asyncio
import threading

import pytest
import sqlalchemy as sa

from pipeline.errors import IllegalTransition, LedgerUnavailable
from pipeline.ledger.ledger import Ledger
from pipeline.ledger.writer import LedgerWriter
from pipeline.model.rows import Outcome, Status

PATIENCE_S = 20.0
EMAILS = [f"{n}@x.example" for n in range(40)]


@pytest.fixture
def run(book):
    begun = book.begin()
    book.enter(begun, book.batch(*EMAILS))
    return begun


@pytest.fixture
def records(book):
    return [book.record(n + 2, email) for n, email in enumerate(EMAILS)]


@pytest.fixture
def transactions(book, monkeypatch):
    """The threads that wrote, one for each transaction of the ledger."""
    counted = []

    def counting(write):
        def counts(work):
            result = write(work)
            counted.append(threading.current_thread().name)
            return result

        return counts

    for name in ("write", "write_at_once"):
        monkeypatch.setattr(book.ledger, name, counting(getattr(book.ledger, name)))
    return counted


def writer(book, run, now=100.0):
    return LedgerWriter(book.ledger.write, book.ledger.write_at_once, run, lambda: now)


def test_what_is_asked_for_together_is_committed_together(book, run, records, transactions):
    async def work():
        async with writer(book, run) as w:
            return await asyncio.gather(*(w.claim(record) for record in records))

    assert asyncio.run(work()) == [None] * 40
    assert len(transactions) == 1
    assert set(book.statuses(run).values()) == {"sending"}
    assert book.row(run, 2)["intent_at"] == 100.0


def test_what_arrives_during_a_commit_goes_into_the_next(book, run, records, transactions):
    async def work():
        began, may_end = threading.Event(), threading.Event()

        def slow(_connection):
            began.set()
            may_end.wait(10)

        async with writer(book, run) as w:
            first = asyncio.create_task(w.execute(slow))
            await asyncio.to_thread(began.wait, 10)
            others = [asyncio.create_task(w.claim(record)) for record in records]
            await asyncio.sleep(0)
            may_end.set()
            await asyncio.gather(first, *others)

    asyncio.run(work())
    assert len(transactions) == 2


def test_what_would_wait_is_written_by_one_thread_and_all_else_by_that_of_the_loop(book, run, records, transactions):
    async def work():
        async with writer(book, run) as w:
            for record in records[:5]:
                await w.claim(record)
            for _ in range(3):
                await w.execute(lambda _: None)

    asyncio.run(work())
    here, other = transactions[:5], transactions[5:]
    assert len(set(here)) == len(set(other)) == 1
    assert other[0].startswith("ledger")
    assert (here[0] == threading.current_thread().name) == (not book.location.startswith("postgresql"))


def test_a_loop_goes_on_while_another_process_is_writing(book, run, records, transactions):
    """As where two runs share a ledger: what cannot be written at once is waited for beside the loop."""
    other = Ledger(book.location)
    has_begun, may_end = threading.Event(), threading.Event()

    def slow(_connection):
        has_begun.set()
        may_end.wait(PATIENCE_S)

    async def work():
        async with writer(book, run) as w:
            writing = asyncio.create_task(asyncio.to_thread(other.write, slow))
            await asyncio.to_thread(has_begun.wait, PATIENCE_S)
            claimed = asyncio.create_task(w.claim(records[0]))
            turns = [await asyncio.sleep(0) for _ in range(100)]
            may_end.set()
            await asyncio.gather(claimed, writing)
            await w.claim(records[1])
            return len(turns)

    try:
        assert asyncio.run(work()) == 100
    finally:
        other.close()
    assert [book.row(run, n)["status"] for n in (2, 3)] == ["sending"] * 2
    assert transactions[0].startswith("ledger")
    assert (transactions[1] == transactions[0]) == book.location.startswith("postgresql")


def test_each_waiter_is_given_its_own_result(book, run, records):
    held = book.begin("run-0")
    book.enter(held, book.batch(EMAILS[1]))
    book.intend(held, book.record(2, EMAILS[1]))

    async def work():
        async with writer(book, run) as w:
            return await asyncio.gather(
                w.execute(lambda _: "one"), w.claim(records[0]), w.claim(records[1]), w.execute(lambda _: "two")
            )

    one, free, holder, two = asyncio.run(work())
    assert (one, free, holder.run_id, two) == ("one", None, "run-0", "two")


def test_an_answer_frees_the_key_that_an_intent_of_the_same_commit_waits_for(book, run, records):
    other = book.begin("run-2")
    book.enter(other, book.batch(EMAILS[0]))
    book.intend(run, records[0])
    mine = book.record(2, EMAILS[0])
    assert book.intend(other, mine)[mine.ref].run_id == "run-1"

    async def work():
        async with writer(book, run) as w:
            done = w.record_outcome(records[0], Outcome(status=Status.REJECTED))
            return await asyncio.gather(w.claim(records[1]), done)

    assert asyncio.run(work()) == [None, Outcome(status=Status.REJECTED)]
    assert book.intend(other, mine) == {mine.ref: None}


def test_what_is_concluded_is_on_disk(book, run, records):
    async def work():
        async with writer(book, run, now=7.5) as w:
            await w.claim(records[0])
            await w.record_outcome(records[0], Outcome(status=Status.CREATED, remote_id=9))
            return book.row(run, 2)

    row = asyncio.run(work())
    assert (row["status"], row["remote_id"], row["ended_at"]) == ("created", 9, 7.5)


def test_a_failure_reaches_everybody_who_waits_for_that_commit(book, run, records):
    async def work():
        async with writer(book, run) as w:
            broken = w.execute(lambda c: c.execute(sa.text("INSERT INTO no_such_table VALUES (1)")))
            fine = w.execute(lambda _: "fine")
            failed = await asyncio.gather(w.claim(records[0]), broken, fine, return_exceptions=True)
            return failed, await w.claim(records[1])

    failed, later = asyncio.run(work())
    assert [type(error) for error in failed] == [LedgerUnavailable] * 3
    assert later is None
    assert (book.row(run, 2)["status"], book.row(run, 3)["status"]) == ("unprocessed", "sending")


def test_an_illegal_transition_is_named_as_what_it_is(book, run, records):
    async def work():
        async with writer(book, run) as w:
            await w.record_outcome(records[0], Outcome(status=Status.CREATED, remote_id=1))

    with pytest.raises(IllegalTransition):
        asyncio.run(work())
    assert book.row(run, 2)["status"] == "unprocessed"


def test_a_cancelled_waiter_takes_nothing_from_the_others(book, run, records):
    async def work():
        async with writer(book, run) as w:
            waiting = [asyncio.create_task(w.claim(record)) for record in records[:5]]
            await asyncio.sleep(0)
            waiting[0].cancel()
            waiting[3].cancel()
            return await asyncio.gather(*waiting, return_exceptions=True)

    results = asyncio.run(work())
    assert [isinstance(r, asyncio.CancelledError) for r in results] == [True, False, False, True, False]
    # Who was told that it is cancelled sends nothing: there is nothing to be in doubt about.
    statuses = [book.row(run, n)["status"] for n in range(2, 7)]
    assert statuses == ["unprocessed", "sending", "sending", "unprocessed", "sending"]


def test_a_claim_that_is_being_committed_is_taken_back_where_its_row_is_not_sent(book, run, records):
    """Cancelled by the second Ctrl-C: nobody would send the row, and nobody put it back."""

    async def work():
        loop, committing = asyncio.get_running_loop(), asyncio.Event()
        async with writer(book, run) as w:
            waiting = asyncio.create_task(w.claim(records[0]))
            begun = lambda _: loop.call_soon_threadsafe(committing.set)  # noqa: E731 - other work is done in a thread
            others = asyncio.create_task(w.execute(begun))
            await committing.wait()
            waiting.cancel()
            return await asyncio.gather(waiting, others, return_exceptions=True)

    assert isinstance(asyncio.run(work())[0], asyncio.CancelledError)
    assert book.row(run, 2)["status"] == "unprocessed"


def test_a_claim_is_taken_back_where_nobody_can_be_told_of_it_any_more(book, run, records):
    """Whoever is told first of a commit cancels the next one, whose claim is on the same disk."""

    async def work():
        async def told_first():
            await w.claim(records[1])
            waiting.cancel()

        async with writer(book, run) as w:
            first = asyncio.create_task(told_first())
            waiting = asyncio.create_task(w.claim(records[0]))
            return await asyncio.gather(first, waiting, return_exceptions=True)

    assert isinstance(asyncio.run(work())[1], asyncio.CancelledError)
    assert [book.row(run, n)["status"] for n in (2, 3)] == ["unprocessed", "sending"]


def test_a_cancelled_waiter_of_a_failed_commit_warns_of_nothing(book, run, caplog):
    async def work():
        async with writer(book, run) as w:
            insert = sa.text("INSERT INTO no_such_table VALUES (1)")
            broken = asyncio.create_task(w.execute(lambda c: c.execute(insert)))
            await asyncio.sleep(0)
            broken.cancel()
            await asyncio.gather(broken, return_exceptions=True)

    asyncio.run(work())
    assert caplog.records == []


def test_nothing_is_lost_on_the_way_out(book, run, records):
    async def work():
        async with writer(book, run) as w:
            for record in records:
                asyncio.create_task(w.claim(record))  # noqa: RUF006 - nobody waits for it: that is the case
            await asyncio.sleep(0)

    asyncio.run(work())
    assert set(book.statuses(run).values()) == {"sending"}


def test_an_error_of_its_user_does_not_keep_it_from_writing(book, run, records):
    async def work():
        async with writer(book, run) as w:
            asyncio.create_task(w.claim(records[0]))  # noqa: RUF006 - nobody waits for it: that is the case
            await asyncio.sleep(0)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        asyncio.run(work())
    assert book.row(run, 2)["status"] == "sending"


def test_its_thread_ends_with_it(book, run):
    async def work():
        async with writer(book, run) as w:
            thread = await w.execute(lambda _: threading.current_thread())
            assert thread.is_alive()
        return thread

    assert not asyncio.run(work()).is_alive()


@pytest.mark.parametrize("turns", [0, 1, 2])
def test_nobody_waits_for_a_commit_whose_task_is_cancelled(book, run, records, turns):
    """As where a loop ends before its tasks do: some begin to write only while they are being cancelled."""

    async def cut():
        w = writer(book, run)
        waiting = [asyncio.create_task(w.claim(record)) for record in records[:3]]
        waiting.append(asyncio.create_task(w.execute(lambda _: None)))  # so that it is written beside the loop
        await asyncio.sleep(0)
        for _ in range(turns):
            await asyncio.sleep(0)
        [committing] = [task for task in asyncio.all_tasks() if "_commit_all" in repr(task)]
        committing.cancel()
        late = asyncio.create_task(w.claim(records[3]))
        return await asyncio.wait_for(asyncio.gather(*waiting, late, return_exceptions=True), PATIENCE_S)

    ended = asyncio.run(cut())
    assert all(one is None or isinstance(one, asyncio.CancelledError) for one in ended)
    assert any(isinstance(one, asyncio.CancelledError) for one in ended)


def test_a_writer_whose_commit_was_cancelled_goes_on(book, run, records):
    async def cut():
        w = writer(book, run)
        first = asyncio.create_task(w.claim(records[0]))
        await asyncio.sleep(0)
        [committing] = [task for task in asyncio.all_tasks() if "_commit_all" in repr(task)]
        committing.cancel()
        await asyncio.gather(first, return_exceptions=True)
        async with w:
            await asyncio.wait_for(w.claim(records[1]), PATIENCE_S)

    asyncio.run(cut())
    assert book.row(run, 3)["intent_at"] == 100.0


def test_of_rows_that_are_answered_with_one_id_in_one_commit_the_first_owns_it(book, run, records):
    async def work():
        async with writer(book, run) as w:
            await asyncio.gather(*(w.claim(record) for record in records[:3]))
            ends = [Outcome(status=Status.CREATED, remote_id=remote_id) for remote_id in (7, 7, 8)]
            return await asyncio.gather(*map(w.record_outcome, records[:3], ends))

    first, second, third = asyncio.run(work())
    assert [first.status, second.status, third.status] == [Status.CREATED, Status.IN_DOUBT, Status.CREATED]
    assert [book.row(run, n)["status"] for n in (2, 3, 4)] == ["created", "in_doubt", "created"]
