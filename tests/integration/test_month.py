"""A month of nights: clocks that change, files that grow, outages, spent quotas, crashes, a bad file each week.

Each night's exit code and what it prints are those of the table below; at the end each row of each file is in its
place: once in the reports, and its record once at the target. Time is virtual, everything else is real.
"""

import json
import logging
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest

from pipeline.errors import ExitCode
from pipeline.sandbox.faults import Faults
from tests.support.command_line import account, call
from tests.support.inboxes import files
from tests.support.nights import NONE, Machine, Trouble

QUIET = ()
STOPPED = "exit code 5; "


@dataclass(frozen=True, kw_only=True)
class Expected:
    """A night as it is to be: what came in by day, what goes wrong, how the start ends, and what it prints."""

    comes: dict[str, object] = field(default_factory=dict)
    trouble: Trouble = NONE
    code: ExitCode | None = ExitCode.OK
    said: tuple[str, ...] = QUIET


def desks(first, last, **updater):
    return [account(number, **updater) for number in range(first, last + 1)]


def night(code=ExitCode.OK, *said, trouble=NONE, **comes):
    return Expected(comes=comes, trouble=trouble, code=code, said=said)


BAD = [*desks(20, 23), account(24, ErrorCount="x"), account(25)]
DRIPPING = Faults(lose_answers=0.3, cut_answers=0.1, list_lag_s=3.0, seed=5)

MONTH = (
    night(mon=desks(1, 6)),
    night(),
    night(ExitCode.ROWS_REFUSED, "exit code 3; 6 rows read, 5 created, 1 invalid; reports in ", wed=BAD),
    night(all=desks(30, 34)),
    night(growing=(desks(40, 51), 5)),  # it is being written when the night comes
    night(growing=desks(40, 51)),
    night(ExitCode.SOURCE, "inbox/broken.csv", sun=desks(60, 63), broken=b"Room,Colour\n1,blue\n"),
    night(all=desks(30, 38)),  # the export of all, grown
    night(
        ExitCode.STOPPED,
        "100 rows read, 40 created, 60 unprocessed",
        "The budget of calls is spent",
        big=desks(100, 199),
    ),
    night(ExitCode.STOPPED, "100 rows read, 80 created, 20 unprocessed", "The budget of calls is spent"),
    night(),
    night(ExitCode.STOPPED, "exit code 5", "cannot be reached", fri=desks(200, 205), trouble=Trouble(down_after=0)),
    night(sat=[*desks(206, 208), account(1)]),
    night(ExitCode.SOURCE, "inbox/photo.csv", sun=desks(210, 213), photo=b"\x89PNG\r\n\x1a\n" + bytes(range(256))),
    night(ExitCode.STOPPED, "12 rows read, ", "exit code 5", mon=desks(220, 231), trouble=Trouble(down_after=6)),
    night(),
    night(wed=desks(240, 259), trouble=Trouble(faults=DRIPPING)),
    night(thu=desks(260, 265)),
    night(fri=desks(270, 275)),
    night(None, sat=desks(280, 291), trouble=Trouble(dies_at=20)),
    night(quiet=[]),
    night(None, mon=desks(296, 307), trouble=Trouble(dies_at=27, afterwards=True)),
    night(),
    night(
        ExitCode.STOPPED,
        "The time that was given was over at ",
        thu=desks(310, 339),
        trouble=Trouble(clock=(7, 5 * 3_600.0)),
    ),
    night(),
    night(
        ExitCode.STOPPED, "The budget of calls is spent", sat=desks(340, 369), trouble=Trouble(clock=(13, -2 * 3_600.0))
    ),
    night(),
    night(ExitCode.SOURCE, "inbox/void.csv", sun=desks(380, 383), void=b""),
)
MADE = (6, 0, 5, 5, 0, 12, 4, 4, 40, 40, 20, 0, 9, 4, 4, 8, 20, 6, 6, 6, 6, 10, 2, 10, 20, 10, 20, 4)
"""How many records the target gets in each night."""

SET_BEFORE = {18: 3 * 3_600.0, 19: -3 * 3_600.0}
"""By how much the machine's clock is set before a night, by the night's number."""

HEADER = ",".join(account(0))


@pytest.fixture(autouse=True)
def _quiet(caplog):
    """asyncio logs each task that a process leaves behind when it dies."""
    caplog.set_level(logging.CRITICAL, logger="asyncio")


def day(machine, expected):
    """What comes in before a night."""
    for name, content in expected.comes.items():
        if isinstance(content, bytes):
            machine.comes_in_broken(f"{name}.csv", content)
        elif isinstance(content, tuple):
            machine.comes_in(f"{name}.csv", content[0], unfinished=content[1], ago_s=1.0)
        elif content:
            machine.comes_in(f"{name}.csv", content)
        else:
            machine.comes_in_broken(f"{name}.csv", f"{HEADER}\n".encode())


def lived_through(machine, month):
    """Plays a month; what each night left beside what was expected of it."""
    for number, expected in enumerate(month, start=1):
        machine.clock.set_clock(SET_BEFORE.get(number, 0.0))
        machine.until_night()
        day(machine, expected)
        yield number, expected, machine.night(expected.trouble)


@pytest.mark.usefixtures("berlin")
@pytest.mark.timeout(300)  # a few seconds, but for a machine that is busy with something else
# The night to the 21st day is the one in which the clocks change.
@pytest.mark.parametrize("first_day", [date(2026, 10, 4), date(2026, 3, 8)], ids=["autumn", "spring"])
def test_a_month_of_nights_ends_with_every_row_in_its_place(first_day):
    machine = Machine(start=first_day)
    nights = []
    for number, expected, found in lived_through(machine, MONTH):
        nights.append(found)
        assert (number, found.code, found.said) == (number, expected.code, found.said)
        assert [said for said in expected.said if said not in found.said] == [], (number, found)
        assert bool(found.said) == bool(expected.said) or expected.code is None, (number, found)
    assert tuple(found.created for found in nights) == MADE
    assert nights[16].struck["lose_answer"] > 0
    assert files("inbox") == []
    assert [name for name in files("inbox/failed") if not name.endswith(".reason.txt")] == [
        "broken.csv",
        "photo.csv",
        "void.csv",
    ]
    check_reports(machine)
    check_pace(machine)
    assert [run["Run"]["Status"] for run in json.loads(call("runs", "--json").stdout)] == ["completed"] * len(
        machine.came_in
    )


def check_reports(machine):
    """Each row of each file is told once, and what it says is so at the target."""
    records = {record["Id"]: record for record in machine.sandbox.store.records()}
    reports = [
        json.loads(path.read_text(encoding="utf-8"))
        for path in Path("inbox/done/reports").glob("*/report.json")
        if not path.parent.is_symlink()
    ]
    reports.sort(key=lambda report: report["Run"]["StartedOn"])
    told = Counter()
    for name, rows in machine.came_in:
        report = next(
            r
            for r in reports
            if r["Run"]["Sources"][0]["Path"] == f"inbox/{name}" and r["Summary"]["RowsRead"] == len(rows)
        )
        reports.remove(report)
        places = Counter(one["Row"] for end in ("Created", "Skipped", "Errors") for one in report[end])
        assert places == Counter(range(2, len(rows) + 2)), name
        for one in report["Created"]:
            row, record = rows[one["Row"] - 2], records[one["Id"]]
            assert {field: str(record[field]) for field in row} == row
            told[one["Id"]] += 1
        for one in report["Skipped"]:
            assert records[one["Id"]]["EmailAddress"] == rows[one["Row"] - 2]["EmailAddress"]
    assert reports == []
    assert told == dict.fromkeys(records, 1)
    valid = {row["EmailAddress"] for _, rows in machine.came_in for row in rows if row["ErrorCount"] == "0"}
    assert Counter(record["EmailAddress"] for record in records.values()) == dict.fromkeys(valid, 1)


def check_pace(machine):
    """Never more creating calls than the target allows, by its own clock."""
    for calls, seconds in machine.limits:
        late = zip(machine.posts, machine.posts[calls:], strict=False)
        assert [later - early for early, later in late if later - early < seconds] == []
