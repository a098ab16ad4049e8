"""The server of instant answers."""

import asyncio
import json

from benchmarks.instant_server import Answers, InstantProtocol


class Wire(asyncio.Transport):
    """Keeps what is written to it."""

    def __init__(self):
        super().__init__()
        self.written = b""

    def write(self, data):
        self.written += data


def answered(*pieces):
    """The bodies that answer what arrives in these pieces."""
    protocol = InstantProtocol(Answers(0))
    wire = Wire()
    protocol.connection_made(wire)
    for piece in pieces:
        protocol.data_received(piece)
    responses = wire.written.split(b"HTTP/1.1 200 OK\r\n")[1:]
    return [json.loads(response.split(b"\r\n\r\n", 1)[1]) for response in responses]


POST = b'POST /api/crm/emailaccounts HTTP/1.1\r\nContent-Length: 7\r\n\r\n{"a":1}'


def test_every_post_gets_the_next_id():
    assert [body["Value"]["Id"] for body in answered(POST, POST + POST)] == [87654321, 87654322, 87654323]


def test_a_request_in_pieces_is_answered_once_it_is_complete():
    assert len(answered(POST[:20], POST[20:-1])) == 0
    assert len(answered(POST[:20], POST[20:-1], POST[-1:])) == 1


def test_lists_are_empty_and_posts_are_counted():
    listed, _, counted = answered(b"GET /api/x HTTP/1.1\r\n\r\n", POST, b"GET /calls HTTP/1.1\r\n\r\n")
    assert (listed["Records"], listed["HasNextPage"]) == ([], False)
    assert counted == {"calls": 1}
