"""What `login` keeps, in the keyring or in the file, and who may change it."""

import asyncio

import pytest

from pipeline.errors import TargetUnavailable
from pipeline.remote.keyring import KeyringUnusable
from pipeline.remote.sign_ins import SignIn, SignIns

A, B = "https://a.example", "https://b.example"
FIRST = SignIn(user="me@x.example", access_token="access-1", refresh_token="refresh-1")


class Keyring:
    """A keyring in memory that can refuse to be written."""

    def __init__(self):
        self.kept = {}
        self.is_full = False

    def __str__(self):
        return "the keyring"

    def read(self, name):
        return self.kept.get(name)

    def write(self, name, text):
        if self.is_full:
            raise KeyringUnusable("TooLong")
        self.kept[name] = text

    def delete(self, name):
        return self.kept.pop(name, None) is not None


def test_each_target_has_its_own(tmp_path):
    kept = SignIns(tmp_path / "k", None)
    assert kept.find(A) is None
    assert kept.keep(A, FIRST) == f"{tmp_path / 'k' / 'sign-ins.json'}, which only you can read"
    assert (kept.find(A).access_token, kept.find(B)) == ("access-1", None)
    assert (kept.forget(A), kept.forget(A), kept.find(A)) == (True, False, None)


def test_the_keyring_comes_first_and_leaves_nothing_in_the_file(tmp_path):
    SignIns(tmp_path, None).keep(A, FIRST)
    ring = Keyring()
    assert SignIns(tmp_path, ring).keep(A, FIRST) == "the keyring"
    assert list(ring.kept) == [A]
    assert SignIns(tmp_path, None).find(A) is None


def test_where_the_keyring_refuses_the_file_takes_it_and_counts(tmp_path):
    ring = Keyring()
    kept = SignIns(tmp_path, ring)
    kept.keep(A, FIRST)
    ring.is_full = True
    kept.keep(A, SignIn(access_token="access-2"))
    assert "access-1" in ring.kept[A]
    assert kept.find(A).access_token == "access-2"
    assert kept.forget(A)
    assert (kept.find(A), ring.kept) == (None, {})


@pytest.mark.parametrize("text", ["", "{", "[]", '{"serial": 1}', '{"access_token": "a", "more": 1}'])
def test_what_is_no_sign_in_counts_for_none(text):
    assert SignIn.from_text(text) is None


def test_no_secret_shows():
    assert repr(FIRST) == "SignIn(user='me@x.example', serial=0)"


def test_one_task_at_a_time_renews(tmp_path):
    inside, most = 0, 0

    async def renew():
        nonlocal inside, most
        async with SignIns(tmp_path, None, sleep=lambda _: asyncio.sleep(0)).renewing():
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    async def work():
        await asyncio.gather(*(renew() for _ in range(5)))

    asyncio.run(work())
    assert most == 1


def test_a_task_that_is_cancelled_while_it_waits_leaves_the_lock_free(tmp_path):
    kept = SignIns(tmp_path, None)

    async def work():
        async with kept.renewing():
            waiting = asyncio.create_task(kept.renewing().__aenter__())
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)

    asyncio.run(work())
    with kept.locked():
        kept.keep(A, FIRST)
    assert kept.find(A).serial == 1


@pytest.mark.parametrize("way", ["at once", "in a task"])
def test_a_lock_that_is_held_for_minutes_is_told(tmp_path, way):
    hasty = SignIns(tmp_path, None, patience_s=0)

    async def renew():
        async with hasty.renewing():
            pass

    def keep():
        with hasty.locked():
            pass

    told = pytest.raises(TargetUnavailable, match="Another process has been renewing")
    with SignIns(tmp_path, None).locked(), told:
        keep() if way == "at once" else asyncio.run(renew())
