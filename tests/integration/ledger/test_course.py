"""How a run stands and when it waited, for other processes and for the report."""

from pipeline.errors import Code, ExitCode, QuotaExceeded
from pipeline.ledger import course
from pipeline.ledger.snapshot import Snapshot
from pipeline.model.runs import RunStatus
from pipeline.model.standing import Standing
from pipeline.model.waits import Cause, Stretch, Wait, Why

WAIT = Wait(cause=Cause(why=Why.LIMIT, calls=60, seconds=60), began_at=1_000.0, until=1_041.5)


def standing(at=1_000.0, **values):
    return Standing(**{"at": at, "done": 5, "total": 12, "per_minute": 60.0, "wait": WAIT} | values)


def note(book, run, one, *stretches):
    book.ledger.write(lambda c: course.note(c, run.id, one, stretches))


def found(book, name):
    with book.ledger.snapshot() as snapshot:
        [run] = snapshot.find_runs(name)
    return run


def stretches(book, run):
    with book.ledger.connection() as connection:
        return Snapshot(connection).stretches(run)


def test_how_a_run_stands_is_known_until_it_ends(book):
    run = book.begin()
    assert found(book, "run-1").standing is None
    note(book, run, standing())
    assert found(book, "run-1").standing == standing()
    book.ledger.finish_run(run, RunStatus.COMPLETED, 2_000.0)
    assert found(book, "run-1").standing is None


def test_why_a_run_stopped_is_known_until_it_goes_on(book):
    run = book.begin()
    book.ledger.finish_run(
        run, RunStatus.STOPPED, 2_000.0, QuotaExceeded(Code.BUDGET_SPENT, "The budget is spent.", wait_s=7_200.5)
    )
    reason = found(book, "run-1").stopped_because
    assert isinstance(reason, QuotaExceeded)
    assert (reason.code, reason.message) == (Code.BUDGET_SPENT, "The budget is spent.")
    assert (reason.facts, reason.exit_code) == ({"wait_s": 7_200.5}, ExitCode.STOPPED)
    book.ledger.start_run(run, 3_000.0)
    assert found(book, "run-1").stopped_because is None


def test_a_stretch_grows_and_others_stay(book):
    run = book.begin()
    first = Stretch(what="limit", began_at=100.0, ended_at=154.0, waited_s=54.0)
    grown = Stretch(what="limit", began_at=100.0, ended_at=214.0, waited_s=108.0, times=2)
    other = Stretch(what="throttled", began_at=120.0, ended_at=121.0, waited_s=0.0, times=3)
    note(book, run, standing(), first)
    note(book, run, standing(), grown, other)
    assert stretches(book, run) == [grown, other]
    assert stretches(book, book.begin("run-2")) == []


def test_stretches_go_with_their_run(book):
    run = book.begin()
    note(book, run, standing(), Stretch(what="limit", began_at=100.0, ended_at=154.0, waited_s=54.0))
    book.ledger.prune(run, records=True)
    assert stretches(book, run) == []


def test_other_runs_at_work_on_the_same_target_are_seen(book):
    one, two, three, four, elsewhere = (
        book.begin(f"run-{n}", **({"target": "https://elsewhere.example/"} if n == 5 else {})) for n in range(1, 6)
    )
    for n, run in enumerate((one, two, three, elsewhere), start=1):
        note(book, run, standing(at=1_000.0 + n, calls_left=float(n)))
    note(book, four, standing(at=10.0))
    book.ledger.finish_run(three, RunStatus.STOPPED, 2_000.0)
    with book.ledger.snapshot() as snapshot:
        assert [other.calls_left for other in snapshot.standings_at(one, since=900.0)] == [2.0]
