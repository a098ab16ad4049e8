"""`--until` and `--for`: a sitting ends in good order, and the run goes on later."""

from pathlib import Path

import pytest

from pipeline.errors import ExitCode
from tests.support.command_line import accounts, call, report_in, result_of, run_into, summary, write_csv


def test_a_sitting_that_is_over_leaves_the_rest_for_resume(target):
    write_csv("a.csv", accounts(3))
    ended = run_into(target, "a.csv", "--for", "0s")
    assert ended.exit_code == ExitCode.STOPPED
    assert "Stopped early: The time that was given was over at " in ended.stdout
    assert "`nexudus-import resume --last` goes on from here." in ended.stdout
    found = report_in()
    assert (found["Run"]["Status"], found["Summary"]["Unprocessed"]) == ("stopped", 3)
    assert result_of(call("resume", "--last", "--for", "8h", "--json"))["Summary"] == summary(RowsRead=3, Created=3)


def test_the_length_can_stand_in_the_configuration_file(target):
    Path("nexudus-import.toml").write_text('for = "0s"\n', encoding="utf-8")
    write_csv("a.csv", accounts(1))
    assert run_into(target, "a.csv").exit_code == ExitCode.STOPPED


def test_the_end_of_a_sitting_is_that_of_all_runs_that_are_resumed_in_it(target):
    for name in ("a.csv", "b.csv"):
        write_csv(name, accounts(1))
        assert run_into(target, name, "--for", "0s").exit_code == ExitCode.STOPPED
    [ended] = result_of(call("resume", "--all", "--for", "0s", "--json"))
    assert (ended["Run"]["Sources"][0]["Path"], ended["ExitCode"]) == ("a.csv", ExitCode.STOPPED)


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--for", "8", "'8' is not a length of time such as 30m, 8h or 90d."),
        ("--until", "25:00", "'25:00' is not a time of day such as 06:00."),
    ],
)
def test_a_time_that_is_none(option, value, message):
    ended = call("run", "a.csv", option, value)
    assert (ended.exit_code, message in ended.stderr) == (ExitCode.USAGE, True)
