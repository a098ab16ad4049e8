"""`settle`: a person says what became of rows in doubt, and `resume` goes on from there."""

from pathlib import Path

import pytest

from pipeline.sandbox import Faults, SandboxServer
from pipeline.sandbox.accounts import User
from tests.support.command_line import accounts, call, read_csv, report_in, result_of, run_into, write_csv

CREATOR = User(username="c@b.example", password="x", roles=frozenset({"EmailAccount-Create"}), token="clerk-token")


@pytest.fixture
def target():
    """A target whose user may not list, and whose first two answers are lost."""
    with SandboxServer(users=[CREATOR], faults=Faults(lose_answers=1)) as server:
        yield server


@pytest.fixture
def run_id(target):
    """A run with two rows in doubt, both of them created in truth."""
    write_csv("a.csv", accounts(2))
    ended = run_into(target, "a.csv", token="clerk-token")
    assert ended.exit_code == 4
    target.faults = Faults()
    return report_in()["Run"]["RunId"]


def filled_in(*answers):
    """The run's in_doubt.csv with its last column filled in."""
    lines = read_csv("out/in_doubt.csv")
    for line, answer in zip(lines[1:], answers, strict=True):
        line[-1] = answer
    path = Path("answers.csv")
    path.write_text("\n".join(",".join(f'"{cell}"' for cell in line) for line in lines), encoding="utf-8")
    return path


def test_rows_in_doubt_stand_in_a_file_of_their_own_that_says_what_to_do(run_id):
    header, first, second = read_csv("out/in_doubt.csv")
    assert header == [
        "Row",
        "Source",
        "BusinessId",
        "EmailAddress",
        "SentOn",
        "Message",
        "Candidates",
        "IdOrMissing",
    ]
    assert (first[:4], second[:4]) == (
        ["2", "a.csv", "1", "desk1@cowork.example"],
        ["3", "a.csv", "1", "desk2@cowork.example"],
    )
    assert f"nexudus-import settle {run_id}" in first[5]
    assert first[6:] == ["", ""]


def test_for_scripts_it_names_the_sources_with_their_rows(run_id):
    found = result_of(call("settle", run_id, filled_in("missing", ""), "--json"))
    assert found["Run"]["Sources"] == report_in()["Run"]["Sources"]
    assert [source["Rows"] for source in found["Run"]["Sources"]] == [2]
    assert found["Settled"] == {"Created": 0, "Missing": 1, "Left": 1}


def test_an_id_ends_the_row_as_created_and_missing_sends_it(target, run_id):
    ids = [record["Id"] for record in target.store.records()]
    target.store.delete(ids[1])
    settled = call("settle", run_id, filled_in(ids[0], "missing"))
    assert (settled.exit_code, settled.stderr.splitlines()[0]) == (
        0,
        "Settled: 1 created, 1 missing; 0 say nothing yet.",
    )
    resumed = call("resume", run_id, token="clerk-token")
    assert resumed.exit_code == 0
    report = report_in()
    assert [(one["Row"], one["Id"]) for one in report["Created"]] == [(2, ids[0]), (3, ids[1] + 1)]
    assert len(target.store) == 2


def test_one_row_can_be_settled_without_a_file(target, run_id):
    ids = [record["Id"] for record in target.store.records()]
    assert call("settle", run_id, "--row", 2, "--id", ids[0]).exit_code == 0
    assert call("settle", "last", "--row", 3, "--id", ids[1]).exit_code == 0
    assert call("report", run_id).exit_code == 0
    assert report_in()["Summary"]["Created"] == 2
    assert not Path("out/in_doubt.csv").exists()


def test_lines_that_say_nothing_are_left(run_id):
    settled = call("settle", run_id, filled_in("", ""))
    assert "0 created, 0 missing; 2 say nothing yet" in settled.stderr


@pytest.mark.parametrize("filled", [True, False])
def test_where_nothing_is_filled_in_that_is_the_next_step(run_id, filled):
    path = [filled_in("", "")] if filled else []
    said = " ".join(call("settle", "last", *path).stderr.split())
    named = path[0] if filled else Path("out/in_doubt.csv").absolute()
    what = "the Id of each row's record, or the word missing"
    assert said.endswith(f"Next: fill in the last column of {named} ({what}), and settle the run again.")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--row", 7, "--missing"], 2, "Row 7 of a.csv is not one of the run's rows"),
        (["--row", 2, "--missing", "--id", 5], 2, "either --id ID or --missing"),
        (["--id", 5], 2, "go with --row"),
        (["nowhere.csv"], 6, "nowhere.csv: cannot be read"),
        (["--row", 2, "--missing", "--source", "b.csv"], 2, "has no source b.csv"),
    ],
    ids=str,
)
def test_what_cannot_be_settled_is_refused_whole(run_id, arguments, code, message):
    refused = call("settle", run_id, *arguments)
    assert refused.exit_code == code
    assert message in " ".join(refused.stderr.split())


def test_the_id_of_another_row_settles_nothing(target, run_id):
    number = target.store.records()[0]["Id"]
    refused = call("settle", run_id, filled_in(number, number))
    assert refused.exit_code == 2
    assert f"record {number} belongs to another row" in refused.stderr
    call("report", run_id)
    assert report_in()["Summary"]["InDoubt"] == 2


def test_a_word_that_is_neither_is_named_with_its_line(run_id):
    refused = call("settle", run_id, filled_in("gone", ""))
    assert (refused.exit_code, "answers.csv, line 2: 'gone' says neither for row 2" in refused.stderr) == (6, True)


def test_a_number_that_none_can_be_is_named_with_its_line(run_id):
    for answer in ("0", "9" * 19, "9" * 5000):
        refused = call("settle", run_id, filled_in(answer, ""))
        assert (refused.exit_code, "answers.csv, line 2: '" in refused.stderr) == (6, True)
    path = filled_in("missing", "")
    path.write_text(path.read_text().replace('"2"', f'"{"9" * 30}"', 1))
    refused = call("settle", run_id, path)
    assert (refused.exit_code, f"says neither for row {'9' * 30}" in refused.stderr) == (6, True)


@pytest.mark.parametrize("column", ["Row", "IdOrMissing"])
def test_a_file_without_a_column_that_matters_is_refused(run_id, column):
    path = filled_in("missing", "missing")
    path.write_text(path.read_text().replace(f'"{column}"', '"Other"'))
    refused = call("settle", run_id, path)
    assert refused.exit_code == 6
    assert f"answers.csv: cannot be read (it has no column {column})" in refused.stderr


def test_a_run_is_found_by_the_beginning_of_its_name(run_id):
    assert call("show", run_id[:-3]).exit_code == 0
    assert call("show", "last").exit_code == 0
    assert "There is no run nothing" in call("show", "nothing").stderr


# -- refused by a cause that is not theirs -----------------------------------------------------------------------


def test_rejected_rows_are_sent_again_once_their_cause_is_mended():
    with SandboxServer(faults=Faults(refusals=1)) as target:
        write_csv("a.csv", accounts(3))
        stopped = run_into(target, "a.csv", "--stop-after", 2, "--concurrency", 1)
        assert stopped.exit_code == 5
        assert "--retry rejected" in stopped.output
        target.faults = Faults()
        resumed = call("resume", "--last", "--retry", "rejected")
        assert resumed.exit_code == 0
        assert report_in()["Summary"]["Created"] == 3
        assert len(target.store) == 3


def test_old_doubts_that_nobody_can_look_up_do_not_stop_a_resumed_run(target):
    write_csv("a.csv", accounts(60))
    options = ("--stop-after", "20", "--timeout", "1")
    assert run_into(target, "a.csv", *options, token="clerk-token").exit_code == 5
    before = report_in()["Summary"]
    assert before["InDoubt"] >= 20
    target.faults = Faults()
    resumed = call("resume", "last", "--yes", token="clerk-token")
    assert resumed.exit_code == 4
    after = report_in()["Summary"]
    assert (after["InDoubt"], after["Unprocessed"]) == (before["InDoubt"], 0)
    assert after["Created"] == 60 - before["InDoubt"]
    assert len(target.store) == 60
