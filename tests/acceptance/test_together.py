"""Several runs that meet: at the same time, one after another, or with what is at the target already."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from pipeline.sandbox.faults import Faults
from tests.support.harness import LIST, POST, Desk, account, accounts, kept, until

ROWS = 200
SLOWLY = Faults(latency_s=0.02)
BRIEFLY = ("--timeout", "1", "--attempts", "2")
CREATOR = {"NEXUDUS_TOKEN": "creator-token"}


# -- at the same time --------------------------------------------------------------------------------------------


def test_two_processes_with_overlapping_keys_create_each_record_once(work: Desk) -> None:
    one = work.source(accounts(ROWS), "one.csv")
    two = work.source(accounts(ROWS, first=101)[::-1], "two.csv")
    work.server.faults = Faults(latency_s=0.02, lose_answers=0.1)

    first, second = work.start_run(one, report="1"), work.start_run(two, report="2")
    verdicts = work.judge(first.wait(), one, report="1"), work.judge(second.wait(), two, report="2")

    assert [(v.code, v.run, v.broken) for v in verdicts] == [(0, "completed", ())] * 2
    assert sum(v.counts["Created"] for v in verdicts) == 300
    assert sum(v.counts.get("Skipped", 0) for v in verdicts) == 100
    assert work.server.calls[POST] == 300


def test_two_processes_that_cannot_look_up_do_not_wait_for_each_others_rows_in_doubt_forever(work: Desk) -> None:
    one = work.source(accounts(60), "one.csv")
    two = work.source(accounts(60)[::-1], "two.csv")
    work.credentials = CREATOR
    work.server.faults = Faults(latency_s=0.1, lose_answers=0.5)

    first, second = (
        work.start_run(source, report=source[:3], options=["--stop-after", "0", "--concurrency", "5", *BRIEFLY])
        for source in (one, two)
    )
    verdicts = work.judge(first.wait(), one, report="one"), work.judge(second.wait(), two, report="two")

    assert [(v.code, v.run, v.broken) for v in verdicts] == [(4, "completed", ())] * 2
    assert len(work.server.store) == work.server.calls[POST] == 60


def test_another_process_sees_how_a_run_stands_and_what_it_waits_for(work: Desk) -> None:
    source = work.source(accounts(130))
    process = work.start_run(source, options=["--limits", "none", "--rate", "40/m"])

    def looked_at() -> dict[str, Any]:
        return dict(json.loads(work.start("runs", "--json").wait().out)[0]["Standing"] or {})

    until(lambda: (work.folder / "ledger.db").exists() and len(work.server.store) == 40, process)
    until(lambda: looked_at().get("Wait") is not None, process)
    standing, shown = looked_at(), work.start("show", "last").wait().out
    process.kill()
    killed = work.start("show", "last").wait().out

    assert (standing["Done"], standing["Total"], standing["CallsLeft"]) == (40, 130, 90)
    assert (standing["Wait"]["Why"], standing["Wait"]["Limit"]) == ("limit", {"Calls": 40, "Seconds": 60.0})
    due = datetime.fromisoformat(standing["DueAt"]) - datetime.fromisoformat(standing["At"])
    assert timedelta(minutes=2.5) < due < timedelta(minutes=3.1)
    for said in ("40 of 130 rows at ", "a minute; due ", "waiting for the limit of 40 a minute, next in "):
        assert said in shown
    assert f"{work.runs[0]} was cut off after " in killed


def test_a_run_that_is_at_work_cannot_be_resumed_by_another_process(work: Desk) -> None:
    source = work.source(accounts(ROWS))
    work.server.faults = Faults(latency_s=1)

    process = work.start_run(source, options=["--concurrency", "5"])
    until(lambda: len(work.server.store) > 0, process)
    second = work.resume()
    work.server.faults = Faults()

    assert second.code == 2
    assert f"Another process works on run {work.runs[0]}" in second.err
    assert work.judge(process.wait()) == kept(Created=ROWS)


# -- again -------------------------------------------------------------------------------------------------------


def test_the_same_source_again_is_skipped_without_a_call_to_the_target(work: Desk) -> None:
    source = work.source(accounts(ROWS))
    assert work.judge(work.run(source, report="1"), report="1") == kept(Created=ROWS)
    work.server.calls.clear()

    again = work.run(source, report="2")

    assert work.judge(again, report="2") == kept(Skipped=ROWS)
    assert work.server.calls.total() == 0
    ids = {entry["Row"]: entry["Id"] for entry in work.report("1")["Created"]}
    assert work.report("2")["Skipped"] == [
        {
            "Row": row,
            "Source": source,
            "Reason": f"created by run {work.runs[0]} (row {row} of {source})",
            "Id": ids[row],
        }
        for row in range(2, ROWS + 2)
    ]


def test_the_same_rows_in_another_file_and_order_are_skipped_without_a_call_to_the_target(work: Desk) -> None:
    source = work.source(accounts(ROWS))
    assert work.judge(work.run(source)) == kept(Created=ROWS)
    work.server.calls.clear()

    shouted = [{**row, "EmailAddress": row["EmailAddress"].upper()} for row in accounts(ROWS)[::-1]]
    other = work.source(shouted, "other.csv")
    again = work.run(other, report="other")

    assert work.judge(again, other, report="other") == kept(Skipped=ROWS)
    assert work.server.calls.total() == 0


@pytest.mark.parametrize("existing", ["skip", "ignore"])
def test_another_file_takes_over_the_keys_of_a_killed_run(work: Desk, existing: str) -> None:
    source = work.source(accounts(ROWS))
    work.server.faults = Faults(latency_s=0.02, lose_answers=0.3)
    process = work.start_run(source, options=["--settle", "5", "--timeout", "1"])
    until(lambda: len(work.server.store) >= 50, process)
    process.kill()

    other = work.source(accounts(ROWS, first=51)[::-1], "other.csv")
    work.server.faults = Faults(lose_answers=0.1)
    ended = work.run(other, report="other", options=["--existing", existing, "--timeout", "1"])

    taken = work.judge(ended, other, report="other")
    assert (taken.code, taken.run, taken.broken) == (0, "completed", ())
    assert taken.counts["Created"] + taken.counts.get("Skipped", 0) == ROWS
    resumed = work.judge(work.resume(work.runs[0]), source)
    assert (resumed.code, resumed.run, resumed.broken) == (0, "completed", ())
    assert resumed.counts["Created"] + taken.counts["Created"] == ROWS + 50
    assert work.server.calls[POST] == ROWS + 50


def test_a_source_that_changed_since_is_not_resumed(work: Desk) -> None:
    rows = accounts(ROWS)
    source = work.source(rows)
    work.server.faults = SLOWLY
    process = work.start_run(source, options=["--timeout", "1"])
    until(lambda: len(work.server.store) >= 25, process)
    process.kill()
    calls = work.calls_of_dead_processes()

    work.source([*rows[1:], account(999)])
    refused = work.resume()

    assert refused.code == 6
    assert f"{source}: has changed since run {work.runs[0]} read it" in refused.err
    assert work.server.calls.total() == calls
    work.source(rows)
    assert work.judge(work.resume()) == kept(Created=ROWS)


# -- what is there already ---------------------------------------------------------------------------------------


def test_records_that_exist_at_the_target_are_skipped(work: Desk) -> None:
    there = [work.put({**row, "DisplayName": "Older"}) for row in accounts(20)]
    source = work.source(accounts(ROWS))

    ended = work.run(source)

    assert work.judge(ended) == kept(Created=ROWS - 20, Skipped=20)
    assert [(e["Reason"], e["Id"]) for e in work.report()["Skipped"]] == [("exists at the target", i) for i in there]
    assert {r["DisplayName"] for r in work.server.store.records() if r["Id"] in there} == {"Older"}
    assert work.server.calls[LIST] == 2


def test_records_that_exist_at_the_target_are_updated_where_they_differ(work: Desk) -> None:
    for row in accounts(10):
        work.put(row)
    for row in accounts(10, first=11):
        work.put({**row, "DisplayName": "Older", "OutgoingServer": "old.cowork.example"})
    source = work.source(accounts(ROWS))

    ended = work.run(source, options=["--existing", "update"])

    assert work.judge(ended) == kept(Created=ROWS - 20, Updated=10, Skipped=10)
    assert {e["Reason"] for e in work.report()["Skipped"]} == {"exists and does not differ"}
    assert len(work.server.store) == ROWS


def test_records_that_exist_at_the_target_are_not_looked_for_if_so_asked(work: Desk) -> None:
    for row in accounts(20):
        work.put(row)
    source = work.source(accounts(ROWS))
    work.server.faults = Faults(lose_answers=0.1)

    ended = work.run(source, options=["--existing", "ignore"])

    assert work.judge(ended) == kept(Created=ROWS)
    assert len(work.server.store) == ROWS + 20


def test_rows_that_repeat_an_earlier_one_of_the_source_are_skipped_and_name_it(work: Desk) -> None:
    shouted = [{**row, "EmailAddress": row["EmailAddress"].upper()} for row in accounts(20)]
    source = work.source([*accounts(ROWS), *shouted])

    ended = work.run(source)

    assert work.judge(ended) == kept(Created=ROWS, Skipped=20, Warnings=20)
    skipped = [(e["Row"], e["Reason"], e["Id"]) for e in work.report()["Skipped"]]
    assert skipped == [(ROWS + 2 + n, f"repeats row {2 + n}", None) for n in range(20)]
    assert work.server.calls[POST] == ROWS
