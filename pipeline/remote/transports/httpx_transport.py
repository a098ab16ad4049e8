"""Any `httpx.AsyncBaseTransport` as a transport of ours: how tests, faults and proxies of one's own come in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from pipeline.remote.transports.seam import Response, Transport


def adapted(transport: Transport | httpx.AsyncBaseTransport) -> Transport:
    """A transport of ours for one of httpx's; one of ours as it is."""
    return HttpxTransport(transport) if isinstance(transport, httpx.AsyncBaseTransport) else transport


@dataclass(frozen=True)
class HttpxTransport:
    """Sends through a transport of httpx.

    Attributes:
        inner: That transport.
    """

    inner: httpx.AsyncBaseTransport

    async def send(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None, timeout_s: float
    ) -> Response:
        """Sends a request, and reads its response whole."""
        extensions = {"timeout": httpx.Timeout(timeout_s).as_dict()}
        request = httpx.Request(method, url, headers=headers, content=content, extensions=extensions)
        answer = await self.inner.handle_async_request(request)
        return Response(status=answer.status_code, headers=answer.headers, body=await answer.aread())

    async def aclose(self) -> None:
        """Closes that transport."""
        await self.inner.aclose()
