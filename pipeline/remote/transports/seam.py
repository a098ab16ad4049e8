"""What a transport offers, whichever library is behind it: a request out, its whole response in.

Its errors are httpx's, since each of those names says what became of the request. May import nothing of the project.
Must know nothing of endpoints, tokens or rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, kw_only=True, slots=True)
class Response:
    """A response as it came off the wire.

    Attributes:
        status: The HTTP status.
        headers: Its headers, to be asked for by lower-case names.
        body: Its bytes.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes

    def header(self, name: str) -> str | None:
        """The value of a header; `None` where there is none, or none that is text."""
        try:
            return self.headers.get(name)
        except ValueError:  # pyreqwest's word for bytes that are not ASCII
            return None


class Transport(Protocol):
    """The seam to the network."""

    async def send(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None, timeout_s: float
    ) -> Response:
        """Sends a request, once, and reads its response whole.

        Args:
            method: The HTTP method.
            url: Where to; percent-encoded.
            headers: What it carries. The same object for many requests is prepared only once.
            content: Its body.
            timeout_s: For the connection, and for the response; both together take no more than twice as long.

        Raises:
            httpx.TransportError: Of the subclass that says whether the request may have reached the server.
        """
        ...

    async def aclose(self) -> None:
        """Closes the connections."""
        ...
