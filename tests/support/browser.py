"""A headless Chromium, driven over a pair of pipes by its DevTools protocol: no library, no port."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_PATIENCE_S = 60.0
_OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)


@dataclass
class Page:
    """A page that is open.

    Attributes:
        browser: Where.
        session: Its name there.
        requests: Every address that it asked for.
        complaints: Errors of scripts, what the policy refused, and whatever else the console was told.
    """

    browser: Browser
    session: str
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Calls a method of the protocol."""
        return self.browser.call(method, params, self.session)

    def run(self, script: str) -> Any:
        """The value of an expression; what it promises is waited for."""
        given = {"expression": script, "returnByValue": True, "awaitPromise": True}
        answer = self.call("Runtime.evaluate", **given)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def open(self, address: str) -> None:
        """Goes to an address, and waits until all of it is there and drawn."""
        self.go(address)
        # Everything that a page still has to say about itself is said before it draws its next picture.
        self.run("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def go(self, address: str) -> None:
        """Goes to an address, and waits until all of it is there."""
        loaded = self.browser.loaded
        loaded.discard(self.session)
        self.call("Page.navigate", url=address)
        while self.session not in loaded:
            self.browser.read()

    def screenshot(self, path: Path) -> None:
        """Keeps what can be seen."""
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))

    def pdf(self) -> bytes:
        """The page as it is printed."""
        return base64.b64decode(self.call("Page.printToPDF", printBackground=True)["data"])

    def heard(self, event: str, params: dict[str, Any]) -> None:
        """Keeps what the browser tells about the page."""
        if event == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif event == "Runtime.exceptionThrown":
            self.complaints.append(json.dumps(params["exceptionDetails"]))
        elif event == "Runtime.consoleAPICalled":
            self.complaints.append(json.dumps(params["args"]))
        elif event == "Log.entryAdded":
            self.complaints.append(params["entry"]["text"])


class Browser:
    """A browser that runs.

    Args:
        sending: The pipe that it reads.
        receiving: The pipe that it writes.
    """

    def __init__(self, sending: int, receiving: int) -> None:
        self._sending, self._receiving = sending, receiving
        self._number = 0
        self._left = b""
        self._pages: dict[str, Page] = {}
        self._answers: dict[int, dict[str, Any]] = {}
        self.loaded: set[str] = set()

    def call(self, method: str, params: dict[str, Any] | None = None, session: str | None = None) -> dict[str, Any]:
        """Calls a method of the protocol."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params or {}}
        given = json.dumps({**message, **({"sessionId": session} if session else {})}).encode() + b"\0"
        while given:
            given = given[os.write(self._sending, given) :]
        while self._number not in self._answers:
            self.read()
        answer = self._answers.pop(self._number)
        assert "error" not in answer, (method, answer["error"])
        result: dict[str, Any] = answer["result"]
        return result

    def read(self) -> None:
        """Takes the next message."""
        until = time.monotonic() + _PATIENCE_S
        while b"\0" not in self._left:
            ready, _, _ = select.select([self._receiving], [], [], max(0.0, until - time.monotonic()))
            assert ready, "the browser says nothing"
            read = os.read(self._receiving, 1 << 20)
            assert read, "the browser has gone"
            self._left += read
        text, _, self._left = self._left.partition(b"\0")
        self._take(json.loads(text))

    def _take(self, message: dict[str, Any]) -> None:
        if "id" in message:
            self._answers[message["id"]] = message
            return
        session = message.get("sessionId", "")
        if message["method"] == "Page.loadEventFired":
            self.loaded.add(session)
        if session in self._pages:
            self._pages[session].heard(message["method"], message["params"])

    def page(self, *, width: int = 1280, height: int = 900, dark: bool = False) -> Page:
        """An empty page of this size and colour scheme."""
        target = self.call("Target.createTarget", {"url": "about:blank"})["targetId"]
        session = self.call("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        page = self._pages[session] = Page(self, session)
        for domain in ("Page", "Runtime", "Log", "Network"):
            page.call(f"{domain}.enable")
        page.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        page.call("Emulation.setEmulatedMedia", features=features)
        return page


@contextmanager
def browser(profile: Path) -> Iterator[Browser]:
    """A browser with a profile of its own."""
    assert CHROMIUM is not None
    (theirs_in, sending), (receiving, theirs_out) = os.pipe(), os.pipe()
    # The browser looks for its ends at 3 and 4; put there one after the other, neither may be in the other's way.
    theirs = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in (theirs_in, theirs_out)]
    command = ["bash", "-c", f'exec "$@" 3<&{theirs[0]} 4>&{theirs[1]}', "bash", CHROMIUM, *_OPTIONS]
    process = subprocess.Popen(
        [*command, f"--user-data-dir={profile}", "about:blank"],
        pass_fds=theirs,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "HOME": str(profile), "XDG_CONFIG_HOME": str(profile)},
    )
    for end in (theirs_in, theirs_out, *theirs):
        os.close(end)
    try:
        yield Browser(sending, receiving)
    finally:
        process.terminate()
        process.wait(_PATIENCE_S)
        os.close(sending)
        os.close(receiving)
