"""A ledger that moves to another database: whole, compared, and only where that cannot mix or lose anything."""

import json

import pytest
import sqlalchemy as sa

from pipeline.errors import Code, ConfigurationError, InternalError
from pipeline.ledger import budget, course
from pipeline.ledger.tables import METADATA
from pipeline.model.finding_codes import FindingCode
from pipeline.model.findings import FieldError
from pipeline.model.rows import Outcome, Status
from pipeline.model.standing import Standing
from pipeline.model.waits import Stretch
from pipeline.operations.copy_ledger import copy_ledger
from pipeline.sandbox.faults import Faults
from pipeline.sandbox.server import SandboxServer
from tests.support.command_line import accounts, call, result_of, run_into, summary, write_csv

ODD = FieldError(
    property_name="IncomingServerPort",
    attempted_value="9\\u0000ü",
    code=FindingCode.NOT_A_PORT,
    message="is odd, «quoted», 😀",
)


@pytest.fixture
def full(book):
    """A ledger with something in every table, and more rows than travel at once."""
    run = book.begin("run-1", "ünï.csv", notices={1: (ODD,)}, config={"limit": None})
    book.enter(
        run, book.batch(*(f"{n}@x.example" for n in range(4_500)), None, warnings={1: [ODD]}, errors={4_500: [ODD]})
    )
    book.created(run, book.record(2, "0@x.example"), 9_000_000_000)
    doubtful = book.record(3, "1@x.example")
    book.intend(run, doubtful, at=1_234.000_000_1)
    book.conclude(run, (doubtful, Outcome(status=Status.IN_DOUBT, response={"Message": "?"})))
    book.ledger.write(
        lambda c: c.execute(sa.insert(METADATA.tables["listed"]), {"run_id": run.id, "key": "k", "remote_id": 5})
    )
    book.ledger.write(
        lambda c: budget.spend(c, budget.SpentCalls(run.target_id, ()), modifying=True, now=1_000.123_456_7)
    )
    book.ledger.write(lambda c: budget.pause(c, run.target_id, 2_000.5))
    standing = Standing(at=1_000.25, done=1, total=3, per_minute=60.0)
    waited = Stretch(what="limit", began_at=900.5, ended_at=954.25, waited_s=53.75)
    book.ledger.write(lambda c: course.note(c, run.id, standing, [waited]))
    return book


@pytest.fixture
def target():
    """An empty sandbox."""
    with SandboxServer() as server:
        yield server


@pytest.fixture
def elsewhere(location, tmp_path, request):
    """A ledger in the other database."""
    return str(tmp_path / "other.db") if "://" in location else str(request.getfixturevalue("postgresql"))


def without_receipts(everything):
    return {name: rows for name, rows in everything.items() if name != "receipts"}


def test_every_table_arrives_as_it_was(full, elsewhere, new_book):
    before = without_receipts(full.everything())

    copied = copy_ledger(full.location, elsewhere)

    assert copied.tables["rows"] == 4_501
    assert copied.tables == {name: len(rows) for name, rows in before.items()}
    assert all(before.values())
    other = new_book(elsewhere)
    assert without_receipts(other.everything()) == before
    assert without_receipts(full.everything()) == before
    other.ledger.close()


def test_a_copy_goes_on_where_the_original_stood(full, elsewhere, new_book):
    copy_ledger(full.location, elsewhere)
    other = new_book(elsewhere)
    run = other.begin("run-2", target="https://elsewhere.example/")
    assert (run.id, run.target_id) == (2, 2)
    other.ledger.write(lambda c: budget.spend(c, budget.SpentCalls(run.target_id, ()), modifying=True, now=3_000.0))
    assert len(other.everything()["spending"]) == 2
    other.ledger.close()


def test_two_ledgers_are_never_mixed(full, elsewhere, new_book):
    other = new_book(elsewhere)
    other.begin("theirs")
    before = without_receipts(other.everything())
    with pytest.raises(ConfigurationError) as caught:
        copy_ledger(full.location, elsewhere)
    assert caught.value.code is Code.LEDGER_NOT_EMPTY
    assert without_receipts(other.everything()) == before
    other.ledger.close()


def test_a_ledger_that_somebody_works_on_is_not_copied(full, elsewhere, new_book):
    lock = full.ledger.lock("run-1")
    with pytest.raises(ConfigurationError, match="Another process works on run run-1"):
        copy_ledger(full.location, elsewhere)
    lock.release()
    other = new_book(elsewhere)
    assert not any(without_receipts(other.everything()).values())
    other.ledger.close()


def test_a_ledger_that_is_not_there_is_not_made_by_copying_it(tmp_path, elsewhere):
    with pytest.raises(ConfigurationError, match="There is no ledger"):
        copy_ledger(str(tmp_path / "lendger.db"), elsewhere)
    assert not (tmp_path / "lendger.db").exists()


def test_a_copy_that_differs_is_noticed_and_not_kept(full, postgresql, new_book):
    if full.location == postgresql:
        pytest.skip("one database is enough to be spoilt")
    other = new_book(postgresql)
    spoil = (
        (
            "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN IF NEW.row = 4000 THEN NEW.key := 'another'; END IF; RETURN NEW; END $$"
        ),
        "CREATE TRIGGER spoil BEFORE INSERT ON rows FOR EACH ROW EXECUTE FUNCTION spoil()",
    )
    other.ledger.write(lambda c: [c.execute(sa.text(one)) for one in spoil])
    with pytest.raises(InternalError, match="The copy of the table rows differs from the original"):
        copy_ledger(full.location, postgresql)
    assert not any(without_receipts(other.everything()).values())
    other.ledger.close()


def test_a_run_is_resumed_on_the_copy_and_known_on_a_copy_of_that(postgresql, target):
    write_csv("a.csv", accounts(60))
    target.faults = Faults(lose_answers=0.2, seed=5)
    options = ("--ledger", "first.db", "--stop-after", "0", "--timeout", "1")
    assert run_into(target, "a.csv", *options, token="creator-token").exit_code == 4  # it may look up nothing
    assert 0 < len(target.store) <= 60

    assert call("ledger", "copy", "first.db", postgresql).stdout.startswith("Copied and compared: 1 run, 60 rows, ")
    target.faults = Faults()
    resumed = call("resume", "--last", "--ledger", postgresql, "--json", token="sandbox-token")
    assert result_of(resumed)["Summary"] == summary(RowsRead=60, Created=60)
    assert len(target.store) == 60

    back = json.loads(call("ledger", "copy", postgresql, "second.db", "--json").stdout)
    assert (back["Runs"], back["Rows"], back["Records"]) == (1, 60, 60)
    target.calls.clear()
    again = run_into(target, "a.csv", "--ledger", "second.db", "--json")
    assert result_of(again)["Summary"] == summary(RowsRead=60, Skipped=60)
    assert target.calls.total() == 0
