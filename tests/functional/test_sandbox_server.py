"""The sandbox over real HTTP on loopback."""

import logging
import signal
import socket
import threading
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from pipeline.sandbox.accounts import User
from pipeline.sandbox.faults import Faults
from pipeline.sandbox.server import SandboxServer, serve_forever
from pipeline.sandbox.store import Store

PATH = "/api/crm/emailaccounts"
NINE = datetime(2025, 1, 15, 9, tzinfo=UTC)
DEAD = (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError)


@pytest.fixture(scope="module")
def shared():
    with SandboxServer() as server:
        yield server


@pytest.fixture
def server(shared, caplog):
    """One server for all tests, which costs less than one each; whatever they change is put back."""
    caplog.set_level(logging.DEBUG, logger="aiohttp")
    shared.faults = Faults()
    shared.calls.clear()
    shared.injected.clear()
    yield shared
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def client_of(server, token="sandbox-token", **headers):
    headers = {"Accept": "application/json", "Authorization": f"Bearer {token}"} | headers
    return httpx.Client(base_url=server.base_url, headers=headers, trust_env=False)


@pytest.fixture
def client(server):
    with client_of(server) as client:
        yield client


def account(**updater):
    return {
        "BusinessId": 1,
        "DisplayName": "Sales",
        "EmailAddress": "sales@example.com",
        "IncomingServer": "imap.example.com",
        "IncomingServerPort": 993,
        "IncomingServerUsername": "sales",
        "OutgoingServer": "smtp.example.com",
        "OutgoingServerPort": 587,
        "OutgoingServerUsername": "sales",
        "LastMessageId": 0,
        "ErrorCount": 0,
    } | updater


def created_id(client, **updater):
    return client.post(PATH, json=account(**updater)).json()["Value"]["Id"]


class TestRoutes:
    def test_create(self, server, client):
        before = len(server.store)
        response = client.post(PATH, json=account())
        record = server.store.records()[-1]
        assert response.status_code == 200
        assert response.headers["Content-Type"] == "application/json; charset=utf-8"
        assert response.json() == {
            "Status": 200,
            "Message": "EmailAccount was successfully created.",
            "Value": {"Id": record["Id"]},
            "OpenInDialog": False,
            "OpenInWindow": False,
            "RedirectURL": None,
            "JavaScript": None,
            "UpdatedOn": record["UpdatedOn"],
            "UpdatedBy": "admin@example.com",
            "Errors": None,
            "WasSuccessful": True,
        }
        assert len(server.store) == before + 1
        assert server.calls == {f"POST {PATH}": 1}

    def test_the_same_account_twice_is_there_twice(self, client):
        assert created_id(client) != created_id(client)

    def test_read(self, client):
        record_id = created_id(client, DisplayName="Ünïcode ✉", Active=True)
        record = client.get(f"{PATH}/{record_id}").json()
        assert record["Id"] == record_id
        assert (record["DisplayName"], record["Active"], record["ReplyToEmail"]) == ("Ünïcode ✉", True, None)
        assert len(record) == 22 + 7

    def test_list(self, client):
        ids = [created_id(client, BusinessId=77, EmailAddress=f"{n}@list.example.com") for n in range(3)]
        query = {"EmailAccount_Business": 77, "size": 2, "orderBy": "EmailAddress", "dir": -1}
        first, second = (client.get(PATH, params=query | {"page": page}).json() for page in (1, 2))
        assert [record["Id"] for record in first["Records"] + second["Records"]] == ids[::-1]
        assert (first["TotalItems"], first["TotalPages"], first["HasNextPage"], second["HasNextPage"]) == (
            3,
            2,
            True,
            False,
        )
        assert (
            not {"IncomingServer", "IncomingServerPort", "ReplyToEmail", "LastCheckTime"} & first["Records"][0].keys()
        )

    def test_list_with_an_unreadable_parameter(self, client):
        response = client.get(PATH, params={"page": "x"})
        assert response.status_code == 400
        assert response.json()["Message"] == "page: is not an integer"

    def test_update_clears_what_is_left_out(self, server, client):
        record_id = created_id(client, ReplyToEmail="x@example.com")
        response = client.put(PATH, json=account(Id=record_id, DisplayName="Help"))
        assert response.json()["Message"] == "EmailAccount was successfully updated."
        assert response.json()["Value"] == {"Id": record_id}
        record = server.store.read(record_id)
        assert (record["DisplayName"], record["ReplyToEmail"]) == ("Help", None)

    def test_update_without_its_required_fields(self, client):
        response = client.put(PATH, json=account(DisplayName=None))
        assert response.status_code == 400
        assert response.json()["Message"] == "Id: is a required field; DisplayName: is a required field"

    def test_delete(self, server, client):
        record_id = created_id(client)
        response = client.delete(f"{PATH}/{record_id}")
        assert (response.status_code, response.json()["WasSuccessful"]) == (200, True)
        assert server.store.read(record_id) is None
        assert client.delete(f"{PATH}/{record_id}").status_code == 404

    def test_unknown_ids(self, server, client):
        answers = [
            client.get(f"{PATH}/5"),
            client.get(f"{PATH}/none"),
            client.delete(f"{PATH}/" + "9" * 5000),
            client.put(PATH, json=account(Id=5)),
        ]
        assert [response.status_code for response in answers] == [404] * 4
        assert {response.json()["Message"] for response in answers} == {"Id: was not found"}
        assert server.calls == {f"GET {PATH}/{{id}}": 2, f"DELETE {PATH}/{{id}}": 1, f"PUT {PATH}": 1}

    @pytest.mark.parametrize("method", ["PATCH", "HEAD"])
    def test_other_methods(self, client, method):
        assert client.request(method, PATH).status_code == 405

    def test_refusal_is_the_documented_envelope(self, server, client):
        before = len(server.store)
        response = client.post(PATH, json=account(DisplayName=None))
        assert response.status_code == 400
        assert response.json() == {
            "Message": "DisplayName: is a required field",
            "Value": None,
            "Errors": [{"AttemptedValue": None, "Message": "is a required field", "PropertyName": "DisplayName"}],
            "WasSuccessful": False,
        }
        assert len(server.store) == before

    @pytest.mark.parametrize(
        "body", [b"", b"{", b"\xff", b"[" * 100_000, b'{"BusinessId": NaN}', b'{"BusinessId": 1e999}', b"[]", b"null"]
    )
    def test_malformed_bodies(self, client, body):
        response = client.post(PATH, content=body, headers={"Content-Type": "application/json"})
        assert response.status_code == 400
        assert response.json()["Errors"] == [
            {"AttemptedValue": None, "Message": "is not a JSON object", "PropertyName": "EmailAccount"}
        ]

    @pytest.mark.parametrize("accept", ["*/*", "text/html"])
    def test_html_to_a_client_that_does_not_ask_for_json(self, server, accept):
        before = len(server.store)
        with client_of(server, Accept=accept) as client:
            response = client.post(PATH, json=account())
        assert response.headers["Content-Type"].startswith("text/html")
        assert "&quot;WasSuccessful&quot;" in response.text
        assert len(server.store) == before + 1

    def test_date_is_sent(self, client):
        assert client.get(PATH).headers["Date"].endswith("GMT")


class TestAccounts:
    def sign_in(self, server, data=None, **more):
        data = data or {"grant_type": "password", "username": "admin@example.com", "password": "sandbox"}
        return httpx.post(f"{server.base_url}/api/token", data=data, trust_env=False, **more)

    def refresh(self, server, token, client_id="admin@example.com"):
        data = {"grant_type": "refresh_token", "refresh_token": token}
        return self.sign_in(server, data, headers={"client_id": client_id})

    def test_sign_in_and_refresh(self, server):
        first = self.sign_in(server)
        assert first.headers["Content-Type"].startswith("application/json")
        assert (first.json()["token_type"], first.json()["expires_in"]) == ("bearer", 604_799)
        second = self.refresh(server, first.json()["refresh_token"]).json()
        with client_of(server, second["access_token"]) as client:
            assert client.get(PATH).status_code == 200
        again = self.refresh(server, first.json()["refresh_token"])
        assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
        assert self.refresh(server, second["refresh_token"], "other").json()["error"] == "invalid_grant"
        assert server.calls["POST /api/token"] == 4

    def test_wrong_password(self, server):
        response = self.sign_in(server, {"grant_type": "password", "username": "admin@example.com", "password": "x"})
        assert (response.status_code, response.json()["error"]) == (400, "invalid_grant")

    def test_a_json_body_is_not_a_grant(self, server):
        response = httpx.post(f"{server.base_url}/api/token", json={"grant_type": "password"}, trust_env=False)
        assert (response.status_code, response.json()["error"]) == (400, "unsupported_grant_type")

    def test_basic(self, server):
        with httpx.Client(base_url=server.base_url, auth=("admin@example.com", "sandbox"), trust_env=False) as client:
            assert client.get(PATH).status_code == 200

    @pytest.mark.parametrize(
        ("token", "allowed"), [("creator-token", {"POST"}), ("reader-token", {"GET", "GET id"}), ("nonsense", set())]
    )
    def test_a_missing_role_is_answered_like_an_expired_token(self, server, client, token, allowed):
        record_id = created_id(client)
        with client_of(server, token) as limited:
            answers = {
                "POST": limited.post(PATH, json=account()),
                "GET": limited.get(PATH),
                "GET id": limited.get(f"{PATH}/{record_id}"),
                "PUT": limited.put(PATH, json=account(Id=record_id)),
                "DELETE": limited.delete(f"{PATH}/{record_id}"),
            }
        assert {call for call, response in answers.items() if response.status_code == 200} == allowed
        refused = [response for call, response in answers.items() if call not in allowed]
        assert {response.status_code for response in refused} == {401}
        assert len({response.text for response in refused}) == 1

    def test_own_users_clock_and_expiry(self):
        time = [NINE]
        users = [User(username="ann@example.com", password="ann", totp="1", full_admin=True)]
        with SandboxServer(users=users, now=lambda: time[0], expires_in_s=60) as server:
            form = {"grant_type": "password", "username": "ann@example.com", "password": "ann"}
            assert self.sign_in(server, form).json()["error"] == "two_factor_auth_check"
            token = self.sign_in(server, form | {"totp": "1"}).json()["access_token"]
            with client_of(server, token) as client:
                response = client.post(PATH, json=account())
                assert response.headers["Date"] == "Wed, 15 Jan 2025 09:00:00 GMT"
                assert response.json()["UpdatedOn"] == "2025-01-15T09:00:00Z"
                time[0] += timedelta(seconds=60)
                assert client.get(PATH).status_code == 401

    def test_registered_token(self, server):
        server.tokens.register("mine", User(username="me@example.com", password="x", full_admin=True))
        with client_of(server, "mine") as client:
            assert client.post(PATH, json=account()).json()["UpdatedBy"] == "me@example.com"


class TestFaults:
    @pytest.mark.parametrize("status", [409, 429])
    def test_throttle(self, server, client, status):
        before = len(server.store)
        server.faults = Faults(throttle=1, throttle_status=status, retry_after="7")
        for response in (client.post(PATH, json=account()), client.get(PATH)):
            assert (response.status_code, response.headers["Retry-After"], response.content) == (status, "7", b"")
        assert len(server.store) == before
        assert server.injected == {"throttle": 2}

    def test_limits_are_for_modifying_calls(self, server, client):
        server.faults = Faults(limits=((2, 3600.0), (50, 86_400.0)))
        answers = [client.post(PATH, json=account()) for _ in range(4)]
        assert [response.status_code for response in answers] == [200, 200, 409, 409]
        assert client.get(PATH).status_code == 200
        assert client.delete(f"{PATH}/5").headers["Retry-After"] == "1"
        assert server.injected == {"over_limit": 3}

    def test_lost_answer(self, server, client):
        before = len(server.store)
        server.faults = Faults(lose_answers=1)
        with pytest.raises(DEAD):
            client.post(PATH, json=account())
        assert len(server.store) == before + 1
        assert client.get(PATH).status_code == 200

    def test_drop(self, server, client):
        before = len(server.store)
        server.faults = Faults(drop=1)
        for call in (lambda: client.post(PATH, json=account()), lambda: client.get(PATH)):
            with pytest.raises(DEAD):
                call()
        assert len(server.store) == before
        assert server.injected == {"drop": 2}

    def test_the_token_call_is_spared(self, server):
        server.faults = Faults(drop=1, throttle=1)
        assert TestAccounts().sign_in(server).status_code == 200

    def test_cut_answer(self, server, client):
        before = len(server.store)
        server.faults = Faults(cut_answers=1)
        with client.stream("POST", PATH, json=account()) as response:
            assert response.status_code == 200
            with pytest.raises(DEAD):
                response.read()
        assert len(server.store) == before + 1

    def test_odd_bodies(self, server, client):
        before = len(server.store)
        server.faults = Faults(odd_bodies=1)
        html, truncated, empty, text, again = (client.post(PATH, json=account()) for _ in range(5))
        assert {response.status_code for response in (html, truncated, empty, text)} == {200}
        assert html.text.startswith("<!DOCTYPE html>")
        assert truncated.text.startswith('{"Status": 200')
        assert not truncated.text.endswith("}")
        assert empty.content == b""
        assert text.headers["Content-Type"].startswith("text/plain")
        assert again.text == html.text
        assert len(server.store) == before + 5

    def test_refusals(self, server, client):
        before = len(server.store)
        server.faults = Faults(refusals=1)
        response = client.post(PATH, json=account())
        assert response.status_code == 200
        assert response.json() == {
            "Status": 500,
            "Message": "An error occurred while processing the request.",
            "Value": None,
            "Errors": None,
            "WasSuccessful": False,
        }
        assert len(server.store) == before

    @pytest.mark.parametrize(("after", "more"), [(False, 0), (True, 1)])
    def test_errors(self, server, client, after, more):
        before = len(server.store)
        server.faults = Faults(errors=1, error_after_create=after)
        response = client.post(PATH, json=account())
        assert (response.status_code, response.json()["Status"]) == (500, 500)
        assert len(server.store) == before + more
        assert client.get(PATH).status_code == 200

    @pytest.mark.parametrize("status", [502, 503, 504])
    def test_errors_of_a_proxy_are_html(self, server, client, status):
        server.faults = Faults(errors=1, error_status=status)
        response = client.post(PATH, json=account())
        assert response.status_code == status
        assert response.headers["Content-Type"].startswith("text/html")

    def test_slow_answers_come_after_creating(self, server, client):
        before = len(server.store)
        server.faults = Faults(slow=1, slow_s=60)
        with pytest.raises(httpx.ReadTimeout):
            client.post(PATH, json=account(), timeout=0.1)
        assert len(server.store) == before + 1

    def test_latency_comes_before(self, server, client):
        before = len(server.store)
        server.faults = Faults(latency_s=60)
        with pytest.raises(httpx.ReadTimeout):
            client.post(PATH, json=account(), timeout=0.05)
        assert len(server.store) == before
        server.faults = Faults(latency_s=0.001)
        assert client.post(PATH, json=account()).status_code == 200

    def test_an_invalid_body_is_refused_whatever_follows_creating(self, server, client):
        server.faults = Faults(lose_answers=1, slow=1, slow_s=60)
        assert client.post(PATH, json=account(DisplayName="")).status_code == 400
        assert server.injected == {}

    def test_tokens_are_used_up_and_a_refresh_gives_a_new_one(self, server):
        server.faults = Faults(expire_token=2)
        accounts = TestAccounts()
        answer = accounts.sign_in(server).json()
        for _ in range(2):
            with client_of(server, answer["access_token"]) as client:
                assert [client.get(PATH).status_code for _ in range(4)] == [200, 200, 401, 401]
            answer = accounts.refresh(server, answer["refresh_token"]).json()
        with client_of(server) as client:
            assert [client.get(PATH).status_code for _ in range(3)] == [200, 200, 401]
        assert server.injected == {"token_expired": 5}

    def test_the_seed_repeats_what_happens(self, server, client):
        def outcomes():
            server.faults = Faults(errors=0.3, refusals=0.3, seed=5)
            return [client.post(PATH, json=account()).json().get("Status") for _ in range(20)]

        first = outcomes()
        assert set(first) == {200, 500}
        assert outcomes() == first


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
        record = store.create(account())
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
                    client.post(PATH, json=account(), timeout=30)
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
                statuses.append(client.post(PATH, json=account()).status_code)

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
        answer = TestAccounts().sign_in(server).json()
        client.get(PATH)
        assert answer["access_token"] not in caplog.text
        assert "sandbox-token" not in caplog.text


class TestServeForever:
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
