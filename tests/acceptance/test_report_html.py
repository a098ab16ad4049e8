"""`report.html` in a real browser: on a phone and a desk, in light and dark, on paper, by keyboard, with hostile text.

`.ci/run` installs Chromium and axe-core and sets BROWSER_TESTS=required: there nothing is skipped.
"""

import os
import re
from pathlib import Path

import pytest

from tests.support.browser import CHROMIUM, browser
from tests.support.report_pages import HOSTILE, hostile_page, large_page

AXE = Path(__file__).parents[1] / "support" / "axe" / "node_modules" / "axe-core" / "axe.min.js"
MUST = os.environ.get("BROWSER_TESTS") == "required"

pytestmark = pytest.mark.skipif(CHROMIUM is None and not MUST, reason="there is no Chromium")

VIEWS = [
    pytest.param({"width": 360, "height": 740, "dark": False}, id="phone, light"),
    pytest.param({"width": 360, "height": 740, "dark": True}, id="phone, dark"),
    pytest.param({"width": 1280, "height": 900, "dark": False}, id="desk, light"),
    pytest.param({"width": 1280, "height": 900, "dark": True}, id="desk, dark"),
]


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    """One browser for all of them."""
    with browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """The address of a page with every list and hostile text wherever text can stand."""
    return hostile_page(tmp_path_factory.mktemp("hostile")).as_uri()


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """The address of a page of 3,000 rows."""
    return large_page(tmp_path_factory.mktemp("large"), 3_000).as_uri()


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """The address of a page of 100 rows."""
    return large_page(tmp_path_factory.mktemp("small"), 100).as_uri()


def opened(chromium, address, **view):
    page = chromium.page(**view)
    page.open(address)
    return page


@pytest.mark.parametrize("view", VIEWS)
class TestInEveryView:
    def test_hostile_text_does_no_harm_and_nothing_is_asked_for(self, chromium, hostile, view):
        page = opened(chromium, hostile, **view)
        assert page.run("window.harm") is None
        assert page.requests == [hostile]
        assert page.complaints == []
        assert page.run("document.scripts.length") == 1
        handlers = "[...e.attributes].some(a => a.name.startsWith('on') || /^javascript:/i.test(a.value))"
        assert page.run(f"[...document.querySelectorAll('a, *')].filter(e => {handlers}).map(e => e.outerHTML)") == []
        text = page.run("document.body.innerText")
        assert HOSTILE[0] in text
        assert re.findall("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text) == []
        assert page.run("Math.max(...[...document.querySelectorAll('td, th')].map(c => c.textContent.length))") < 300

    def test_the_page_does_not_scroll_sideways(self, chromium, hostile, large, view):
        for address in (hostile, large):
            page = opened(chromium, address, **view)
            assert page.run("document.documentElement.scrollWidth") == view["width"]

    def test_the_colours_are_those_that_the_person_likes(self, chromium, large, view):
        page = opened(chromium, large, **view)
        red, green, blue = map(int, re.findall(r"\d+", page.run("getComputedStyle(document.body).backgroundColor")))
        assert (red + green + blue < 150) == view["dark"]

    @pytest.mark.skipif(not AXE.exists() and not MUST, reason="axe-core is not installed")
    def test_axe_finds_nothing_wrong(self, chromium, hostile, small, view):
        for address in (hostile, small):
            page = opened(chromium, address, **view)
            page.run(AXE.read_text(encoding="utf-8") + "\n;0")
            # Headings, lists, labels, contrast, focus ...: all that axe knows, on the page as it stands.
            found = page.run(
                "axe.run(document, {resultTypes: ['violations']}).then(found => found.violations.map("
                "one => [one.impact, one.id, one.nodes[0].html.slice(0, 200), one.nodes[0].failureSummary]))"
            )
            assert found == []


def shown_rows(page, table):
    return page.run(f"[...document.querySelectorAll('#{table} tbody tr')].filter(r => !r.hidden).length")


def typed(page, table, text):
    """Types into the search field above a table, as a person does."""
    page.run(f"document.querySelector('.tools[data-table={table}] input').focus()")
    page.call("Input.insertText", text=text)


def said(page, table):
    return page.run(f"document.querySelector('.tools[data-table={table}] output').textContent")


CHOOSE = "{ const select = document.querySelector('.tools[data-table=errors-table] select'); "


class TestSearchAndFilter:
    def test_search_finds_an_id_and_an_address_in_the_list_of_what_was_created(self, chromium, large):
        page = opened(chromium, large)
        assert shown_rows(page, "created-table") == 1000
        typed(page, "created-table", "DESK123@")
        assert shown_rows(page, "created-table") == 1
        assert said(page, "created-table") == "1 of 1,000 shown"
        page.run("document.activeElement.select()")
        typed(page, "created-table", "1000000124")
        assert shown_rows(page, "created-table") == 1
        assert shown_rows(page, "skipped-table") == 300

    def test_errors_are_filtered_by_field(self, chromium, large):
        page = opened(chromium, large)
        page.run(CHOOSE + "select.value = 'BusinessId'; select.dispatchEvent(new Event('change')); }")
        assert said(page, "errors-table") == "300 of 600 shown"
        typed(page, "errors-table", "nothing has this")
        assert shown_rows(page, "errors-table") == 0

    def test_a_problem_leads_to_its_rows(self, chromium, large):
        page = opened(chromium, large)
        page.run("document.querySelector('button[data-show=ErrorCount]').click()")
        assert said(page, "errors-table") == "300 of 600 shown"
        assert page.run("document.activeElement.value") == "ErrorCount"
        assert page.run("Math.abs(document.getElementById('errors').getBoundingClientRect().top)") < 900

    def test_hostile_names_of_fields_can_be_chosen(self, chromium, hostile):
        page = opened(chromium, hostile)
        options = page.run("document.querySelector('.tools[data-table=errors-table] select').options.length")
        assert options == len(HOSTILE) + 2
        for index in range(1, options):
            page.run(CHOOSE + f"select.selectedIndex = {index}; select.dispatchEvent(new Event('change')); }}")
            is_common = page.run(CHOOSE + "select.value; }") == "ErrorCount"
            assert shown_rows(page, "errors-table") == (len(HOSTILE) if is_common else 1)
        assert page.run("window.harm") is None


class TestPolicy:
    def test_it_lets_nothing_run_that_is_not_the_page_s_own(self, chromium, large):
        page = opened(chromium, large)
        page.run(
            "{ const s = document.createElement('script'); s.textContent = 'window.harm = 1';"
            "document.body.append(s); document.body.setAttribute('onclick', 'window.harm = 1');"
            "document.body.click(); }"
        )
        assert page.run("window.harm") is None
        assert any("Content Security Policy" in text for text in page.complaints)

    def test_it_lets_nothing_out(self, chromium, large):
        page = opened(chromium, large)
        page.run("fetch('https://harm.example/').catch(() => 0)")
        page.run("{ const i = new Image(); i.src = 'https://harm.example/x.png'; document.body.append(i); }")
        assert len([text for text in page.complaints if "Content Security Policy" in text]) >= 2


class TestKeyboardAndPaper:
    def test_the_first_tab_offers_to_skip_and_every_stop_can_be_seen(self, chromium, large):
        page = opened(chromium, large)
        stops = []
        for _ in range(30):
            for kind in ("keyDown", "keyUp"):
                page.call("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9)
            stops.append(
                page.run("(e => [e.className || e.tagName, getComputedStyle(e).outlineStyle])(document.activeElement)")
            )
        assert stops[0][0] == "skip"
        assert {"A", "INPUT", "SELECT", "BUTTON", "scroll long"} <= {stop for stop, _ in stops}
        assert {outline for stop, outline in stops if stop != "BODY"} <= {"solid", "auto"}

    def test_on_paper_all_rows_stand_without_what_paper_cannot_do(self, chromium, large):
        page = opened(chromium, large)
        paper = page.pdf()
        assert paper.startswith(b"%PDF-")
        assert len(re.findall(rb"/Type\s*/Page\b", paper)) > 20
        page.call("Emulation.setEmulatedMedia", media="print")
        seen = page.run("[...document.querySelectorAll('nav, .tools, button')].filter(e => e.offsetParent).length")
        assert seen == 0
        cut = page.run(
            "[...document.querySelectorAll('.scroll')].filter(e => e.scrollHeight > e.clientHeight + 1).length"
        )
        assert cut == 0
        assert page.requests == [large]
        assert page.complaints == []

    def test_paper_is_white_for_those_who_like_it_dark(self, chromium, large):
        page = opened(chromium, large, dark=True)
        page.call(
            "Emulation.setEmulatedMedia", media="print", features=[{"name": "prefers-color-scheme", "value": "dark"}]
        )
        assert page.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"

    def test_without_scripts_everything_is_there_but_the_search(self, chromium, large):
        page = chromium.page()
        page.call("Emulation.setScriptExecutionDisabled", value=True)
        page.go(large)
        assert shown_rows(page, "created-table") == 1000
        assert page.run("[...document.querySelectorAll('.tools, button')].filter(e => e.offsetParent).length") == 0
