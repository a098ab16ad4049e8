"""A connection to PostgreSQL that drops in mid-run: taken up again, nothing lost, nothing twice, locks included."""

import contextlib
import os
import socket
import threading

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from pipeline.errors import LedgerUnavailable
from pipeline.ledger import outcomes
from pipeline.ledger.ledger import Ledger
from pipeline.ledger.patience import Patience
from pipeline.model.rows import Outcome, Status
from pipeline.model.runs import RunStatus

A, B = "a@x.example", "b@x.example"


class Server:
    """The server's side of a database: sees sessions and ends them."""

    def __init__(self, url):
        self._engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)

    def ask(self, query, **values):
        with self._engine.connect() as connection:
            return connection.execute(sa.text(query), values).scalars().all()

    def end_sessions(self):
        """Ends every other session of the database, and waits until their locks are free."""
        mine = "datname = current_database() AND pid <> pg_backend_pid()"
        self.ask(f"SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE {mine}")


@pytest.fixture
def server(postgresql):
    return Server(postgresql)


@pytest.fixture
def slept():
    return []


@pytest.fixture
def ledger(postgresql, slept):
    opened = Ledger(postgresql, Patience(attempts=4, sleep=slept.append))
    yield opened
    opened.close()


@pytest.fixture
def book(postgresql, new_book, ledger):
    made = new_book(postgresql)
    made.ledger.close()
    made.ledger = ledger
    return made


@pytest.fixture
def run(book):
    begun = book.begin()
    book.enter(begun, book.batch(A, B))
    return begun


def count(connection, run):
    """Something that must not be done twice."""
    query = sa.text("UPDATE runs SET process = COALESCE(process, 0) + 1 WHERE id = :id RETURNING process")
    return connection.execute(query, {"id": run.id}).scalar_one()


def counted(book, run):
    with book.ledger.connection() as connection:
        return connection.execute(sa.text("SELECT process FROM runs WHERE id = :id"), {"id": run.id}).scalar_one()


# -- before, in and after a transaction --------------------------------------------------------------------------


def test_a_connection_that_was_lost_between_two_transactions_is_opened_again(book, run, server, caplog):
    server.end_sessions()
    book.intend(run, book.record(2, A))
    assert book.statuses(run) == {(1, 2): "sending", (1, 3): "unprocessed"}
    assert [r.message.partition(" (")[0] for r in caplog.records if r.name.startswith("pipeline")] == [
        "The connection to the ledger is lost",
        "The ledger is back; going on.",
    ]


def test_a_transaction_that_was_cut_off_is_done_again_from_its_beginning(book, run, server):
    attempts = []

    def work(connection):
        found = count(connection, run)
        attempts.append(found)
        if len(attempts) == 1:
            server.end_sessions()
        return count(connection, run)

    assert book.ledger.write(work) == 2
    assert attempts == [1, 1]
    assert counted(book, run) == 2


@pytest.mark.parametrize("arrives", [True, False])
def test_a_commit_whose_answer_is_lost_is_looked_up_before_it_is_done_again(book, run, server, monkeypatch, arrives):
    """The answer of the first commit is lost: once after it was carried out, once instead of it."""
    commit, attempts, lost = PGDialect_psycopg.do_commit, [], []

    def losing(dialect, connection):
        if attempts and not lost:
            lost.append(True)
            if arrives:
                commit(dialect, connection)
            server.end_sessions()
            connection.execute("SELECT 1")  # notices that the session has ended, as the commit would have
        commit(dialect, connection)

    def work(connection):
        attempts.append(count(connection, run))
        return attempts[-1]

    monkeypatch.setattr(PGDialect_psycopg, "do_commit", losing)
    assert book.ledger.write(work) == 1
    assert attempts == ([1] if arrives else [1, 1])
    assert counted(book, run) == 1


def test_a_commit_that_the_server_is_still_at_work_on_is_waited_for(book, run, postgresql):
    """Asked for the receipt, the ledger answers only when the transaction that would leave it has ended."""
    from pipeline.ledger.receipts import Receipts

    receipts, asked, answers = Receipts(), threading.Event(), []
    engine = sa.create_engine(postgresql)
    receipts.next_number()
    with engine.begin() as before:
        count(before, run)
        receipts.note(before, 1)
    number = receipts.next_number()

    def ask():
        with engine.begin() as other:
            asked.set()
            answers.append(receipts.has_arrived(other, number))

    with engine.begin() as slow:
        count(slow, run)
        receipts.note(slow, number)
        thread = threading.Thread(target=ask)
        thread.start()
        asked.wait(10)
        waits = sa.text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        with engine.connect() as watch:
            while not watch.execute(waits).scalar_one():
                watch.rollback()
        assert answers == []
    thread.join()
    engine.dispose()
    assert answers == [True]


def test_reading_leaves_no_receipt(book, run, server):
    before = server.ask("SELECT number FROM receipts")
    book.ledger.write(lambda c: c.execute(sa.text("SELECT 1")))
    assert server.ask("SELECT number FROM receipts") == before
    book.ledger.write(lambda c: count(c, run))
    assert server.ask("SELECT number FROM receipts") != before


def test_a_writer_that_ends_leaves_no_receipt(postgresql, book, run, server):
    other = Ledger(postgresql)
    other.write(lambda c: count(c, run))
    assert len(server.ask("SELECT number FROM receipts")) == 2
    other.close()
    assert len(server.ask("SELECT number FROM receipts")) == 1


def test_receipts_of_processes_that_died_are_forgotten_by_the_next_run(book, run, server):
    server.ask("INSERT INTO receipts VALUES ('dead', 7, 1000.0) RETURNING number")
    book.ledger.start_run(run, 1_000_000.0)
    assert "dead" not in server.ask("SELECT writer FROM receipts")


# -- locks -------------------------------------------------------------------------------------------------------


def test_a_run_whose_lock_was_lost_with_the_connection_is_taken_again_before_anything_is_written(
    book, run, server, postgresql
):
    other = Ledger(postgresql)
    lock = book.ledger.lock("run-1")
    server.end_sessions()
    assert other.is_free("run-1")
    seen = []
    book.ledger.write(lambda c: (count(c, run), seen.append(other.is_free("run-1"))))
    assert seen == [False]
    lock.release()
    assert other.is_free("run-1")
    other.close()


def test_a_process_whose_run_was_taken_up_meanwhile_writes_nothing_more(book, run, server, postgresql, slept):
    assert book.ledger.lock("run-1")
    server.end_sessions()
    other = Ledger(postgresql)
    taken = other.lock("run-1")
    with pytest.raises(LedgerUnavailable, match="run run-1 is in the hands of another process now"):
        book.ledger.write(lambda c: count(c, run))
    assert counted(book, run) is None
    assert len(slept) == 3
    taken.release()
    book.ledger.write(lambda c: count(c, run))
    assert not other.is_free("run-1")
    other.close()


def test_a_process_whose_run_was_taken_up_and_ended_meanwhile_writes_nothing_more_either(
    book, run, server, postgresql, monkeypatch
):
    """It was stopped for a while, as a machine is that sleeps: when it goes on, the lock is free again."""
    assert book.ledger.lock("run-1")
    book.ledger.start_run(run, 1_000.0)
    server.end_sessions()
    with contextlib.closing(Ledger(postgresql)) as other, monkeypatch.context() as elsewhere:
        elsewhere.setattr(socket, "gethostname", lambda: "import-2")
        taken = other.lock("run-1")
        other.start_run(run, 2_000.0)
        other.finish_run(run, RunStatus.COMPLETED, 3_000.0)
        taken.release()
    with pytest.raises(LedgerUnavailable, match="run run-1 is in the hands of another process now"):
        book.ledger.finish_run(run, RunStatus.STOPPED, 4_000.0)
    with book.ledger.snapshot() as snapshot:
        [found] = snapshot.find_runs("run-1")
    assert (found.run.status, found.run.host) == (RunStatus.COMPLETED, "import-2")


def test_a_run_that_this_process_has_begun_since_it_took_the_lock_is_still_its_own(book, run, server):
    assert book.ledger.lock("run-1")
    book.ledger.start_run(run, 1_000.0)
    server.end_sessions()
    book.ledger.finish_run(run, RunStatus.STOPPED, 2_000.0)
    with book.ledger.snapshot() as snapshot:
        [found] = snapshot.find_runs("run-1")
    assert found.run.status is RunStatus.STOPPED


def test_a_session_that_the_server_has_not_missed_yet_is_ended_by_its_own_successor(book, run, server, postgresql):
    """The network has gone, not the server: it keeps the old session and its lock, for as long as nobody says so."""
    assert book.ledger.lock("run-1")
    session, number = book.ledger.write(lambda c: (backend_of(c), c.connection.driver_connection.fileno()))
    with unplugged(number):
        assert session in server.ask(SESSIONS)
        book.ledger.write(lambda c: count(c, run))
        assert session not in server.ask(SESSIONS)
    other = Ledger(postgresql)
    assert not other.is_free("run-1")
    other.close()


SESSIONS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"


def backend_of(connection):
    """The number of a session on its server."""
    return connection.execute(sa.text("SELECT pg_backend_pid()")).scalar_one()


@contextlib.contextmanager
def unplugged(number):
    """Shows this side of a connection its end, by the number of its file; the other side still sees it open."""
    dead, closed = socket.socketpair()
    closed.close()
    with dead, socket.socket(fileno=os.dup(number)):
        os.dup2(dead.fileno(), number)
        yield


def test_a_lock_can_be_released_after_its_session_has_gone(book, run, server, postgresql):
    lock = book.ledger.lock("run-1")
    server.end_sessions()
    lock.release()
    assert book.ledger.is_free("run-1")
    book.ledger.write(lambda c: count(c, run))
    other = Ledger(postgresql)
    assert other.is_free("run-1")
    other.close()


# -- for good ----------------------------------------------------------------------------------------------------


@pytest.fixture
def gone(server, monkeypatch):
    """A server that ends all sessions and takes no more."""
    server.end_sessions()
    with monkeypatch.context() as patched:
        patched.setattr(PGDialect_psycopg, "connect", _refused)
        yield


def test_a_database_that_does_not_come_back_ends_the_run_after_a_bounded_number_of_attempts(book, run, gone, slept):
    with pytest.raises(LedgerUnavailable, match="The ledger cannot be written"):
        book.ledger.write(lambda c: count(c, run))
    assert len(slept) == 3
    assert slept == sorted(slept)


def test_what_a_run_has_yet_to_write_then_waits_no_more(book, run, server, slept, monkeypatch, caplog):
    server.end_sessions()
    with monkeypatch.context() as patched:
        patched.setattr(PGDialect_psycopg, "connect", _refused)
        for _ in range(3):
            with pytest.raises(LedgerUnavailable):
                book.ledger.write(lambda c: count(c, run))
            assert len(slept) == 3
    assert len(caplog.records) == 1
    assert book.ledger.write(lambda c: count(c, run)) == 1  # it is back: next time is waited for again
    server.end_sessions()
    assert book.ledger.write(lambda c: count(c, run)) == 2
    assert len(slept) == 4


def _refused(*_args, **_kwargs):
    import psycopg

    raise psycopg.OperationalError("connection refused")


@pytest.fixture
def waits():
    return []


@pytest.fixture
def patient(postgresql, waits):
    """A ledger with the usual patience."""
    with contextlib.closing(Ledger(postgresql, Patience(sleep=waits.append))) as opened:
        yield opened


def test_the_usual_patience_is_about_a_minute(run, patient, waits, gone):
    with pytest.raises(LedgerUnavailable):
        patient.write(lambda c: count(c, run))
    assert 50 < sum(waits) < 80


# -- two processes at the same moment ----------------------------------------------------------------------------


@pytest.fixture
def same_record(book, postgresql):
    """The same key in two runs: in doubt in the first, whose claim the second has taken over, in doubt there too."""
    from pipeline.ledger import claims

    one, two = book.begin("one"), book.begin("two")
    record = book.record(2, A)
    for run in (one, two):
        book.enter(run, book.batch(A, B))
    book.intend(one, record)
    book.conclude(one, (record, Outcome(status=Status.IN_DOUBT)))
    owner = book.intend(two, record)[record.ref]
    book.ledger.write(lambda c: claims.take_over(c, two, record, owner))
    book.intend(two, record)
    return one, two, record


@contextlib.contextmanager
def told_of_statements(**listeners):
    """Has listeners told of what every engine executes."""
    for event, listener in listeners.items():
        sa.event.listen(sa.Engine, event, listener)
    yield
    for event, listener in listeners.items():
        sa.event.remove(sa.Engine, event, listener)


def together(postgresql, *works):
    """Each in a process's own ledger; none writes before all have looked who owns the record, or do so in writing."""
    barrier, found = threading.Barrier(len(works), timeout=20), {}
    looked = threading.local()

    def meet():
        if not getattr(looked, "once", False):
            looked.once = True
            barrier.wait()

    def look(_conn, _cursor, statement, *_):
        if "remote_id IN" in statement:
            meet()

    def write(_conn, _cursor, statement, *_):
        if statement.startswith("UPDATE records"):
            meet()

    def at_work(number, work):
        with contextlib.closing(Ledger(postgresql)) as ledger:
            found[number] = ledger.write(work)

    threads = [threading.Thread(target=at_work, args=(n, work)) for n, work in enumerate(works)]
    with told_of_statements(after_cursor_execute=look, before_cursor_execute=write):
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return [found[n] for n in range(len(works))]


def owners(server):
    return server.ask("SELECT run_id FROM records WHERE remote_id = 7")


def test_two_processes_that_adopt_a_record_at_the_same_moment_do_not_both_get_it(book, same_record, postgresql, server):
    one, two, record = same_record
    book.conclude(two, (record, Outcome(status=Status.IN_DOUBT)))

    adopted = together(
        postgresql,
        lambda c: outcomes.adopt(c, one, record, 7, 300.0),
        lambda c: outcomes.adopt(c, two, record, 7, 300.0),
    )

    assert sorted(adopted) == [False, True]
    winner, loser = (one, two) if adopted[0] else (two, one)
    assert (book.row(winner, 2)["status"], book.row(winner, 2)["remote_id"]) == ("created", 7)
    assert (book.row(loser, 2)["status"], book.row(loser, 2)["remote_id"]) == ("in_doubt", None)
    assert owners(server) == [winner.id]


def test_a_record_that_is_adopted_while_its_own_answer_arrives_has_one_owner(book, same_record, postgresql, server):
    one, two, record = same_record
    answered = Outcome(status=Status.CREATED, remote_id=7)

    adopted, (standing,) = together(
        postgresql,
        lambda c: outcomes.adopt(c, one, record, 7, 300.0),
        lambda c: outcomes.record_outcomes(c, two, [(record, answered)], 300.0),
    )

    assert adopted is (standing.status is Status.IN_DOUBT)
    ends = {book.row(one, 2)["remote_id"]: one.id, book.row(two, 2)["remote_id"]: two.id}
    assert set(ends) == {7, None}
    assert owners(server) == [ends[7]]


def test_one_id_that_is_answered_for_two_keys_at_the_same_moment_has_one_owner(book, postgresql, server):
    """Each process has a key of its own: that the Id is the same only the database can see."""
    begun = [book.begin("one"), book.begin("two")]
    records = [book.record(2, A), book.record(2, B)]
    for run, record in zip(begun, records, strict=True):
        book.enter(run, book.batch(record.key.values[1]))
        book.intend(run, record)
    answered = Outcome(status=Status.CREATED, remote_id=7)

    standing = together(
        postgresql,
        lambda c: outcomes.record_outcomes(c, begun[0], [(records[0], answered)], 300.0),
        lambda c: outcomes.record_outcomes(c, begun[1], [(records[1], answered)], 300.0),
    )

    assert sorted(one.status for (one,) in standing) == [Status.CREATED, Status.IN_DOUBT]
    assert sorted(book.row(run, 2)["status"] for run in begun) == ["created", "in_doubt"]
    assert len(owners(server)) == 1


# -- a process that was taken for dead ---------------------------------------------------------------------------


def test_a_claim_is_not_taken_from_a_row_that_has_been_sent_again_since_it_was_looked_at(book, run):
    from pipeline.ledger import claims

    record = book.record(2, A)
    book.intend(run, record, at=10.0)
    other = book.begin("other")
    book.enter(other, book.batch(A))
    owner = book.intend(other, record)[record.ref]
    assert book.ledger.write(lambda c: claims.claim_again(c, run, record, 30.0))
    book.ledger.write(lambda c: claims.take_over(c, other, record, owner))
    assert book.claims() == {(1, A): (run.id, 1, 2, None)}


def test_a_row_whose_claim_was_taken_over_is_not_sent_again(book, run):
    from pipeline.ledger import claims

    record = book.record(2, A)
    book.intend(run, record, at=10.0)
    other = book.begin("other")
    book.enter(other, book.batch(A))
    owner = book.intend(other, record)[record.ref]
    book.ledger.write(lambda c: claims.take_over(c, other, record, owner))
    assert not book.ledger.write(lambda c: claims.claim_again(c, run, record, 30.0))
    assert book.row(run, 2)["ended_at"] == 10.0
