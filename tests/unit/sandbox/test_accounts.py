"""Users, roles, and the tokens that they are given."""

import base64
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.sandbox.accounts import DEFAULT_USERS, GrantError, Tokens, User
from tests.support.doubles import Clock

ANN = User(username="ann@example.com", password="pass:word", roles=frozenset({"EmailAccount-Create"}))
BOB = User(username="bob@example.com", password="bob", totp="123456", full_admin=True, token="bob-token")
EVE = User(username="eve@example.com", password="eve", must_reset_password=True)


@pytest.fixture
def clock():
    return Clock(datetime(2025, 1, 15, 9, tzinfo=UTC))


@pytest.fixture
def tokens(clock):
    return Tokens([ANN, BOB, EVE], now=clock, expires_in_s=3600)


def password(user, **more):
    return {"grant_type": "password", "username": user.username, "password": user.password} | more


def refresh(token):
    return {"grant_type": "refresh_token", "refresh_token": token}


def refused(tokens, form, client_id=None):
    with pytest.raises(GrantError) as caught:
        tokens.grant(form, client_id=client_id)
    assert caught.value.payload() == {"error": caught.value.code, "error_description": caught.value.description}
    return caught.value.code


def user_of(tokens, answer):
    return tokens.user_of(f"Bearer {answer['access_token']}")


def test_sign_in(tokens):
    answer = tokens.grant(password(ANN), client_id=None)
    assert answer.keys() == {"access_token", "token_type", "expires_in", "refresh_token"}
    assert (answer["token_type"], answer["expires_in"]) == ("bearer", 3600)
    assert user_of(tokens, answer) is ANN


@pytest.mark.parametrize(
    ("form", "code"),
    [
        (password(ANN, password="wrong"), "invalid_grant"),
        (password(ANN, username="nobody@example.com"), "invalid_grant"),
        ({"grant_type": "password"}, "invalid_grant"),
        (password(BOB), "two_factor_auth_check"),
        (password(BOB, totp="000000"), "two_factor_auth_check"),
        (password(EVE), "must_reset_password"),
        (refresh("nonsense"), "invalid_grant"),
        ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
        ({}, "unsupported_grant_type"),
    ],
)
def test_refusals(tokens, form, code):
    assert refused(tokens, form) == code


def test_two_factor_sign_in(tokens):
    assert user_of(tokens, tokens.grant(password(BOB, totp="123456"), client_id=None)) is BOB


def test_access_token_expires_by_the_clock(tokens, clock):
    answer = tokens.grant(password(ANN), client_id=None)
    clock.time += timedelta(seconds=3599)
    assert user_of(tokens, answer) is ANN
    clock.time += timedelta(seconds=1)
    assert user_of(tokens, answer) is None


def test_refresh_rotates(tokens):
    first = tokens.grant(password(ANN), client_id=None)
    second = tokens.grant(refresh(first["refresh_token"]), client_id=ANN.username)
    assert user_of(tokens, second) is ANN
    assert second["refresh_token"] != first["refresh_token"]
    assert refused(tokens, refresh(first["refresh_token"]), ANN.username) == "invalid_grant"
    assert tokens.grant(refresh(second["refresh_token"]), client_id=ANN.username)


def test_refresh_needs_the_client_id_of_the_sign_in(tokens):
    token = tokens.grant(password(ANN), client_id="my-app")["refresh_token"]
    for wrong in (None, ANN.username, "other"):
        assert refused(tokens, refresh(token), wrong) == "invalid_grant"
    # A refusal does not use it up, and the client_id stays the same from refresh to refresh.
    token = tokens.grant(refresh(token), client_id="my-app")["refresh_token"]
    assert tokens.grant(refresh(token), client_id="my-app")


def test_refresh_token_lives_fifteen_days(tokens, clock):
    token = tokens.grant(password(ANN), client_id=None)["refresh_token"]
    clock.time += timedelta(days=15)
    assert refused(tokens, refresh(token), ANN.username) == "invalid_grant"


def test_fixed_tokens_do_not_expire(tokens, clock):
    tokens.register("ann-token", ANN)
    clock.time += timedelta(days=1000)
    assert tokens.user_of("Bearer ann-token") is ANN
    assert tokens.user_of("bearer bob-token") is BOB


def basic(text):
    return "Basic " + base64.b64encode(text.encode()).decode()


def test_basic(tokens):
    assert tokens.user_of(basic("ann@example.com:pass:word")) is ANN


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer nonsense",
        "Digest x",
        "Basic !!!",
        "Basic " + base64.b64encode(b"\xff").decode(),
        basic("ann@example.com:wrong"),
        basic("nobody:x"),
        basic("eve@example.com:eve"),
    ],
)
def test_headers_that_do_not_work(tokens, header):
    assert tokens.user_of(header) is None


def test_roles():
    assert ANN.may("EmailAccount-Create")
    assert not ANN.may("EmailAccount-List")
    assert BOB.may("EmailAccount-List")


def test_secrets_are_not_in_the_repr():
    shown = repr(BOB) + "".join(map(repr, DEFAULT_USERS))
    for secret in ("'bob'", "123456", "bob-token", "'sandbox'", "sandbox-token"):
        assert secret not in shown
