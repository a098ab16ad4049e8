"""Calls that are cancelled: none goes on as if nothing had been said, least of all where its answer has just come."""

import asyncio
import time
from http.server import BaseHTTPRequestHandler
from threading import Barrier

from pipeline.remote.transports import open_transport
from tests.support.local_server import serving

CALLS = 20
LONG = 20.0
"""Seconds that no test here waits for."""


def answering(together):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            together.wait(LONG)
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

    return Handler


def test_a_call_that_is_cancelled_as_its_answer_comes_is_cancelled():
    together = Barrier(CALLS + 1)

    async def cut(url):
        transport = open_transport(url, CALLS)
        calls = [asyncio.create_task(transport.send("GET", url, {}, None, LONG)) for _ in range(CALLS)]
        await asyncio.sleep(0)  # each begins, and goes on without the loop
        together.wait(LONG)
        time.sleep(0.2)  # noqa: ASYNC251 - the answers come while the loop looks elsewhere
        for call in calls:
            call.cancel()
        ended = await asyncio.gather(*calls, return_exceptions=True)
        await transport.aclose()
        return ended

    with serving(answering(together)) as address:
        ended = asyncio.run(cut(f"http://{address}/"))
    assert [type(one) for one in ended] == [asyncio.CancelledError] * CALLS
