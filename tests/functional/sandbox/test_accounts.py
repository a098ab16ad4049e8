"""The sandbox's users, roles and tokens over real HTTP."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from pipeline.sandbox.accounts import User
from pipeline.sandbox.server import SandboxServer
from tests.support.factories import account_body
from tests.support.sandbox_client import PATH, client_of, created_id, refresh, sign_in

NINE = datetime(2025, 1, 15, 9, tzinfo=UTC)


class TestAccounts:
    def test_sign_in_and_refresh(self, server):
        first = sign_in(server)
        assert first.headers["Content-Type"].startswith("application/json")
        assert (first.json()["token_type"], first.json()["expires_in"]) == ("bearer", 604_799)
        second = refresh(server, first.json()["refresh_token"]).json()
        with client_of(server, second["access_token"]) as client:
            assert client.get(PATH).status_code == 200
        again = refresh(server, first.json()["refresh_token"])
        assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
        assert refresh(server, second["refresh_token"], "other").json()["error"] == "invalid_grant"
        assert server.calls["POST /api/token"] == 4

    def test_wrong_password(self, server):
        response = sign_in(server, {"grant_type": "password", "username": "admin@example.com", "password": "x"})
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
                "POST": limited.post(PATH, json=account_body()),
                "GET": limited.get(PATH),
                "GET id": limited.get(f"{PATH}/{record_id}"),
                "PUT": limited.put(PATH, json=account_body(Id=record_id)),
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
            assert sign_in(server, form).json()["error"] == "two_factor_auth_check"
            token = sign_in(server, form | {"totp": "1"}).json()["access_token"]
            with client_of(server, token) as client:
                response = client.post(PATH, json=account_body())
                assert response.headers["Date"] == "Wed, 15 Jan 2025 09:00:00 GMT"
                assert response.json()["UpdatedOn"] == "2025-01-15T09:00:00Z"
                time[0] += timedelta(seconds=60)
                assert client.get(PATH).status_code == 401

    def test_registered_token(self, server):
        server.tokens.register("mine", User(username="me@example.com", password="x", full_admin=True))
        with client_of(server, "mine") as client:
            assert client.post(PATH, json=account_body()).json()["UpdatedBy"] == "me@example.com"
