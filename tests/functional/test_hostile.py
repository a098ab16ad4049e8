"""A server that echoes, lies, drips and never ends: no secret leaves, no other's record is touched, runs end well."""

import json
import time
import tracemalloc
from pathlib import Path

import pytest

from tests.support.command_line import account, call, report_in, write_csv
from tests.support.hostile import SPELLINGS, Behaviour, created, hostile_server, listed, page_of

TOKEN = "t0ken.marker/with+odd=letters"
GOOGLE = 'ya29.google/marker+x="y'
OFFICE = "office.marker/365+z"
MARKERS = (TOKEN, GOOGLE, OFFICE)
FAST = (
    *("--limits", "none", "--settle", "0", "--max-lag", "0", "--attempts", "1", "--timeout", "3"),
    *("--report-dir", "out"),
)
OURS = {"Id": 7, "BusinessId": 1, "EmailAddress": "desk1@cowork.example", "CreatedOn": "2099-01-01T00:00:00Z"}


@pytest.fixture(autouse=True)
def source():
    return write_csv("a.csv", [account(1, GoogleAccessToken=GOOGLE, Office365AccessToken=OFFICE)])


@pytest.fixture
def server():
    behaviour = Behaviour()
    with hostile_server(behaviour) as url:
        behaviour.url = url
        yield behaviour


def run(server, *options, **environment):
    return call("run", "a.csv", "--base-url", server.url, *FAST, *options, token=TOKEN, **environment)


def written_and_printed(*results):
    """Everything that was printed or written, but for the source itself and the columns of rejected.csv."""
    texts = [result.output + result.stderr for result in results]
    files = [p for p in Path.cwd().rglob("*") if p.is_file() and p.name not in {"a.csv", "rejected.csv"}]
    ledger = [p for p in Path.home().rglob("*") if p.is_file() and "ledger" in p.name]
    return "\n".join(texts + [p.read_bytes().decode("utf-8", "replace") for p in {*files, *ledger}])


def assert_silent(text, spelling):
    for marker in MARKERS:
        assert marker not in text
        echoed = spelling(marker).decode("utf-8", "replace")
        assert echoed not in text or marker not in echoed


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
@pytest.mark.parametrize("status", [200, 302, 400, 401, 404, 500])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_no_echo_of_any_call_leaves_a_secret(server, spelling, status, method):
    def answer(asked, path, sent):
        if asked == method:
            return status, spelling(sent)
        if asked == "GET":
            return 200, json.dumps(OURS | {"DisplayName": "other"}).encode() if "/7" in path else listed(OURS)
        return 200, created(8)

    server.answer = answer
    options = ("--existing", "update" if method == "PUT" else "ignore" if method == "POST" else "skip")
    ended = run(server, *options, "--verbose")
    again = call("report", "last")
    assert ended.exit_code in {0, 2, 3, 4, 5, 7}
    assert "Traceback" not in ended.output + ended.stderr
    assert_silent(written_and_printed(ended, again), spelling)


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_no_echo_to_undo_leaves_a_secret(server, spelling, method):
    server.answer = lambda asked, *_: (200, created(7)) if asked == "POST" else (200, listed())
    run(server)
    server.answer = lambda asked, _path, sent: (
        (400, spelling(sent)) if asked == method else (200, json.dumps(OURS).encode())
    )
    undone = call("undo", "last", "--yes", "--json", token=TOKEN)
    assert undone.exit_code in {3, 5}
    assert_silent(written_and_printed(undone), spelling)


PAGE = b"<!DOCTYPE html><html><title>Scheduled maintenance</title></html>"


@pytest.mark.parametrize(("existing", "most_in_doubt", "created_behind"), [("skip", 0, []), ("ignore", 5, [OURS])])
def test_a_page_in_place_of_every_answer_stops_the_run_and_nothing_is_lost_or_twice(
    server, existing, most_in_doubt, created_behind
):
    write_csv("a.csv", [account(n) for n in range(1, 21)])
    server.answer = lambda *_: (200, PAGE)
    stopped = run(server, "--existing", existing, "--concurrency", "1", "--stop-after", "0")
    summary = report_in("out")["Summary"]
    assert (stopped.exit_code, summary["InDoubt"] + summary["Unprocessed"]) == (5, 20)
    assert summary["InDoubt"] <= most_in_doubt  # those that were in flight with the first
    assert "is not the endpoint (HTTP 200: <!DOCTYPE html>" in stopped.output

    ids = iter(range(100, 200))
    server.answer = lambda asked, path, _sent: (
        200,
        created(next(ids))
        if asked == "POST"
        else json.dumps(OURS).encode()
        if "/7" in path
        else listed(*created_behind),
    )
    assert call("resume", "last", "--yes", token=TOKEN).exit_code == 0
    assert report_in("out")["Summary"]["Created"] == 20
    assert next(ids) == 120 - len(created_behind)


def test_a_page_after_a_creation_is_looked_up_where_the_endpoint_still_answers(server):
    answers = {"POST": PAGE, "GET": listed(OURS)}
    server.answer = lambda asked, path, _sent: (200, json.dumps(OURS).encode() if "/7" in path else answers[asked])
    assert run(server, "--existing", "ignore").exit_code == 0
    assert report_in("out")["Created"][0]["Id"] == 7


@pytest.mark.parametrize("echo", ["error", "error_description"])
def test_the_token_endpoint_may_echo_the_form(server, echo):
    server.answer = lambda _method, _path, sent: (400, json.dumps({echo: sent, "error": sent}).encode())
    password = "pass.marker/word"
    ended = call(
        "run",
        "a.csv",
        "--base-url",
        server.url,
        *FAST,
        "--json",
        token=None,
        NEXUDUS_USERNAME="me@x.example",
        NEXUDUS_PASSWORD=password,
        NEXUDUS_TOTP="987123",
    )
    assert ended.exit_code == 7
    assert password not in ended.output + ended.stderr
    assert "987123" not in ended.output + ended.stderr


@pytest.mark.parametrize(
    "proxy", ["http://user:PASSWORD@127.0.0.1:9", "user:PASSWORD@127.0.0.1:9", "ftp://user:PASSWORD@x"]
)
def test_a_proxy_is_named_without_its_password(proxy):
    ended = call("run", "a.csv", *FAST, "--base-url", "https://target.invalid", token=TOKEN, https_proxy=proxy)
    assert ended.exit_code in {2, 5}
    assert "PASSWORD" not in ended.output + ended.stderr
    assert TOKEN not in ended.output + ended.stderr


@pytest.mark.parametrize(
    "options",
    [
        ("--ledger", "postgresql+psycopg://127.0.0.1:9/db?password=PASSWORD"),
        ("--ledger", "postgresql+psycopg://user:PASSWORD@127.0.0.1:9/db?passwd=PASSWORD"),
        ("--base-url", "ftp://user:PASSWORD@host.example"),
        ("--base-url", "http://user:PASSWORD@host.example:port?x"),
    ],
    ids=lambda options: options[1][:30],
)
def test_a_secret_in_a_wrong_place_is_not_repeated(options):
    ended = call("run", "a.csv", "--base-url", "http://127.0.0.1:9", *options, "--yes", token=TOKEN)
    assert ended.exit_code in {2, 5}  # nobody answers there
    assert "PASSWORD" not in ended.output + ended.stderr


def test_a_token_in_place_of_its_file_is_not_repeated():
    ended = call("run", "a.csv", "--base-url", "http://127.0.0.1:9", token=None, NEXUDUS_TOKEN_FILE=TOKEN)
    assert ended.exit_code == 2
    assert TOKEN not in ended.output + ended.stderr


# -- records of others -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "theirs",
    [
        OURS | {"BusinessId": 2},
        OURS | {"EmailAddress": "else@cowork.example"},
        OURS | {"CreatedOn": "2001-01-01T00:00:00Z"},
        OURS | {"Id": 8},
        {"Id": 7},
    ],
    ids=["business", "address", "age", "id", "bare"],
)
def test_undo_keeps_a_record_that_the_run_did_not_create(server, theirs):
    def answer(asked, _path, _sent):
        return (200, created(7)) if asked == "POST" else (200, json.dumps(theirs).encode())

    server.answer = answer
    assert run(server, "--existing", "ignore").exit_code == 0
    undone = call("undo", "last", "--yes", token=TOKEN)
    assert undone.exit_code == 3
    assert not [one for one in server.calls if one.startswith("DELETE")]
    assert "own" in Path("out/undo.csv").read_text(encoding="utf-8-sig")


def test_undo_during_maintenance_forgets_nothing(server):
    server.answer = lambda asked, *_: (200, created(7)) if asked == "POST" else (404, b"<h1>Maintenance</h1>")
    run(server, "--existing", "ignore")
    assert call("undo", "last", "--yes", token=TOKEN).exit_code == 5
    server.answer = lambda asked, path, _: (200, json.dumps(OURS).encode() if "/7" in path else listed(OURS))
    looked = call("undo", "last", "--dry-run", token=TOKEN)
    assert "1 would be deleted" in looked.output


@pytest.mark.parametrize(
    "read", [{"Id": 7}, OURS | {"EmailAddress": "x@y.example"}, OURS | {"Id": 9}], ids=["bare", "key", "id"]
)
def test_update_writes_nothing_unless_what_was_read_is_whole_and_the_rows(server, read):
    server.answer = lambda _asked, path, _: (200, json.dumps(read).encode() if "/7" in path else listed(OURS))
    assert run(server, "--existing", "update").exit_code == 3
    assert not [one for one in server.calls if one.startswith("PUT")]


def test_a_record_without_a_date_is_not_adopted(server):
    undated = {k: v for k, v in OURS.items() if k != "CreatedOn"}
    server.answer = lambda asked, path, _: (
        (500, b"") if asked == "POST" else (200, json.dumps(undated).encode() if "/7" in path else listed(undated))
    )
    assert run(server, "--existing", "ignore").exit_code == 4
    assert report_in()["Summary"]["InDoubt"] == 1


def test_a_date_of_years_ago_makes_nobodys_record_ours(server):
    old = OURS | {"CreatedOn": "2010-06-01T00:00:00Z"}
    server.date = "Tue, 01 Jan 2002 00:00:00 GMT"
    server.answer = lambda asked, *_: (500, b"") if asked == "POST" else (200, listed(old))
    assert run(server, "--existing", "ignore").exit_code == 4


def test_the_same_id_for_two_rows_is_not_two_creations(server):
    write_csv("a.csv", [account(1), account(2)])
    server.answer = lambda asked, *_: (200, created(7)) if asked == "POST" else (200, listed())
    assert run(server, "--existing", "ignore").exit_code == 4
    report = report_in()
    assert (report["Summary"]["Created"], report["Summary"]["InDoubt"]) == (1, 1)
    assert "which another row has created" in report["Errors"][0]["Response"]["Message"]
    assert len([one for one in server.calls if one.startswith("POST")]) == 2


# -- it ends -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("existing", ["skip", "ignore"])
@pytest.mark.parametrize("news", [True, False], ids=["ever new", "the same"])
def test_an_endless_list_ends_before_the_first_row_and_in_look_ups(server, existing, news):
    def answer(asked, path, _sent):
        if asked == "POST":
            return 500, b""
        record = OURS | {"Id": 100 + page_of(path) if news else 100, "EmailAddress": "other@x.example"}
        return 200, listed(record, more=True)

    server.answer = answer
    assert run(server, "--existing", existing).exit_code in {4, 5}
    assert len(server.calls) < 1_000


def test_an_answer_that_drips_ends_with_the_time_out(server):
    server.answer = lambda *_: (200, created(7))
    server.drip_s = 0.3
    began = time.monotonic()
    run(server, "--existing", "ignore", "--timeout", "0.5", "--attempts", "1")
    assert time.monotonic() - began < 60


def test_an_answer_of_any_length_is_read_up_to_a_bound_only(server):
    huge = b'{"Message":"' + b"x" * (64 << 20) + b'"}'
    server.answer = lambda asked, *_: (200, huge) if asked == "POST" else (200, listed())
    tracemalloc.start()
    try:
        ended = run(server, "--existing", "ignore")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert ended.exit_code == 4  # looked up, and not there; but no list was seen to be up to date
    assert peak < len(huge) + (40 << 20)  # the server of this test holds one itself


def test_throttling_without_end_is_said(server):
    said = []

    def answer(asked, *_):
        if asked == "POST":
            said.append(asked)
            return (429, b"") if len(said) < 3 else (200, created(7))
        return 200, listed()

    server.answer = answer
    ended = run(server, "--existing", "ignore", "--attempts", "9")
    assert ended.exit_code == 0
    assert "The target throttles calls" in ended.stderr


@pytest.mark.parametrize(
    "body",
    [
        created(10**30),
        created("9" * 5_000),
        b'{"Value":{"Id":' + b"9" * 10_000 + b'},"WasSuccessful":true}',
        b'{"Message":"\\ud800","WasSuccessful":false,"Errors":[{"PropertyName":"\\udfff","Message":"\\ud800"}]}',
        b"[" * 200_000,
        b'{"Records":' + b"[" * 200_000,
        b'{"WasSuccessful":false,"Message":NaN,"Errors":[{"AttemptedValue":Infinity}]}',
        b"\xff\xfe\x00" * 1_000,
    ],
    ids=["id", "text id", "digits", "halves", "deep", "deep list", "nan", "bytes"],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_odd_values_are_answers_that_cannot_be_read(server, body, method):
    def answer(asked, path, _sent):
        if asked == method:
            return 200, body
        return (200, listed()) if asked == "GET" else (200, created(7))

    server.answer = answer
    ended = run(server)
    assert ended.exit_code in {3, 4, 5}
    json.loads(Path("out/report.json").read_text(encoding="utf-8"), parse_constant=pytest.fail)
    assert "running" not in call("runs").output


def test_a_listed_record_with_half_a_character_stops_nothing(server):
    odd = OURS | {"EmailAddress": "\ud800@x.example"}
    server.answer = lambda asked, *_: (200, created(7)) if asked == "POST" else (200, listed(odd))
    assert run(server).exit_code == 0


# -- files -------------------------------------------------------------------------------------------------------


def test_what_is_written_is_private_whatever_the_umask(server, monkeypatch):
    import os

    server.answer = lambda asked, *_: (200, created(7)) if asked == "POST" else (200, listed())
    before = os.umask(0)
    try:
        ended = call(
            "run", "a.csv", "--base-url", server.url, *FAST[:-1], "deep/er/out", "--ledger", "le/dger/l.db", token=TOKEN
        )
    finally:
        os.umask(before)
    assert ended.exit_code == 0
    made = [p for top in ("deep", "le") for p in [Path(top), *Path(top).rglob("*")]]
    assert {p for p in made if p.stat().st_mode & 0o077} == set()


@pytest.mark.parametrize("code", [6, 7, 0])
def test_a_copy_of_standard_input_is_gone_when_nothing_is_left_to_resume(server, code):
    content = Path("a.csv").read_bytes() if code != 6 else b"Nonsense\n1\n"
    server.answer = lambda asked, *_: (200, created(7)) if asked == "POST" else (200, listed())
    ended = call("run", "-", "--base-url", server.url, *FAST, given=content, token=None if code == 7 else TOKEN)
    assert ended.exit_code == code
    cache = [p for p in Path.home().rglob("kept/*") if p.is_file()]
    assert cache == []


def test_a_servers_message_is_no_formula_in_rejected_csv(server):
    refusal = json.dumps({"Message": "=1+1", "Value": None, "Errors": [], "WasSuccessful": False}).encode()
    server.answer = lambda asked, *_: (400, refusal) if asked == "POST" else (200, listed())
    assert run(server).exit_code == 3
    assert ",'=1+1" in Path("out/rejected.csv").read_text(encoding="utf-8-sig")
