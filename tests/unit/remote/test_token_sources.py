"""The tokens that `login` kept, as sessions of several processes use and renew them."""

import asyncio

import httpx
import pytest

from pipeline.cli.hints import hint_of
from pipeline.errors import SignInError, TargetUnavailable
from pipeline.remote.credentials import Credentials
from pipeline.remote.session import Session
from pipeline.remote.sign_ins import SignIn, SignIns
from pipeline.remote.transports.httpx_transport import adapted
from tests.support.doubles import Wire
from tests.unit.remote.test_session import BASE, CREATE, forms, refused, tokens

KEPT = SignIn(user="me@x.example", access_token="first", refresh_token="r1")


@pytest.fixture
def sign_ins(tmp_path):
    kept = SignIns(tmp_path / "sign-in", None)
    kept.keep(BASE, KEPT)
    return kept


def session_of(sign_ins, *answers, credentials=None):
    wire = Wire(*answers)
    return Session(credentials or Credentials(), BASE, adapted(wire), sign_ins), wire


def opened_and_renewed(*sessions):
    """Opens all sessions, then lets each renew the first token, one after the other."""

    async def work():
        for session in sessions:
            await session.open()
        return [await session.renew("first", CREATE) for session in sessions]

    return asyncio.run(work())


def test_the_kept_token_is_used_without_a_call(sign_ins):
    session, wire = session_of(sign_ins)
    asyncio.run(session.open())
    assert (session.token, session.user, wire.requests) == ("first", "me@x.example", [])
    assert session.secrets == {"first", "r1"}


def test_the_environment_comes_first(sign_ins):
    session, _ = session_of(sign_ins, credentials=Credentials(token="mine"))
    asyncio.run(session.open())
    assert session.token == "mine"


def test_another_target_has_another_sign_in(sign_ins):
    session = Session(Credentials(), "https://other.example", adapted(Wire()), sign_ins)
    with pytest.raises(SignInError, match=r"Not signed in to https://other\.example"):
        asyncio.run(session.open())


def test_a_renewed_token_is_kept_with_its_refresh_token(sign_ins):
    session, wire = session_of(sign_ins, tokens("second", "r2"))
    assert opened_and_renewed(session) == [True]
    assert forms(wire) == [{"grant_type": "refresh_token", "refresh_token": "r1"}]
    assert wire.requests[0].headers["client_id"] == "me@x.example"
    kept = sign_ins.find(BASE)
    assert (kept.access_token, kept.refresh_token, kept.user) == ("second", "r2", "me@x.example")
    assert session.secrets == {"first", "r1", "second", "r2"}


def test_a_renewal_that_nobody_waits_for_any_more_is_kept_all_the_same(sign_ins):
    """Ctrl-C in the middle: the refresh token is spent, so the sign-in would be lost without the new one."""

    class Slow(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request):
            asked.set()
            await answer.wait()
            return tokens("second", "r2")

    async def work():
        session = Session(Credentials(), BASE, adapted(Slow()), sign_ins)
        await session.open()
        renewing = asyncio.create_task(session.renew("first", CREATE))
        await asked.wait()
        renewing.cancel()
        await asyncio.sleep(0)
        answer.set()
        with pytest.raises(asyncio.CancelledError):
            await renewing

    asked, answer = asyncio.Event(), asyncio.Event()
    asyncio.run(work())
    kept = sign_ins.find(BASE)
    assert (kept.access_token, kept.refresh_token) == ("second", "r2")


def test_who_comes_second_takes_what_the_first_has_got(sign_ins):
    one, wire_one = session_of(sign_ins, tokens("second", "r2"))
    two, wire_two = session_of(sign_ins)
    assert opened_and_renewed(one, two) == [True, True]
    assert (one.token, two.token) == ("second", "second")
    assert (len(wire_one.requests), len(wire_two.requests)) == (1, 0)


def test_a_refresh_that_is_refused_asks_for_a_new_sign_in(sign_ins):
    session, _ = session_of(sign_ins, refused("invalid_grant"))
    with pytest.raises(SignInError, match=r"The sign-in to https://spaces\.example has ended") as caught:
        opened_and_renewed(session)
    assert "`nexudus-import login`" in hint_of(caught.value)


def test_another_refusal_is_told_as_it_is(sign_ins):
    session, _ = session_of(sign_ins, refused("temporarily_unavailable"))
    with pytest.raises(SignInError, match="it is not available for the moment"):
        opened_and_renewed(session)


def test_a_target_that_is_down_costs_no_sign_in(sign_ins):
    session, _ = session_of(sign_ins, httpx.ConnectError("refused"))
    with pytest.raises(TargetUnavailable):
        opened_and_renewed(session)
    assert sign_ins.find(BASE).refresh_token == "r1"


def test_a_ready_token_cannot_be_renewed(sign_ins):
    sign_ins.keep(BASE, SignIn(access_token="first"))
    session, wire = session_of(sign_ins)
    assert opened_and_renewed(session) == [False]
    assert (session.user, wire.requests) == ("the owner of the token", [])


def test_a_sign_in_that_was_forgotten_meanwhile_ends_the_run(sign_ins):
    session, _ = session_of(sign_ins)

    async def work():
        await session.open()
        sign_ins.forget(BASE)
        await session.renew("first", CREATE)

    with pytest.raises(SignInError, match="Not signed in to"):
        asyncio.run(work())


def test_a_full_disk_does_not_end_the_run_but_is_said(sign_ins, monkeypatch, caplog):
    session, wire = session_of(sign_ins, tokens("second", "r2"), tokens("third", "r3"))

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(sign_ins, "keep", full)

    async def work():
        await session.open()
        first = await session.renew("first", CREATE)
        session.accept("second", CREATE)
        return first, await session.renew("second", CREATE)

    assert asyncio.run(work()) == (True, True)
    assert [form["refresh_token"] for form in forms(wire)] == ["r1", "r2"]
    assert "cannot be kept" in caplog.text
    assert "r2" not in caplog.text
