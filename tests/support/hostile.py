"""A server that means no good: it echoes what it was sent, lies about records and dates, drips, and never ends."""

from __future__ import annotations

import base64
import html
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from tests.support.local_server import serving

SPELLINGS: dict[str, Callable[[str], bytes]] = {
    "plain": str.encode,
    "json": lambda text: json.dumps({"Message": text, "WasSuccessful": False, "Errors": None}).encode(),
    "json of another writer": lambda text: (
        '{"WasSuccessful":false,"Errors":[{"PropertyName":"X","Message":"'
        + "".join(f"\\u{ord(letter):04X}" for letter in text)
        + '"}]}'
    ).encode(),
    "slashes": lambda text: json.dumps({"Message": text, "WasSuccessful": False}).replace("/", "\\/").encode(),
    "url": lambda text: quote(text, safe="").encode(),
    "html": lambda text: f"<p>{html.escape(text).replace('+', '&#43;')}</p>".encode(),
    "utf-16": lambda text: text.encode("utf-16"),
    "base64": lambda text: base64.b64encode(text.encode()),
}


@dataclass
class Behaviour:
    """What the server does; a test replaces what it wants to try.

    Attributes:
        answer: Status and body for a method, a path and what was sent (headers and body as text).
        date: The `Date` header, if not the true one.
        drip_s: Seconds between the bytes of each answer.
        calls: Every call, as method and path.
    """

    answer: Callable[[str, str, str], tuple[int, bytes]] = lambda *_: (404, b"")
    date: str | None = None
    drip_s: float = 0.0
    calls: list[str] = field(default_factory=list)


@contextmanager
def hostile_server(behaviour: Behaviour) -> Iterator[str]:
    """Serves on loopback; yields the base URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            behaviour.calls.append(f"{self.command} {self.path}")
            sent = f"{self.headers.get('Authorization', '')} {body}"
            status, content = behaviour.answer(self.command, self.path, sent)
            self.send_response_only(status)
            self.send_header("Date", behaviour.date or formatdate(usegmt=True))
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            try:
                for at in range(len(content)) if behaviour.drip_s else ():
                    self.wfile.write(content[at : at + 1])
                    time.sleep(behaviour.drip_s)
                if not behaviour.drip_s:
                    self.wfile.write(content)
            except OSError:
                self.close_connection = True

        do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815 - the names that http.server calls

    with serving(Handler) as place:
        yield f"http://{place}"


def created(record_id: object) -> bytes:
    """The documented answer to a creation."""
    return json.dumps({"Status": 200, "Value": {"Id": record_id}, "Errors": None, "WasSuccessful": True}).encode()


def listed(*records: dict[str, Any], more: bool = False) -> bytes:
    """A page of a list."""
    return json.dumps({"Records": list(records), "HasNextPage": more, "TotalItems": len(records)}).encode()


def page_of(path: str) -> int:
    """The number of the page that is asked for."""
    return int(parse_qs(urlsplit(path).query).get("page", ["1"])[0])
