"""`resume`: takes up what was stopped."""

from pipeline.errors import ExitCode
from pipeline.sandbox.faults import Faults
from tests.support.command_line import account, accounts, call, report_in, result_of, run_into, summary, write_csv


class TestResume:
    def test_resume_finishes_what_was_stopped(self, target):
        target.faults = Faults(drop=1)
        write_csv("a.csv", accounts(4))
        stopped = run_into(target, "a.csv", "--attempts", "1")
        assert stopped.exit_code == ExitCode.STOPPED
        target.faults = Faults()
        found = result_of(call("resume", "--last", "--json"))
        assert found["Summary"] == report_in()["Summary"] == summary(RowsRead=4, Created=4)
        assert (found["Run"]["Status"], found["ExitCode"]) == ("completed", 0)

    def test_resume_all_with_nothing_to_do(self):
        assert call("resume", "--all").stderr == "There is nothing to resume.\n"
        assert result_of(call("resume", "--all", "--json")) == []

    def test_resume_all_takes_up_each(self, target):
        target.faults = Faults(drop=1)
        for name in ("a.csv", "b.csv"):
            write_csv(name, [account(name)])
            assert run_into(target, name, "--attempts", "1").exit_code == ExitCode.STOPPED
        target.faults = Faults()
        found = result_of(call("resume", "--all", "--json"))
        assert [one["Summary"]["Created"] for one in found] == [1, 1]
        assert [one["Run"]["Sources"][0]["Path"] for one in found] == ["a.csv", "b.csv"]


def test_a_run_with_too_many_errors_goes_on_where_more_are_allowed(target):
    write_csv("a.csv", [account(1), *(account(n, ErrorCount="x") for n in range(2, 7)), account(7), account(8)])
    stopped = run_into(target, "a.csv", "--max-errors", "2")
    assert stopped.exit_code == ExitCode.STOPPED
    assert "`nexudus-import resume --last --max-errors 100%`" in stopped.stdout
    assert call("resume", "--last").exit_code == ExitCode.STOPPED
    resumed = call("resume", "--last", "--max-errors", "100%")
    assert resumed.exit_code == ExitCode.ROWS_REFUSED
    assert report_in()["Summary"] == summary(RowsRead=8, Created=3, Invalid=5)
