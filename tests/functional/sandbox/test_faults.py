"""The faults that can be switched on, as a client sees them."""

import httpx
import pytest

from pipeline.sandbox.faults import Faults
from tests.support.factories import account_body
from tests.support.sandbox_client import DEAD, PATH, client_of, refresh, sign_in


class TestFaults:
    @pytest.mark.parametrize("status", [409, 429])
    def test_throttle(self, server, client, status):
        before = len(server.store)
        server.faults = Faults(throttle=1, throttle_status=status, retry_after="7")
        for response in (client.post(PATH, json=account_body()), client.get(PATH)):
            assert (response.status_code, response.headers["Retry-After"], response.content) == (status, "7", b"")
        assert len(server.store) == before
        assert server.injected == {"throttle": 2}

    def test_limits_are_for_modifying_calls(self, server, client):
        server.faults = Faults(limits=((2, 3600.0), (50, 86_400.0)))
        answers = [client.post(PATH, json=account_body()) for _ in range(4)]
        assert [response.status_code for response in answers] == [200, 200, 409, 409]
        assert client.get(PATH).status_code == 200
        assert client.delete(f"{PATH}/5").headers["Retry-After"] == "1"
        assert server.injected == {"over_limit": 3}

    def test_lost_answer(self, server, client):
        before = len(server.store)
        server.faults = Faults(lose_answers=1)
        with pytest.raises(DEAD):
            client.post(PATH, json=account_body())
        assert len(server.store) == before + 1
        assert client.get(PATH).status_code == 200

    def test_drop(self, server, client):
        before = len(server.store)
        server.faults = Faults(drop=1)
        for call in (lambda: client.post(PATH, json=account_body()), lambda: client.get(PATH)):
            with pytest.raises(DEAD):
                call()
        assert len(server.store) == before
        assert server.injected == {"drop": 2}

    def test_the_token_call_is_spared(self, server):
        server.faults = Faults(drop=1, throttle=1)
        assert sign_in(server).status_code == 200

    def test_cut_answer(self, server, client):
        before = len(server.store)
        server.faults = Faults(cut_answers=1)
        with client.stream("POST", PATH, json=account_body()) as response:
            assert response.status_code == 200
            with pytest.raises(DEAD):
                response.read()
        assert len(server.store) == before + 1

    def test_odd_bodies(self, server, client):
        before = len(server.store)
        server.faults = Faults(odd_bodies=1)
        html, truncated, empty, text, again = (client.post(PATH, json=account_body()) for _ in range(5))
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
        response = client.post(PATH, json=account_body())
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
        response = client.post(PATH, json=account_body())
        assert (response.status_code, response.json()["Status"]) == (500, 500)
        assert len(server.store) == before + more
        assert client.get(PATH).status_code == 200

    @pytest.mark.parametrize("status", [502, 503, 504])
    def test_errors_of_a_proxy_are_html(self, server, client, status):
        server.faults = Faults(errors=1, error_status=status)
        response = client.post(PATH, json=account_body())
        assert response.status_code == status
        assert response.headers["Content-Type"].startswith("text/html")

    def test_slow_answers_come_after_creating(self, server, client):
        before = len(server.store)
        server.faults = Faults(slow=1, slow_s=60)
        with pytest.raises(httpx.ReadTimeout):
            client.post(PATH, json=account_body(), timeout=0.1)
        assert len(server.store) == before + 1

    def test_latency_comes_before(self, server, client):
        before = len(server.store)
        server.faults = Faults(latency_s=60)
        with pytest.raises(httpx.ReadTimeout):
            client.post(PATH, json=account_body(), timeout=0.05)
        assert len(server.store) == before
        server.faults = Faults(latency_s=0.001)
        assert client.post(PATH, json=account_body()).status_code == 200

    def test_an_invalid_body_is_refused_whatever_follows_creating(self, server, client):
        server.faults = Faults(lose_answers=1, slow=1, slow_s=60)
        assert client.post(PATH, json=account_body(DisplayName="")).status_code == 400
        assert server.injected == {}

    def test_tokens_are_used_up_and_a_refresh_gives_a_new_one(self, server):
        server.faults = Faults(expire_token=2)
        answer = sign_in(server).json()
        for _ in range(2):
            with client_of(server, answer["access_token"]) as client:
                assert [client.get(PATH).status_code for _ in range(4)] == [200, 200, 401, 401]
            answer = refresh(server, answer["refresh_token"]).json()
        with client_of(server) as client:
            assert [client.get(PATH).status_code for _ in range(3)] == [200, 200, 401]
        assert server.injected == {"token_expired": 5}

    def test_the_seed_repeats_what_happens(self, server, client):
        def outcomes():
            server.faults = Faults(errors=0.3, refusals=0.3, seed=5)
            return [client.post(PATH, json=account_body()).json().get("Status") for _ in range(20)]

        first = outcomes()
        assert set(first) == {200, 500}
        assert outcomes() == first
