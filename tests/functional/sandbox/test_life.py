"""How the sandbox starts, restarts and ends."""

import logging
import signal
import socket
import sys
import threading

import httpx
import pytest

from pipeline.sandbox.faults import Faults
from pipeline.sandbox.server import SandboxServer, serve_forever
from pipeline.sandbox.store import Store
from tests.support.factories import account_body
from tests.support.sandbox_client import DEAD, PATH, client_of, created_id, sign_in


class TestLife:
    def test_restart_keeps_port_records_and_counts(self):
        with SandboxServer() as server:
            port = server.port
            with client_of(server) as client:
                record_id = created_id(client)
                server.restart()
                assert server.port == port
                # The connection that the client kept is gone with the old server.
                with client_of(server) as fresh:
                    assert fresh.get(f"{PATH}/{record_id}").json()["Id"] == record_id
            assert server.calls == {f"POST {PATH}": 1, f"GET {PATH}/{{id}}": 1}

    def test_store_is_shared(self):
        store = Store()
        record = store.create(account_body())
        with SandboxServer(store=store) as server, client_of(server) as client:
            assert client.get(f"{PATH}/{record['Id']}").json() == record
            assert server.store is store

    def test_port_in_use_is_the_callers_error(self, shared):
        with pytest.raises(OSError, match=r"in use|normally permitted"):
            SandboxServer(port=shared.port).start()

    def test_a_failure_to_start_is_the_callers_too(self, monkeypatch):
        server = SandboxServer()
        with monkeypatch.context() as patch:
            patch.setattr("pipeline.sandbox.server.build_app", lambda *_, **__: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                server.start()
        # The port was let go.
        server.start()
        server.stop()

    def test_it_starts_once_and_stops_as_often_as_one_likes(self):
        server = SandboxServer()
        server.stop()
        server.start()
        with pytest.raises(RuntimeError, match="already running"):
            server.start()
        server.stop()
        server.stop(abort=True)
        with pytest.raises(httpx.ConnectError):
            httpx.get(server.base_url, trust_env=False)

    def test_no_thread_is_left(self):
        before = threading.active_count()
        with SandboxServer(), SandboxServer():
            assert threading.active_count() == before + 2
        assert threading.active_count() == before

    @pytest.mark.parametrize(("faults", "count"), [(Faults(slow=1, slow_s=60), 1), (Faults(latency_s=60), 0)])
    def test_abort_ends_what_is_in_flight(self, faults, count):
        server = SandboxServer(faults=faults)
        server.start()
        failures = []

        def post():
            with client_of(server) as client:
                try:
                    client.post(PATH, json=account_body(), timeout=30)
                except httpx.TransportError as error:
                    failures.append(error)

        thread = threading.Thread(target=post)
        thread.start()
        while not server.calls or len(server.store) < count:
            threading.Event().wait(0.001)
        server.stop(abort=True)
        thread.join()
        assert isinstance(failures[0], DEAD)
        assert len(server.store) == count

    def test_stop_lets_calls_in_flight_finish(self):
        server = SandboxServer(faults=Faults(slow=1, slow_s=0.05))
        server.start()
        statuses = []

        def post():
            with client_of(server) as client:
                statuses.append(client.post(PATH, json=account_body()).status_code)

        thread = threading.Thread(target=post)
        thread.start()
        while not len(server.store):
            threading.Event().wait(0.001)
        server.stop()
        thread.join()
        assert statuses == [200]

    def test_ipv6(self):
        try:
            with SandboxServer(host="::1") as server:
                assert server.base_url.startswith("http://[::1]:")
                with client_of(server) as client:
                    assert client.get(PATH).status_code == 200
        except OSError:
            pytest.skip("no IPv6 loopback here")

    def test_tokens_are_not_logged(self, server, client, caplog):
        caplog.set_level(logging.DEBUG)
        logging.getLogger("httpcore").setLevel(logging.WARNING)
        answer = sign_in(server).json()
        client.get(PATH)
        assert answer["access_token"] not in caplog.text
        assert "sandbox-token" not in caplog.text


class TestServeForever:
    @pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no such signals")
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_it_serves_until_a_signal(self, number):
        handler = signal.getsignal(number)
        urls = []

        def on_ready(url):
            urls.append(url)
            assert httpx.get(url + PATH, auth=("admin@example.com", "sandbox"), trust_env=False).status_code == 200
            signal.raise_signal(number)

        serve_forever(on_ready=on_ready)
        assert urls[0].startswith("http://127.0.0.1:")
        assert signal.getsignal(number) is handler
        with pytest.raises(httpx.ConnectError):
            httpx.get(urls[0], trust_env=False)

    def test_port_in_use(self):
        with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match=r"in use|permitted"):
            serve_forever(on_ready=lambda url: None, port=taken.getsockname()[1])
