"""Who we are to the target, and how a new token is had."""

import asyncio
from pathlib import Path
from urllib.parse import parse_qs

import httpx
import pytest

from pipeline.cli.hints import hint_of
from pipeline.errors import ConfigurationError, SignInError, TargetUnavailable
from pipeline.remote.credentials import Credentials, from_environment
from pipeline.remote.session import Session
from pipeline.remote.transports.httpx_transport import adapted
from tests.support.doubles import Wire

BASE = "https://spaces.example"
CREATE, LIST = "EmailAccount-Create", "EmailAccount-List"
PASSWORD = Credentials(username="me@x.example", password="hunter2")


def forms(wire):
    """What the token endpoint was asked, as forms."""
    return [{k: v[0] for k, v in parse_qs(r.content.decode()).items()} for r in wire.requests]


def tokens(access="first", refresh="r1"):
    found = {"access_token": access, "token_type": "bearer", "expires_in": 604799}
    return httpx.Response(200, json=found | ({"refresh_token": refresh} if refresh else {}))


def refused(error, description=None):
    return httpx.Response(400, json={"error": error} | ({"error_description": description} if description else {}))


def session_of(credentials, *answers, base=BASE):
    wire = Wire(*answers)
    return Session(credentials, base, adapted(wire)), wire


# -- credentials -------------------------------------------------------------------------------------------------


def test_the_environment_is_read():
    assert from_environment(
        {
            "NEXUDUS_TOKEN": " abc ",
            "NEXUDUS_TOKEN_FILE": "token.txt",
            "NEXUDUS_USERNAME": "me@x.example",
            "NEXUDUS_PASSWORD": " blanks count ",
            "NEXUDUS_TOTP": "123456",
        }
    ) == Credentials(
        token="abc",
        token_file=Path("token.txt"),
        username="me@x.example",
        password=" blanks count ",
        totp="123456",
    )


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"NEXUDUS_TOKEN": "  "},
        {"NEXUDUS_TOKEN_FILE": ""},
        {"NEXUDUS_USERNAME": "me@x.example"},
        {"NEXUDUS_PASSWORD": "hunter2"},
        {"NEXUDUS_USERNAME": "me@x.example", "NEXUDUS_PASSWORD": ""},
        {"NEXUDUS_TOTP": "123456"},
    ],
    ids=repr,
)
def test_without_credentials_nobody_is_signed_in(environment):
    with pytest.raises(SignInError, match="Not signed in: there are no credentials") as caught:
        Session(from_environment(environment), BASE, adapted(Wire()))
    assert "NEXUDUS_TOKEN" in hint_of(caught.value)


def test_no_secret_shows():
    shown = repr(Credentials(token="abc", username="me@x.example", password="hunter2", totp="123456"))
    assert shown == "Credentials(token_file=None, username='me@x.example')"


# -- the first token ---------------------------------------------------------------------------------------------


def test_a_token_that_is_given_is_used_without_a_call():
    session, wire = session_of(Credentials(token="abc", username="me@x.example", password="hunter2"))
    asyncio.run(session.open())
    assert (session.token, wire.requests) == ("abc", [])


def test_a_token_file_comes_before_a_token(tmp_path):
    path = tmp_path / "token"
    path.write_text("from-the-file\n")
    session, _ = session_of(Credentials(token="abc", token_file=path))
    asyncio.run(session.open())
    assert session.token == "from-the-file"


@pytest.mark.parametrize("token", ["tök", "two words", "a\nb"])
def test_a_token_that_cannot_stand_in_a_header_is_refused_before_anything_is_sent(token):
    session, _ = session_of(Credentials(token=token))
    with pytest.raises(SignInError, match="The token holds what no token has"):
        asyncio.run(session.open())


@pytest.mark.parametrize("content", [None, b"\xff\xfe\xff"])
def test_a_token_file_that_cannot_be_read_is_named(tmp_path, content):
    path = tmp_path / "token"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"The token file cannot be read"):
        asyncio.run(session_of(Credentials(token_file=path))[0].open())


def test_an_empty_token_file_signs_nobody_in(tmp_path):
    path = tmp_path / "token"
    path.write_text("\n")
    session, wire = session_of(Credentials(token_file=path))
    with pytest.raises(SignInError, match="is empty"):
        asyncio.run(session.open())
    assert wire.requests == []


@pytest.mark.parametrize("base", [BASE, f"{BASE}/"])
def test_a_password_is_sent_as_a_form(base):
    session, wire = session_of(PASSWORD, tokens(), base=base)
    asyncio.run(session.open())
    (request,) = wire.requests
    assert (request.method, str(request.url)) == ("POST", f"{BASE}/api/token")
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert request.headers["client_id"] == "me@x.example"
    assert forms(wire) == [{"grant_type": "password", "username": "me@x.example", "password": "hunter2"}]
    assert session.token == "first"


def test_any_character_of_a_password_arrives():
    session, wire = session_of(Credentials(username="a+b@x.example", password="p&=%+ ü"), tokens())
    asyncio.run(session.open())
    assert forms(wire)[0]["username"] == "a+b@x.example"
    assert forms(wire)[0]["password"] == "p&=%+ ü"


def test_a_second_factor_is_sent_where_it_is_given():
    session, wire = session_of(Credentials(username="me", password="x", totp="123456"), tokens())
    asyncio.run(session.open())
    assert forms(wire)[0]["totp"] == "123456"


@pytest.mark.parametrize(
    ("answer", "reason", "advice"),
    [
        (refused("invalid_grant", "whatever"), "the user name or the password is wrong", "NEXUDUS_PASSWORD"),
        (refused("two_factor_auth_check"), "the user has two-factor authentication", "NEXUDUS_TOTP"),
        (refused("must_reset_password"), "the password has to be changed first", "Sign in to the website"),
        (refused("unsupported_grant_type"), "it does not take user names and passwords", "--base-url"),
        (refused("new hunter2", "hunter2"), "HTTP 400, without a reason that is documented", "NEXUDUS_TOKEN"),
        (httpx.Response(500, text="<html>"), "HTTP 500, without a reason that is documented", "NEXUDUS_TOKEN"),
        (httpx.Response(400, content=b""), "HTTP 400, without a reason that is documented", "NEXUDUS_TOKEN"),
        (httpx.Response(400, json={"error": ["x"]}), "HTTP 400, without a reason that is documented", "NEXUDUS_TOKEN"),
    ],
    ids=lambda found: str(found)[:40],
)
def test_a_refused_sign_in_says_why(answer, reason, advice):
    session, _ = session_of(PASSWORD, answer)
    with pytest.raises(SignInError) as caught:
        asyncio.run(session.open())
    assert caught.value.message == f"The sign-in was refused: {reason}."
    assert advice in hint_of(caught.value)
    assert "hunter2" not in caught.value.message


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, json=["token"]),
        httpx.Response(200, json={"access_token": 5}),
        httpx.Response(200, json={"access_token": ""}),
        httpx.Response(200, json={"access_token": "a\r\nX: y"}),
        httpx.Response(200, json={"access_token": "tök"}),
        httpx.Response(200, content=b"[" * 200_000),
    ],
    ids=["list", "number", "empty", "line break", "accent", "deep"],
)
def test_an_answer_without_a_token_that_can_be_used_signs_nobody_in(answer):
    session, _ = session_of(PASSWORD, answer)
    with pytest.raises(SignInError, match="answered without a token that can be used"):
        asyncio.run(session.open())


def test_a_target_that_does_not_answer_is_down():
    session, _ = session_of(PASSWORD, httpx.ConnectError("refused"))
    with pytest.raises(TargetUnavailable, match=r"https://spaces\.example/api/token does not answer \(refused\)"):
        asyncio.run(session.open())


def test_the_user_is_named_where_a_name_is_known():
    assert session_of(PASSWORD)[0].user == "me@x.example"
    assert session_of(Credentials(token="abc"))[0].user == "the owner of the token"


# -- the next tokens ---------------------------------------------------------------------------------------------


def test_however_many_ask_a_new_token_is_fetched_once():
    session, wire = session_of(PASSWORD, tokens("first", "r1"), tokens("second", "r2"))

    async def work():
        await session.open()
        return await asyncio.gather(*(session.renew("first", CREATE) for _ in range(25)))

    assert asyncio.run(work()) == [True] * 25
    assert session.token == "second"
    assert forms(wire)[1:] == [{"grant_type": "refresh_token", "refresh_token": "r1"}]
    assert wire.requests[1].headers["client_id"] == "me@x.example"


def test_the_refresh_token_rotates():
    session, wire = session_of(PASSWORD, tokens("1", "r1"), tokens("2", "r2"), tokens("3", "r3"))

    async def work():
        await session.open()
        first = await session.renew("1", CREATE)
        session.accept("2", CREATE)
        return [first, await session.renew("2", CREATE)]

    assert asyncio.run(work()) == [True, True]
    assert [form.get("refresh_token") for form in forms(wire)] == [None, "r1", "r2"]


def test_a_token_that_was_renewed_meanwhile_is_not_renewed_again():
    session, wire = session_of(PASSWORD, tokens("1"), tokens("2"))

    async def work():
        await session.open()
        return [await session.renew("1", CREATE), await session.renew("1", CREATE)]

    assert asyncio.run(work()) == [True, True]
    assert len(wire.requests) == 2


def test_a_refused_refresh_signs_in_again():
    session, wire = session_of(PASSWORD, tokens("1"), refused("invalid_grant"), tokens("2"))

    async def work():
        await session.open()
        return await session.renew("1", CREATE)

    assert asyncio.run(work())
    assert session.token == "2"
    assert [form["grant_type"] for form in forms(wire)] == ["password", "refresh_token", "password"]


def test_without_a_refresh_token_it_signs_in_again():
    session, wire = session_of(PASSWORD, tokens("1", refresh=None), tokens("2"))

    async def work():
        await session.open()
        return await session.renew("1", CREATE)

    assert asyncio.run(work())
    assert [form["grant_type"] for form in forms(wire)] == ["password", "password"]


# -- tokens and roles --------------------------------------------------------------------------------------------


def renewals(session, *steps):
    """Takes steps and returns what came of each renewal."""

    async def work():
        await session.open()
        found = []
        for step in steps:
            if step[0] == "accept":
                session.accept(*step[1:])
            else:
                found.append(await session.renew(*step[1:]))
        return found

    return asyncio.run(work())


def test_a_renewed_token_that_never_worked_means_that_the_role_is_missing():
    session, wire = session_of(PASSWORD, tokens("1"), tokens("2"))
    assert renewals(session, ("renew", "1", CREATE), ("renew", "2", CREATE)) == [True, False]
    assert len(wire.requests) == 2
    assert not session.may_be_token(CREATE)


def test_a_token_that_has_worked_is_renewed_as_often_as_it_takes():
    session, _ = session_of(PASSWORD, *(tokens(str(n)) for n in range(1, 9)))
    steps = [step for n in range(1, 8) for step in (("accept", str(n), CREATE), ("renew", str(n), CREATE))]
    assert renewals(session, *steps) == [True] * 7
    assert session.token == "8"


def test_a_token_that_worked_for_another_call_is_renewed_but_not_for_ever():
    """Others keep the tokens alive, so that none of them tells whether it has expired or the role is missing."""
    session, _ = session_of(PASSWORD, *(tokens(str(n)) for n in range(1, 9)))
    steps = [step for n in range(1, 9) for step in (("accept", str(n), CREATE), ("renew", str(n), LIST))]
    assert renewals(session, *steps) == [True] * 5 + [False] * 3


def test_a_role_that_is_missing_is_not_tried_again_though_others_go_on():
    session, wire = session_of(PASSWORD, tokens("1"), tokens("2"), tokens("3"))
    assert renewals(session, ("renew", "1", LIST), ("renew", "2", LIST), ("accept", "2", CREATE)) == [True, False]
    assert len(wire.requests) == 2


@pytest.mark.parametrize(
    ("accepted", "may_be"),
    [((), True), ((LIST,), False), ((CREATE,), True), ((LIST, CREATE), True)],
    ids=["nothing", "another", "the same", "both"],
)
def test_a_given_token_that_is_refused_may_have_expired_where_it_was_let_in_before(accepted, may_be):
    """It is the role where other calls were let in and none of its own."""
    session, _ = session_of(Credentials(token="given"))
    steps = [("accept", "given", role) for role in accepted]
    assert renewals(session, *steps, ("renew", "given", CREATE)) == [False]
    assert session.may_be_token(CREATE) == may_be


def test_a_role_that_was_taken_away_is_known_by_a_renewed_token():
    session, _ = session_of(PASSWORD, tokens("1"), tokens("2"))
    steps = (("accept", "1", CREATE), ("renew", "1", CREATE), ("renew", "2", CREATE))
    assert renewals(session, *steps) == [True, False]
    assert not session.may_be_token(CREATE)


def test_every_token_and_the_password_are_known_as_secrets():
    session, _ = session_of(PASSWORD, tokens("first-token", "refresh-1"), tokens("second-token", "refresh-2"))
    renewals(session, ("renew", "first-token", CREATE))
    assert session.secrets == {"hunter2", "first-token", "second-token", "refresh-1", "refresh-2"}


def test_a_password_that_was_changed_meanwhile_ends_the_run():
    session, _ = session_of(PASSWORD, tokens("1", refresh=None), refused("invalid_grant"))

    async def work():
        await session.open()
        await session.renew("1", CREATE)

    with pytest.raises(SignInError, match="the user name or the password is wrong"):
        asyncio.run(work())


def test_a_token_alone_cannot_be_renewed():
    session, wire = session_of(Credentials(token="abc"))

    async def work():
        await session.open()
        return await session.renew("abc", CREATE)

    assert asyncio.run(work()) is False
    assert (session.token, wire.requests) == ("abc", [])


def test_a_token_file_is_read_again(tmp_path):
    path = tmp_path / "token"
    path.write_text("old")
    session, _ = session_of(Credentials(token_file=path))

    async def work():
        await session.open()
        unchanged = await session.renew("old", LIST)
        session.accept("old", CREATE)  # so that it was the role, and not the token
        path.write_text("new")
        return unchanged, await session.renew("old", CREATE)

    assert asyncio.run(work()) == (False, True)
    assert session.token == "new"


def test_a_new_token_that_comes_too_late_ends_the_run(tmp_path):
    """What exists was not found, since the token had expired: what is sent now could exist already."""
    path = tmp_path / "token"
    path.write_text("old")
    session, _ = session_of(Credentials(token_file=path))

    async def work():
        await session.open()
        assert not await session.renew("old", LIST)
        path.write_text("new")
        await session.renew("old", CREATE)

    with pytest.raises(SignInError, match="only after calls had been given up with the old one") as caught:
        asyncio.run(work())
    assert "resume --last" in hint_of(caught.value)


def test_a_token_file_that_is_being_rewritten_keeps_the_old_token(tmp_path):
    path = tmp_path / "token"
    path.write_text("old")
    session, _ = session_of(Credentials(token_file=path))

    async def work():
        await session.open()
        path.write_text("")
        return await session.renew("old", CREATE)

    assert asyncio.run(work()) is False
    assert session.token == "old"


def test_a_target_that_goes_down_during_a_refresh_ends_the_run():
    session, _ = session_of(PASSWORD, tokens("1"), httpx.ReadTimeout("slow"))

    async def work():
        await session.open()
        await session.renew("1", CREATE)

    with pytest.raises(TargetUnavailable):
        asyncio.run(work())
