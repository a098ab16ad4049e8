"""The first sentence of the page, and what to do now."""

from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.errors import Code, InvalidRows, SignInError, StoppedError
from pipeline.model.config import Existing, ReadOptions, RunConfig
from pipeline.model.mapping import ColumnChoice, FieldMapping
from pipeline.model.rows import Status
from pipeline.model.runs import RunStatus, Summary
from pipeline.reports.base import Conclusion
from pipeline.reports.problems import Problems
from pipeline.reports.settings import reading_options_of
from pipeline.reports.verdict import verdict_on
from tests.support.report_context import context_of, run_of


def verdict(*sources, is_check=False, status=RunStatus.COMPLETED, target=None, reason=None, **counts):
    run = run_of(*(sources or ("a.csv",)), status=status, **({"target": target} if target else {}))
    by_status = {Status(name): number for name, number in counts.items()}
    summary = Summary(rows_read=sum(counts.values()), by_status=by_status)
    context = replace(context_of(run), is_check=is_check, stopped_because=reason)
    return verdict_on(context, Conclusion(run=run, summary=summary, problems=Problems()))


@pytest.mark.parametrize(
    ("counts", "tone", "sentence"),
    [
        ({"created": 254, "skipped": 46}, "good", "Done: 300 rows in place."),
        ({"created": 1}, "good", "Done: 1 row in place."),
        (
            {"created": 1, "invalid": 2, "failed": 1},
            "attention",
            "To fix: 3 of 4 rows did not make it; 1 is in place.",
        ),
        ({"created": 1, "in_doubt": 2}, "attention", "In doubt: 2 of 3 rows may or may not exist at the target."),
        (
            {"created": 1, "in_doubt": 2, "rejected": 3},
            "attention",
            "In doubt: 2 of 6 rows may or may not exist at the target; 3 did not make it.",
        ),
        (
            {"created": 1_200, "unprocessed": 800},
            "stopped",
            "Stopped early: 1,200 of 2,000 rows are in place, 800 wait for their turn.",
        ),
        (
            {"created": 1, "unprocessed": 1},
            "stopped",
            "Stopped early: 1 of 2 rows is in place, 1 waits for its turn.",
        ),
        (
            {"created": 2, "unprocessed": 3, "in_doubt": 1, "rejected": 4},
            "stopped",
            "Stopped early: 2 of 10 rows are in place, 3 wait for their turn, 1 is in doubt, 4 did not make it.",
        ),
    ],
)
def test_it_is_one_sentence(counts, tone, sentence):
    found = verdict(**counts)
    assert (found.tone, found.sentence) == (tone, sentence)


def test_a_run_that_is_at_work_or_was_killed_is_not_finished_whatever_its_rows_say():
    found = verdict(created=3, status=RunStatus.RUNNING)
    assert found.sentence == "Not finished: 3 of 3 rows are in place."


@pytest.mark.parametrize(
    ("counts", "tone", "sentence"),
    [
        ({"unprocessed": 294}, "good", "Valid: 294 rows, all of them. Nothing was sent."),
        ({"unprocessed": 294, "invalid": 6}, "attention", "Invalid: 6 of 300 rows. Nothing was sent."),
    ],
)
def test_of_a_check_it_says_that_nothing_was_sent(counts, tone, sentence):
    found = verdict(is_check=True, **counts)
    assert (found.tone, found.sentence, found.reason) == (tone, sentence, None)


def commands(found):
    return [step.command for step in found.steps if step.command]


def test_what_can_be_typed_now():
    run = "20260501-080000-abcd"
    assert commands(verdict(created=3)) == []
    assert commands(verdict(unprocessed=3)) == [f"nexudus-import resume {run}"]
    assert commands(verdict(invalid=3)) == [f"nexudus-import run {Path.cwd()}/out/rejected.csv"]
    several = [f"nexudus-import run '{Path.cwd()}/out/rejected-*.csv'"]
    assert commands(verdict("a.csv", "b.csv", invalid=3)) == several
    assert commands(verdict(unprocessed=3, target="sandbox:abcd")) == []


def test_refused_rows_are_read_again_as_they_were_read():
    config = RunConfig(
        endpoint="emailaccounts",
        read=ReadOptions(sheets=("2",), header_row=3, delimiter=";", encoding="cp1252"),
        mapping=FieldMapping(
            columns=(
                ColumnChoice(header="Mail box", field="EmailAddress", place=""),
                ColumnChoice(header="Notes", field="", place=""),
            ),
            constants={"BusinessId": "1"},
            defaults={"ErrorCount": "0"},
        ),
        strict=True,
        existing=Existing.IGNORE,
    )
    assert list(reading_options_of(config)) == [
        *("--sheet", "2", "--header-row", "3", "--delimiter", ";", "--encoding", "cp1252"),
        *("--map", "Mail box=EmailAddress", "--map", "Notes=", "--set", "BusinessId=1", "--default", "ErrorCount=0"),
        *("--existing", "ignore", "--strict"),
    ]
    assert list(reading_options_of(RunConfig(endpoint="emailaccounts"))) == []


def test_what_a_mapping_file_says_is_not_said_again_but_what_was_said_beside_it_is():
    given = ColumnChoice(header="Server", field="IncomingServer", place="--map Server=IncomingServer")
    in_file = ColumnChoice(header="Mail", field="EmailAddress", place="m.toml, line 3")
    mapping = FieldMapping(columns=(given, in_file))
    config = RunConfig(endpoint="emailaccounts", mapping=mapping, mapping_file="/m.toml")
    assert list(reading_options_of(config)) == ["--mapping", "/m.toml", "--map", "Server=IncomingServer"]


def test_the_command_for_several_files_takes_signs_of_patterns_in_a_folder_as_they_are():
    run = replace(run_of("a.csv", "b.csv"), report_dir=Path("import [May]"))
    conclusion = Conclusion(run=run, summary=Summary(rows_read=2, by_status={Status.INVALID: 2}), problems=Problems())
    [step] = verdict_on(context_of(run), conclusion).steps
    assert step.command == f"nexudus-import run '{Path.cwd()}/import [[]May]/rejected-*.csv'"


def test_why_it_stopped_is_told():
    assert verdict(unprocessed=3, reason=StoppedError(Code.TARGET_UNREACHABLE, "It is down.")).reason == "It is down."


def test_who_was_refused_signs_in_before_the_run_is_taken_up():
    refused = SignInError(Code.USER_REFUSED, "The target refuses ada@x (unauthorized).", role="EmailAccount-Create")
    found = verdict(unprocessed=3, reason=refused)
    assert commands(found) == ["nexudus-import login", "nexudus-import resume 20260501-080000-abcd"]
    assert commands(verdict(created=3, reason=refused)) == []
    outage = StoppedError(Code.TARGET_UNREACHABLE, "It is down.")
    assert commands(verdict(unprocessed=3, reason=outage)) == ["nexudus-import resume 20260501-080000-abcd"]


def test_where_all_had_to_be_valid_the_source_is_imported_again_as_a_whole():
    invalid = InvalidRows(Code.ROWS_INVALID, "Nothing was sent, because of 1 invalid row.", rows=1)
    found = verdict(invalid=1, unprocessed=2, status=RunStatus.STOPPED, reason=invalid)
    assert found.sentence == "Nothing was sent: 1 of 3 rows is invalid."
    assert [(step.text.split(",")[0], step.command) for step in found.steps] == [("Correct the source", None)]


def test_who_lacks_a_role_has_it_given_first():
    lacking = SignInError(Code.ROLE_MISSING, "The target refuses ada@x (forbidden).", role="EmailAccount-Create")
    first, second = verdict(unprocessed=3, reason=lacking).steps
    assert first.text == "Have the user given the role EmailAccount-Create."
    assert second.command == "nexudus-import resume 20260501-080000-abcd"


def test_of_several_sources_each_has_its_own_rejected_rows():
    [step] = verdict("a.csv", "b.csv", invalid=1).steps
    assert "rejected-*.csv" in step.text
