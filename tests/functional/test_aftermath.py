"""Others are told how a run ended: people, a dead man's switch, a program, a metrics file."""

import json
import os
import sys
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import click
import pytest
from prometheus_client.parser import text_string_to_metric_families

from pipeline.errors import Code, ExitCode
from pipeline.operations.metrics import LAST_SUCCESS, METRICS
from pipeline.sandbox.faults import Faults
from tests.support.command_line import ROOT, account, accounts, call, run_into, summary, write_csv
from tests.support.inboxes import put, take
from tests.support.local_server import serving

BAD = [account("a"), account("b", BusinessId="x")]
SECRET = "s3cretpath"


class Listener:
    """A service on this machine that keeps what it is told."""

    def __init__(self, status):
        self.status = status
        self.told = []
        self.address = ""

    @property
    def paths(self):
        return [path for path, _ in self.told]


@contextmanager
def listening(status=200):
    found = Listener(status)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            found.told.append((self.path, body))
            self.send_response(found.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

    with serving(Handler) as place:
        found.address = f"{place}/{SECRET}"
        yield found


@pytest.fixture
def listener():
    with listening() as found:
        yield found


class TestNotify:
    def test_trouble_is_told_with_counts_and_the_place_of_the_reports(self, target, listener):
        write_csv("a.csv", BAD)
        ended = run_into(target, "a.csv", "--notify", f"json://{listener.address}")
        assert ended.exit_code == ExitCode.ROWS_REFUSED
        [(path, body)] = listener.told
        told = json.loads(body)
        assert path == f"/{SECRET}"
        assert told["title"] == "nexudus-import: exit code 3, finished; some rows invalid, rejected or failed"
        assert "2 rows read, 1 created, 1 invalid" in told["message"]
        assert told["message"].endswith(f"reports in {Path('out').absolute()}")
        assert told["type"] == "warning"
        assert SECRET not in ended.output

    @pytest.mark.parametrize(
        ("when", "rows", "times"),
        [
            ("trouble", BAD, 1),
            ("trouble", accounts(1), 0),
            ("success", BAD, 0),
            ("success", accounts(1), 1),
            ("always", BAD, 1),
            ("always", accounts(1), 1),
        ],
    )
    def test_people_are_told_when_they_want_to_be(self, target, listener, when, rows, times):
        write_csv("a.csv", rows)
        run_into(target, "a.csv", "--notify", f"json://{listener.address}", "--notify-on", when)
        assert len(listener.told) == times

    def test_a_run_that_could_not_begin_is_told_too(self, listener):
        call("run", "gone.csv", "--notify", f"json://{listener.address}")
        [(_, body)] = listener.told
        assert json.loads(body)["title"].startswith("nexudus-import: exit code 6, ")
        assert json.loads(body)["message"].startswith("gone.csv: there is no such file.")

    def test_an_inbox_is_told_once_with_each_file(self, target, listener):
        put("a.csv", accounts(1))
        put("b.csv", [{"Colour": "red"}])
        put("c.csv", [account("c")])
        take(target, "--notify", f"json://{listener.address}")
        [(_, body)] = listener.told
        lines = json.loads(body)["message"].splitlines()
        assert ["exit code 0; 1 row read, 1 created; " in line for line in lines[:3]] == [True, True, False]
        assert lines[2].startswith("inbox/b.csv: ")

    @pytest.mark.parametrize("quiet", [(), ("--quiet",)])
    @pytest.mark.parametrize("status", [500, 403])
    def test_nobody_told_changes_nothing_but_a_line_without_the_address(self, target, status, quiet):
        write_csv("a.csv", accounts(1))
        with listening(status) as listener:
            options = ("--notify", f"json://{listener.address}", "--notify-on", "always", *quiet)
            ended = run_into(target, "a.csv", *options)
        assert ended.exit_code == ExitCode.OK
        assert "Number 1 of those to notify was not told; how the run ended stands all the same." in ended.stderr
        assert SECRET not in ended.output

    def test_an_address_of_no_service_is_refused_before_anything_is_sent(self, target):
        write_csv("a.csv", accounts(1))
        ended = run_into(target, "a.csv", "--notify", f"nothing-known://{SECRET}")
        assert (ended.exit_code, target.store.records()) == (ExitCode.USAGE, [])
        assert ended.stderr.startswith("Number 1 of those to notify is no URL that Apprise knows.")
        assert SECRET not in ended.output

    def test_without_the_library_it_says_what_to_install(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "apprise", None)
        ended = call("run", "a.csv", "--notify", "json://x")
        assert (ended.exit_code, "'.[notify]'" in ended.stderr) == (ExitCode.USAGE, True)


class TestHeartbeat:
    def test_start_and_success(self, target, listener):
        write_csv("a.csv", accounts(1))
        run_into(target, "a.csv", "--heartbeat", f"http://{listener.address}/")
        assert listener.paths == [f"/{SECRET}/start", f"/{SECRET}"]
        assert "1 row read, 1 created" in listener.told[1][1]

    def test_start_and_failure(self, target, listener):
        write_csv("a.csv", BAD)
        run_into(target, "a.csv", "--heartbeat", f"http://{listener.address}")
        assert listener.paths == [f"/{SECRET}/start", f"/{SECRET}/fail"]

    def test_nothing_to_do_is_a_success(self, target, listener):
        Path("inbox").mkdir()
        assert take(target, "--heartbeat", f"http://{listener.address}").exit_code == ExitCode.OK
        assert listener.paths == [f"/{SECRET}/start", f"/{SECRET}"]
        assert listener.told[1][1].endswith("There was nothing to do.")

    @pytest.mark.parametrize("quiet", [(), ("--quiet",)])
    @pytest.mark.parametrize("reach", ["refuses", "is not there"])
    def test_one_that_is_not_reached_changes_nothing_and_is_told_once(self, target, reach, quiet):
        write_csv("a.csv", accounts(1))
        with listening(404) as listener:
            address = f"http://{listener.address}" if reach == "refuses" else f"http://127.0.0.1:9/{SECRET}"
            ended = run_into(target, "a.csv", "--heartbeat", address, *quiet)
        assert (ended.exit_code, SECRET in ended.output) == (ExitCode.OK, False)
        assert ended.stderr.count("The heartbeat was not reached (") == 1

    def test_what_is_no_address_is_refused_without_repeating_it(self):
        ended = call("run", "a.csv", "--heartbeat", f"{SECRET}.example")
        assert (ended.exit_code, SECRET in ended.output) == (ExitCode.USAGE, False)


def program(script):
    """A command that runs a script with what it gets."""
    Path("after.py").write_text(script, encoding="utf-8")
    return f'"{Path(sys.executable).as_posix()}" after.py'


def given():
    """What the program was given."""
    return json.loads(Path("given.json").read_text(encoding="utf-8"))


KEEPS = "import sys; open('given.json', 'w', encoding='utf-8').write(sys.stdin.buffer.read().decode())"


class TestOnFinish:
    @pytest.mark.parametrize(
        ("command", "code", "message"),
        [
            (["run", "gone.csv"], Code.SOURCE_NOT_FOUND, "gone.csv: there is no such file."),
            (["resume", "tuesday"], Code.RUN_NOT_FOUND, "There is no run tuesday in this ledger."),
            (["resume"], Code.USAGE, "Give either the name of a run, --last or --all; "),
        ],
    )
    def test_the_program_gets_the_error_as_json_prints_it(self, command, code, message):
        ended = call(*command, "--on-finish", program(KEEPS), "--json")
        [failure] = given()["Failures"]
        assert failure["Error"].startswith(message)
        assert failure == json.loads(ended.stdout)
        assert (failure["Code"], given()["ExitCode"], given()["Results"]) == (code, code.exit_code, [])

    def test_of_an_inbox_it_gets_the_error_of_each_file(self, target):
        put("a.csv", accounts(1))
        put("b.csv", [{"Colour": "red"}])
        os.truncate(put("c.csv", accounts(1)), 0)
        take(target, "--on-finish", program(KEEPS), "--unchanged-for", "0s")
        told = [(one["Code"], one["Error"].split(":")[0]) for one in given()["Failures"]]
        assert told == [(Code.COLUMNS_MISSING, "inbox/b.csv"), (Code.SOURCE_EMPTY, "inbox/c.csv")]

    def test_of_all_open_runs_it_gets_the_error_of_each_that_cannot_be_taken_up(self, target):
        target.faults = Faults(drop=1)
        for name in ("a.csv", "b.csv"):
            write_csv(name, [account(name)])
            run_into(target, name, "--attempts", "1", "--report-dir", f"{name}.out")
        target.faults = Faults()
        Path("a.csv").unlink()
        call("resume", "--all", "--on-finish", program(KEEPS))
        [failure], [result] = given()["Failures"], given()["Results"]
        assert (failure["Code"], failure["Facts"]["Source"]) == (Code.SOURCE_NOT_FOUND, "a.csv")
        assert result["Summary"]["Created"] == 1

    def test_of_a_defect_it_gets_the_code_and_no_words_that_may_hold_data(self, monkeypatch):
        def broken(*_, **__):
            raise RuntimeError("row 2 holds s3cret")

        monkeypatch.setattr("pipeline.operations.history.known_run", broken)
        ended = call("resume", "last", "--on-finish", program(KEEPS))
        [failure] = given()["Failures"]
        assert (ended.exit_code, failure["Code"]) == (ExitCode.DEFECT, Code.DEFECT)
        assert failure["Error"] == "A defect in nexudus-import: RuntimeError."
        assert "s3cret" not in json.dumps(given())

    @pytest.mark.parametrize("stop", [KeyboardInterrupt, click.Abort])
    def test_that_a_person_stopped_it_is_no_defect(self, monkeypatch, stop):
        def stopped(*_, **__):
            raise stop

        monkeypatch.setattr("pipeline.operations.history.known_run", stopped)
        ended = call("resume", "last", "--on-finish", program(KEEPS))
        [failure] = given()["Failures"]
        assert (ended.exit_code, given()["ExitCode"], failure["Code"]) == (5, 5, Code.INTERRUPTED)

    def test_the_program_gets_the_result_and_none_of_our_credentials(self, target):
        write_csv("a.csv", BAD)
        script = (
            "import json, os, sys\n"
            "got = {'result': json.load(sys.stdin), 'ours': [n for n in os.environ if n.startswith('NEXUDUS')]}\n"
            "open('got.json', 'w').write(json.dumps(got))\n"
        )
        ended = run_into(target, "a.csv", "--on-finish", program(script))
        got = json.loads(Path("got.json").read_text(encoding="utf-8"))
        assert (ended.exit_code, got["ours"]) == (ExitCode.ROWS_REFUSED, [])
        [result] = got["result"]["Results"]
        assert (got["result"]["ExitCode"], got["result"]["Failures"]) == (3, [])
        assert result["Summary"] == summary(RowsRead=2, Created=1, Invalid=1)

    @pytest.mark.parametrize(
        ("command", "reason"), [("no-such-program-anywhere", "No such file"), (None, "exit code 9")]
    )
    def test_a_program_that_fails_changes_nothing(self, target, command, reason):
        write_csv("a.csv", accounts(1))
        ended = run_into(target, "a.csv", "--on-finish", command or program("raise SystemExit(9)"))
        assert ended.exit_code == ExitCode.OK
        assert f", the program at the end, failed ({reason}" in ended.stderr

    def test_what_is_no_command_is_refused(self):
        assert call("run", "a.csv", "--on-finish", "echo 'open").exit_code == ExitCode.USAGE


def metrics(path="m/import.prom"):
    """Each sample of the file, by its name and its status."""
    families = text_string_to_metric_families(Path(path).read_text(encoding="utf-8"))
    return {(s.name, *s.labels.values()): s.value for family in families for s in family.samples}


class TestMetricsFile:
    @pytest.fixture(autouse=True)
    def folder(self):
        Path("m").mkdir()

    def test_has_the_documented_metrics_of_the_last_start(self, target):
        write_csv("a.csv", BAD)
        before = time.time()
        run_into(target, "a.csv", "--metrics-file", "m/import.prom")
        found = metrics()
        assert {name for name, *_ in found} == set(METRICS) - {LAST_SUCCESS}
        rows = {status: value for (name, *labels), value in found.items() if labels for status in labels}
        assert rows == dict.fromkeys(rows, 0) | {"created": 1, "invalid": 1}
        assert found["nexudus_import_last_run_exit_code",] == 3
        assert found["nexudus_import_last_run_runs",] == 1
        ended_at = found["nexudus_import_last_run_timestamp_seconds",]
        assert before <= ended_at <= time.time()
        assert 0 <= found["nexudus_import_last_run_duration_seconds",] <= ended_at - before
        assert [path.name for path in Path("m").iterdir()] == ["import.prom"]

    def test_the_last_success_outlives_a_failure(self, target):
        write_csv("a.csv", accounts(1))
        run_into(target, "a.csv", "--metrics-file", "m/import.prom")
        success = metrics()[LAST_SUCCESS,]
        assert success == metrics()["nexudus_import_last_run_timestamp_seconds",]
        write_csv("b.csv", BAD)
        run_into(target, "b.csv", "--metrics-file", "m/import.prom")
        assert metrics()[LAST_SUCCESS,] == success

    @pytest.mark.parametrize("file", ["a.csv/import.prom", "nowhere/import.prom"])
    @pytest.mark.parametrize("quiet", [(), ("--quiet",)])
    def test_a_place_that_cannot_be_written_changes_nothing_and_is_told(self, target, file, quiet):
        write_csv("a.csv", accounts(1))
        ended = run_into(target, "a.csv", "--metrics-file", file, *quiet)
        assert ended.exit_code == ExitCode.OK
        assert f"The metrics file {Path(file)} cannot be written (" in ended.stderr
        assert not Path("nowhere").exists()

    def test_every_metric_is_in_the_page(self):
        page = (ROOT / "docs" / "scheduling" / "README.md").read_text(encoding="utf-8")
        assert [name for name, text in METRICS.items() if f"| `{name}` | {text} |" not in page] == []
