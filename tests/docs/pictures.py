"""Takes the README's pictures: `python -m tests.docs.pictures`. Needs Chromium; nothing real is touched."""

from __future__ import annotations

import os
import tempfile
from html import escape
from pathlib import Path

from rich.ansi import AnsiDecoder
from rich.console import Console

from pipeline.sandbox.faults import Faults
from pipeline.sandbox.server import SandboxServer
from tests.support.browser import Browser, browser
from tests.support.command_line import ROOT, TOKEN, account, on_terminal, write_csv

IMAGES = ROOT / "docs" / "images"
_COMMAND = ("run", "mailboxes.csv", "--yes", "--no-progress")
_WIDTH, _HEIGHT = 900, 900


def take(folder: Path) -> None:
    """Imports 300 mailboxes, of which some exist and some are wrong, and takes pictures of what is shown.

    Args:
        folder: For all that comes up on the way.
    """
    os.chdir(folder)
    shown = _imported()
    svg = _terminal(shown)
    with browser(folder / "profile") as opened:
        _picture(opened, svg, "terminal.png", height=0)
        for name, dark in (("report-light.png", False), ("report-dark.png", True)):
            _picture(opened, (folder / "reports" / "latest" / "report.html"), name, height=_HEIGHT, dark=dark)


def _imported() -> str:
    rows = [account(n) for n in range(1, 301)]
    for n in range(40, 300, 52):
        rows[n]["IncomingServerPort"] = "993 (SSL)"
    rows[120]["EmailAddress"] = ""
    rows[77]["OutgoingServerPort"] = "99999"
    with SandboxServer(faults=Faults(latency_s=0.4)) as target:
        environment = {
            "NEXUDUS_IMPORT_BASE_URL": target.base_url,
            "NEXUDUS_IMPORT_LIMITS": "none",
            "NEXUDUS_IMPORT_CONCURRENCY": "8",
            "NEXUDUS_TOKEN": TOKEN,
            "XDG_DATA_HOME": str(Path("data").absolute()),
        }
        write_csv("mailboxes.csv", rows[:40])
        on_terminal(*_COMMAND, **environment)
        write_csv("mailboxes.csv", rows)
        return on_terminal(*_COMMAND, **environment)[1]


def _terminal(shown: str) -> Path:
    """What a terminal showed, as a picture that is drawn by rich."""
    console = Console(record=True, width=100, file=Path(os.devnull).open("w"), force_terminal=True)  # noqa: SIM115
    console.print("[bold]$ nexudus-import run mailboxes.csv[/]", highlight=False)
    for line in AnsiDecoder().decode(shown.replace("\r", "")):
        console.print(line)
    path = Path("terminal.svg").absolute()
    console.save_svg(str(path), title="nexudus-import")
    return path


def _picture(opened: Browser, shown: Path, name: str, *, height: int, dark: bool = False) -> None:
    page = opened.page(width=_WIDTH, height=height or _HEIGHT, dark=dark)
    if shown.suffix == ".svg":
        frame = shown.with_suffix(".html")
        frame.write_text(f'<body style="margin:0"><img src="{escape(shown.name)}" width="{_WIDTH}">', encoding="utf-8")
        shown = frame
    page.open(shown.resolve().as_uri())
    tall = height or int(page.run("Math.ceil(document.querySelector('img').getBoundingClientRect().height)"))
    page.call("Emulation.setDeviceMetricsOverride", width=_WIDTH, height=tall, deviceScaleFactor=1, mobile=False)
    IMAGES.mkdir(exist_ok=True)
    page.screenshot(IMAGES / name)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        take(Path(temporary))
