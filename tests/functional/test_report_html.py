"""`report.html` as a file: what is in it, how large it is, who may read it. A browser opens it in other tests."""

import os
import re
import stat
import sys
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from pathlib import Path

import pytest

from pipeline.errors import ExitCode
from pipeline.sandbox.accounts import User
from pipeline.sandbox.faults import Faults
from pipeline.sandbox.server import SandboxServer
from tests.support.command_line import account, accounts, call, run_into, started, stub, write_csv
from tests.support.report_pages import HOSTILE, hostile_page, large_page


class Page(HTMLParser):
    """A page as a parser of HTML sees it."""

    def __init__(self, path="out/report.html"):
        super().__init__()
        self.tags, self.addresses, self.texts, self._inside = [], [], [], []
        self.source = Path(path).read_text(encoding="utf-8")
        self.feed(self.source)
        self.text = re.sub(r"\s+", " ", "".join(self.texts))

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self._inside.append(tag)
        self.addresses += [value for name, value in attrs if name in {"src", "href", "action", "data", "srcset"}]

    def handle_endtag(self, tag):
        if tag in self._inside:
            self._inside = self._inside[: len(self._inside) - 1 - self._inside[::-1].index(tag)]

    def handle_data(self, data):
        if not self._inside or self._inside[-1] not in {"script", "style"}:
            self.texts.append(data)


def test_a_run_has_the_verdict_first_then_what_to_fix_then_the_ids(target):
    write_csv("a.csv", [account(1), account(2, ErrorCount="n/a"), account(3), account(1)])
    run_into(target, "a.csv")
    text = Page().text
    ids = [str(r["Id"]) for r in target.store.records()]
    order = [
        "To fix: 1 of 4 rows did not make it; 3 are in place.",
        f"nexudus-import run {Path.cwd()}/out/rejected.csv --base-url ",
        "ErrorCount: is not an integer",
        'Correct the column "ErrorCount".',
        *sorted(ids, key=text.index),
        "repeats row 2",
        "How the rows ended",
        "concurrency25",
    ]
    places = [text.index(words) for words in order]
    assert places == sorted(places)


def test_a_check_says_that_nothing_was_sent_and_shows_no_settings_of_sending():
    write_csv("a.csv", accounts(3))
    call("validate", "a.csv", "--report-dir", "out")
    page = Page()
    assert "Valid: 3 rows, all of them. Nothing was sent." in page.text
    assert "encodingfound by itself" in page.text
    assert "concurrency" not in page.text


def test_a_run_that_stopped_says_why_and_how_it_goes_on(target):
    target.faults = Faults(drop=1)
    write_csv("a.csv", accounts(3))
    assert run_into(target, "a.csv", "--attempts", "1").exit_code == ExitCode.STOPPED
    page = Page()
    assert "Stopped early: 0 of 3 rows are in place, 3 wait for their turn." in page.text
    [command] = set(re.findall(r"nexudus-import (resume \S+)", page.text))
    target.faults = Faults()
    assert call(*command.split()).exit_code == 0
    assert "Done: 3 rows in place." in Page().text


def test_it_shows_when_the_run_waited_and_was_throttled(target):
    target.faults = Faults(throttle=0.3, seed=1)
    write_csv("a.csv", accounts(12))
    assert run_into(target, "a.csv", "--limits", "none", "--rate", "4/s").exit_code == 0
    page = Page()
    assert re.search(r"Waiting for a limit: [1-9]\d* s", page.text)
    assert re.search(r"Throttled by the target: [1-9]\d* answers?", page.text)
    before = re.findall(r'<svg class="course lane (\w+)"', Path("out/report.html").read_text(encoding="utf-8"))
    assert before[:2] == ["rejected", "unprocessed"]
    call("report", "last")
    again = re.findall(r'<svg class="course lane (\w+)"', Path("out/report.html").read_text(encoding="utf-8"))
    assert again == before


def test_a_refusal_of_the_target_is_text(target):
    answer = {"Message": HOSTILE[0], "Errors": [{"PropertyName": "X", "AttemptedValue": 1, "Message": HOSTILE[0]}]}
    with stub(400, {**answer, "Value": None, "WasSuccessful": False}) as refusing:
        write_csv("a.csv", accounts(1))
        run_into(refusing, "a.csv")
    page = Page()
    assert HOSTILE[0] in page.text
    assert page.tags.count("script") == 1


def test_every_cell_that_would_act_as_a_formula_has_an_apostrophe(tmp_path):
    source = hostile_page(tmp_path / "out").read_text(encoding="utf-8")
    table = re.sub(r"(?s)<(script|style)>.*?</\1>", "", source)
    assert re.findall(r">\s*[=@][^<]*", table) == []
    assert len(re.findall(r"<t[dh][^>]*>&#39;=cmd\(\)", table)) > 8


def test_nothing_that_cannot_be_seen_is_in_it(tmp_path):
    source = hostile_page(tmp_path / "out").read_bytes().decode("utf-8")
    assert re.findall("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", source) == []
    assert "\\x1b[2J" in source


def test_a_long_cell_is_cut_and_says_so(tmp_path):
    page = Page(hostile_page(tmp_path / "out"))
    assert "x" * 501 not in page.source
    assert "… (10,000 characters)" in page.text


def test_it_leads_to_nothing_but_itself_and_the_files_beside_it(tmp_path):
    page = Page(hostile_page(tmp_path / "out"))
    outside = [a for a in page.addresses if not re.fullmatch(r"#[\w-]+|[\w.-]+\.(csv|json)", a or "")]
    assert outside == []
    assert set(page.tags).isdisjoint({"img", "link", "iframe", "object", "embed", "base", "form", "i", "b"})


def test_a_typical_run_is_small_and_a_large_one_hardly_larger(tmp_path):
    typical = large_page(tmp_path / "typical", 3_000)
    large = large_page(tmp_path / "large", 60_000)
    assert typical.stat().st_size < 400_000
    assert large.stat().st_size < 400_000
    text = Page(large).text
    assert "Here are the first 1,000; all 48,000 stand in created.csv." in text
    assert "12,000 errors of 2 kinds" in text
    assert "desk1249@cowork.example" in text
    assert "desk1252@cowork.example" not in text


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_is_readable_by_its_owner_only():
    write_csv("a.csv", accounts(1))
    Path("out").mkdir()
    Path("out/report.html").touch(mode=0o644)
    call("validate", "a.csv", "--report-dir", "out")
    assert stat.S_IMODE(Path("out/report.html").stat().st_mode) == 0o600


@pytest.mark.skipif(sys.platform != "linux", reason="what opens files has other names elsewhere")
def test_report_opens_it_and_says_where_it_is(target, tmp_path):
    write_csv("a.csv", accounts(1))
    run_into(target, "a.csv")
    programs = tmp_path / "programs"
    programs.mkdir()
    os.mkfifo(tmp_path / "opened")
    (programs / "xdg-open").write_text(f'#!/bin/sh\necho "$1" > {tmp_path / "opened"}\n')
    (programs / "xdg-open").chmod(0o755)
    with ThreadPoolExecutor() as pool:
        opened = pool.submit((tmp_path / "opened").read_text)
        ended = started("report", "last", "--open", PATH=f"{programs}:{os.environ['PATH']}")
    page = Path("out/report.html").absolute()
    assert opened.result() == f"{page}\n"
    assert f"Opening {page}" in ended.stderr.decode()


def test_where_nothing_can_open_it_report_says_so(target, monkeypatch):
    write_csv("a.csv", accounts(1))
    run_into(target, "a.csv")
    monkeypatch.setenv("PATH", "")
    result = call("report", "last", "--open")
    assert result.exit_code == 0
    assert "open that file in a browser" in result.stderr


def test_latest_leads_to_the_newest_folder():
    write_csv("a.csv", accounts(1))
    call("validate", "a.csv")
    assert "Valid: 1 row" in Page("reports/latest/report.html").text


def test_rows_in_doubt_are_settled_by_the_commands_that_stand_beside_them():
    clerk = User(username="c@b.example", password="x", roles=frozenset({"EmailAccount-Create"}), token="clerk")
    with SandboxServer(users=[clerk], faults=Faults(lose_answers=1)) as losing:
        write_csv("a.csv", accounts(2))
        assert run_into(losing, "a.csv", token="clerk").exit_code == ExitCode.IN_DOUBT
    commands = re.findall(r"nexudus-import (settle \S+ --row \d --id ID)", Page().text)
    assert len(commands) == 2
    for number, command in enumerate(commands, 1):
        assert call(*command.replace("ID", str(number)).split()).exit_code == 0
    call("report", "last")
    assert "Done: 2 rows in place." in Page().text
