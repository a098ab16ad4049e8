"""What a person sees on a terminal, and what stands in a log elsewhere."""

import json
import re
import subprocess
import sys
import threading
import time

import pytest

from pipeline.errors import ExitCode
from pipeline.operations.runtime import Runtime
from pipeline.sandbox.faults import Faults
from tests.support.command_line import (
    TOKEN,
    account,
    accounts,
    call,
    on_terminal,
    process_environment,
    run_into,
    write_csv,
)
from tests.support.doubles import flying


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
class TestTerminal:
    @pytest.fixture
    def source(self):
        return write_csv("a.csv", accounts(40))

    def options(self, target):
        return ("--base-url", target.base_url, "--limits", "none", "--report-dir", "out")

    def test_a_bar_is_drawn_and_taken_away(self, target, source):
        target.faults = Faults(latency_s=0.3)
        code, shown = on_terminal("run", source, *self.options(target), "--yes", NEXUDUS_TOKEN=TOKEN)
        assert code == 0
        assert "━" in shown
        assert "/40" in shown
        assert "40 created" in " ".join(re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown).split())

    def test_no_bar_is_drawn_where_none_is_wanted(self, target, source):
        options = (*self.options(target), "--yes", "--no-progress")
        code, shown = on_terminal("run", source, *options, NEXUDUS_TOKEN=TOKEN)
        assert code == 0
        assert "━" not in shown

    def test_a_dumb_terminal_gets_the_plain_lines_of_a_pipe(self, target, source):
        target.faults = Faults(latency_s=0.3)
        environment = {"NEXUDUS_TOKEN": TOKEN, "TERM": "dumb"}
        code, shown = on_terminal("run", source, *self.options(target), "--yes", **environment)
        assert code == 0
        assert "━" not in shown
        assert "\x1b" not in shown
        assert "40  rows read" in shown
        lines = on_terminal("runs", **environment | {"COLUMNS": "40"})[1].splitlines()
        assert lines[1].split()[2] == f"{target.base_url}/api/crm/emailaccounts"

    def test_yes_goes_ahead(self, target, source):
        answers = {"Go ahead? [y/N]": "y"}
        code, shown = on_terminal("run", source, *self.options(target), answers=answers, NEXUDUS_TOKEN=TOKEN)
        assert f"40 rows to {target.base_url}, as the owner of the token" in shown
        assert (code, len(target.store)) == (0, 40)

    @pytest.mark.parametrize("quiet", [[], ["--quiet"], ["--json"]])
    def test_no_sends_nothing_and_says_so(self, target, source, quiet):
        answers = {"Go ahead? [y/N]": "n"}
        code, shown = on_terminal("run", source, *self.options(target), *quiet, answers=answers, NEXUDUS_TOKEN=TOKEN)
        assert "40 rows to " in shown
        assert "Nothing was sent." in shown
        assert (code, len(target.store)) == (ExitCode.STOPPED, 0)
        assert json.loads(call("runs", "--json").stdout) == []

    def test_yes_beforehand_is_not_asked(self, target, source):
        code, shown = on_terminal("run", source, *self.options(target), "--yes", NEXUDUS_TOKEN=TOKEN)
        assert "Go ahead?" not in shown
        assert (code, len(target.store)) == (0, 40)

    def test_the_sandbox_is_not_worth_a_question(self, source):
        code, shown = on_terminal("run", source, "--sandbox")
        assert "Go ahead?" not in shown
        assert code == 0

    def test_undo_asks_too(self, target, source):
        run = json.loads(run_into(target, source, "--json").stdout)["Run"]["RunId"]
        code, shown = on_terminal("undo", run, answers={"Go ahead? [y/N]": "n"}, NEXUDUS_TOKEN=TOKEN)
        assert "40 records of run" in shown
        assert "Nothing was deleted." in shown
        assert (code, len(target.store)) == (ExitCode.STOPPED, 40)
        code, shown = on_terminal("undo", run, answers={"Go ahead? [y/N]": "y"}, NEXUDUS_TOKEN=TOKEN)
        assert (code, len(target.store)) == (0, 0)


def test_elsewhere_lines_say_how_far_it_is(target):
    write_csv("a.csv", accounts(3))
    shown = run_into(target, "a.csv", "--concurrency", "1", runtime=Runtime(now=flying())).stderr.splitlines()
    assert any(re.match(r"1 of 3 rows: 1 created; \d+ minutes so far", line) for line in shown)
    assert shown[-1].startswith("3 of 3 rows: 3 created; ")
    assert not any("━" in line for line in shown)


def test_a_short_run_needs_no_progress_lines(target):
    write_csv("a.csv", accounts(3))
    began_at = time.time()
    shown = run_into(target, "a.csv", runtime=Runtime(now=lambda: began_at)).stderr.splitlines()
    assert [line.split()[0] for line in shown] == ["3", "3", "3", "Run"]  # read, to create, to where; and its name


def test_what_is_wrong_is_said_before_anything_is_sent_and_at_the_end(target):
    write_csv("a.csv", [account(1), account(2, ErrorCount="x")])
    ended = run_into(target, "a.csv")
    before, _, after = ended.stderr.partition("Run ")
    assert "1  leave out (invalid)" in before
    assert before.count("What to fix") == ended.stdout.count("What to fix") == 1
    assert "What to fix" not in after


def test_a_reader_that_has_gone_is_no_defect():
    first = subprocess.Popen(
        [sys.executable, "-m", "pipeline", "fields", "--format", "json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=process_environment(),
    )
    assert first.stdout is not None
    assert first.stderr is not None
    first.stdout.close()
    errors: list[bytes] = []
    reader = threading.Thread(target=lambda: errors.append(first.stderr.read()))
    reader.start()
    code = first.wait(60)
    reader.join()
    first.stderr.close()
    assert (code, errors) == (0, [b""])
