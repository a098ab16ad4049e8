"""What exists at the target already: how it is found, and that nobody waits for it without need."""

import json
import threading
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.support.command_line import account, call, report_in, write_csv
from tests.support.hostile import Behaviour, created, hostile_server, listed

FAST = ("--limits", "none", "--report-dir", "out", "--timeout", "20")
PATIENCE_S = 15


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
    assert run(server, "--existing", "skip").exit_code == 0
    assert report_in()["Summary"]["Created"] == 5


def test_parts_are_listed_at_the_same_time(server):
    write_csv("a.csv", [account(n, BusinessId=n) for n in range(1, 11)])
    together, create = threading.Barrier(10), ids()

    def answer(method, path, _sent):
        if method == "POST":
            return create()
        if "EmailAccount_Business=" in path:
            together.wait(PATIENCE_S)
        return 200, listed()

    server.answer = answer
    assert run(server, "--existing", "skip").exit_code == 0


def test_few_rows_for_a_part_with_many_records_are_looked_up_one_by_one(server):
    write_csv("a.csv", [account(1, BusinessId=7), account(2, BusinessId=7), account(3, BusinessId=7)])
    create = ids()
    there = {"Id": 900, "BusinessId": 7, "EmailAddress": account(2)["EmailAddress"]}

    def answer(method, path, _sent):
        if method == "POST":
            return create()
        query = parse_qs(urlsplit(path).query)
        if "EmailAccount_EmailAddress" in query:
            return 200, listed(*[there] * (query["EmailAccount_EmailAddress"][0] == there["EmailAddress"]))
        records = [{"Id": n, "BusinessId": 7, "EmailAddress": f"x{n}@y.example"} for n in range(1_000, 1_100)]
        return 200, json.dumps({"Records": records, "HasNextPage": True, "TotalItems": 123_456}).encode()

    server.answer = answer
    ended = run(server, "--existing", "skip")
    assert ended.exit_code == 0
    report = report_in()
    assert (report["Summary"]["Created"], [one["Id"] for one in report["Skipped"]]) == (2, [900])
    assert not [one for one in server.calls if "page=2" in one]


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
    said = "BusinessId 7 holds 20,000 records: listing them takes 200 calls, at least 68 s at the limits."
    assert said in ended.stderr
