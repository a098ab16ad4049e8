"""What exists at the target already: how it is found, and that nobody waits for it without need."""

import json
import threading
from urllib.parse import parse_qs, urlsplit

import pytest

from pipeline.errors import ExitCode
from tests.support.command_line import account, accounts, call, on_terminal, report_in, write_csv
from tests.support.hostile import Behaviour, created, hostile_server, listed

FAST = ("--limits", "none", "--report-dir", "out", "--timeout", "20")
PATIENCE_S = 15
AT_ONCE = 4
"""Calls in flight at first."""


@pytest.fixture
def server():
    behaviour = Behaviour()
    with hostile_server(behaviour) as url:
        behaviour.url = url
        yield behaviour


def run(server, *options):
    return call("run", "a.csv", "--base-url", server.url, *FAST, *options, token="t0ken")


def business(path):
    return parse_qs(urlsplit(path).query)["EmailAccount_Business"][0]


def ids():
    """Answers to creations, each with an Id of its own."""
    numbers = iter(range(1, 10_000))
    return lambda: (200, created(next(numbers)))


def test_the_first_rows_are_sent_while_other_parts_are_listed(server):
    write_csv("a.csv", [account(n, BusinessId=n) for n in range(1, 6)])
    sent, create = threading.Event(), ids()

    def answer(method, path, _sent):
        if method == "POST":
            sent.set()
            return create()
        if "EmailAccount_Business=" in path and business(path) != "1":
            assert sent.wait(PATIENCE_S), "rows of the part that is listed waited for the others"
        return 200, listed()

    server.answer = answer
    assert run(server, "--existing", "skip", "--quiet").exit_code == 0  # else all of it is told before
    assert report_in()["Summary"]["Created"] == 5


def test_an_outage_before_records_are_read_stops_the_run_and_costs_no_row(server):
    """Nothing was written: the rows wait for `resume`, like those of an outage before a creation."""
    write_csv("a.csv", accounts(60))
    records = [{**account(n), "Id": n, "BusinessId": 1} for n in range(1, 61)]

    def answer(_method, path, _sent):
        if "Business=" in path:
            return 200, listed(*records)
        raise ConnectionAbortedError

    server.answer = answer
    ended = run(server, "--existing", "update", "--attempts", "1", "--quiet")
    assert ended.exit_code == ExitCode.STOPPED
    assert "The target cannot be reached" in ended.stderr
    assert {name: count for name, count in report_in()["Summary"].items() if count} == {
        "RowsRead": 60,
        "Unprocessed": 60,
    }


def test_parts_are_listed_at_the_same_time(server):
    write_csv("a.csv", [account(n, BusinessId=n) for n in range(1, AT_ONCE + 1)])
    together, create = threading.Barrier(AT_ONCE), ids()

    def answer(method, path, _sent):
        if method == "POST":
            return create()
        if "EmailAccount_Business=" in path:
            together.wait(PATIENCE_S)
        return 200, listed()

    server.answer = answer
    assert run(server, "--existing", "skip").exit_code == 0


def huge(there=()):
    """Answers of a part that holds far more records than there are rows for it."""
    create, asked = ids(), []

    def answer(method, path, _sent):
        if method == "POST":
            return create()
        query = parse_qs(urlsplit(path).query)
        if "EmailAccount_EmailAddress" in query:
            asked.append(query["EmailAccount_EmailAddress"][0])
            return 200, listed(*(record for record in there if record["EmailAddress"] == asked[-1]))
        records = [{"Id": n, "BusinessId": 7, "EmailAddress": f"x{n}@y.example"} for n in range(1_000, 1_100)]
        return 200, json.dumps({"Records": records, "HasNextPage": True, "TotalItems": 123_456}).encode()

    return answer, asked


def test_few_rows_for_a_part_with_many_records_are_looked_up_one_by_one(server):
    write_csv("a.csv", [account(1, BusinessId=7), account(2, BusinessId=7), account(3, BusinessId=7)])
    server.answer, _ = huge([{"Id": 900, "BusinessId": 7, "EmailAddress": account(2)["EmailAddress"]}])
    ended = run(server, "--existing", "skip")
    assert ended.exit_code == 0
    report = report_in()
    assert (report["Summary"]["Created"], [one["Id"] for one in report["Skipped"]]) == (2, [900])
    assert not [one for one in server.calls if "page=2" in one]


def test_rows_that_were_looked_up_for_the_question_are_not_looked_up_again(server):
    rows = [account(n, BusinessId=7) for n in (1, 2, 3)]
    write_csv("a.csv", rows)
    server.answer, asked = huge([{"Id": 900, "BusinessId": 7, "EmailAddress": rows[1]["EmailAddress"]}])
    options = ("run", "a.csv", "--base-url", server.url, "--report-dir", "out")
    code, shown = on_terminal(*options, answers={"Go ahead?": "y"}, NEXUDUS_TOKEN="t0ken")
    assert code == 0
    assert "1 skip (1 exist at the target)" in " ".join(shown.split())
    assert sorted(asked) == [row["EmailAddress"] for row in rows]
    assert report_in()["Summary"]["Created"] == 2


@pytest.mark.parametrize(("status", "body", "code"), [(500, b"", 5), (403, b"", 0), (302, b"", 5)])
def test_look_ups_that_fail_end_or_go_on_as_lists_do(server, status, body, code):
    write_csv("a.csv", [account(n, BusinessId=7) for n in (1, 2, 3)])
    usual, _ = huge()
    server.answer = lambda method, path, sent: (
        (status, body) if "EmailAccount_EmailAddress" in path else usual(method, path, sent)
    )
    ended = run(server, "--existing", "skip", "--attempts", "1")
    assert ended.exit_code == code
    assert "defect" not in ended.output + ended.stderr
    assert report_in()["Summary"]["Created"] == (3 if code == 0 else 0)


def test_what_takes_long_is_said_with_its_duration(server):
    write_csv("a.csv", [account(n, BusinessId=7) for n in range(1, 300)])
    page = {"Records": [{"Id": 1, "BusinessId": 7, "EmailAddress": "x@y.example"}], "TotalItems": 20_000}
    server.answer = lambda method, *_: (
        (403, b"") if method == "POST" else (200, json.dumps(page | {"HasNextPage": False}).encode())
    )
    ended = call(
        *("run", "a.csv", "--base-url", server.url, "--report-dir", "out", "--existing", "skip", "--on-quota", "stop"),
        token="t0ken",
    )
    said = "BusinessId 7 holds 20,000 records: listing them takes 200 calls, at least 70 s at the limits."
    assert said in ended.stderr
