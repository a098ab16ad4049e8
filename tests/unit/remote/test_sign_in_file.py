"""The owner-only file of sign-ins."""

import os
import stat

import pytest

from pipeline.cli.hints import hint_of
from pipeline.errors import ConfigurationError
from pipeline.remote.sign_in_file import SignInFile

A, B = "https://a.example", "https://b.example"


@pytest.fixture
def kept(tmp_path):
    return SignInFile(tmp_path / "sign-in" / "sign-ins.json")


def test_a_text_comes_back_until_it_is_forgotten_and_the_file_goes_with_the_last(kept, tmp_path):
    assert (kept.read(A), kept.delete(A)) == (None, False)
    kept.write(A, "one")
    kept.write(B, "two")
    kept.write(A, "three")
    assert (kept.read(A), kept.read(B)) == ("three", "two")
    assert (kept.delete(A), kept.read(A), kept.read(B)) == (True, None, "two")
    assert kept.delete(B)
    assert list((tmp_path / "sign-in").iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_only_its_owner_can_read_it_whatever_the_umask(kept, tmp_path):
    before = os.umask(0)
    try:
        kept.write(A, "one")
    finally:
        os.umask(before)
    folder = tmp_path / "sign-in"
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (folder, folder / "sign-ins.json")]
    assert modes == [0o700, 0o600]


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_a_copy_that_others_can_read_is_protected_when_it_is_read(kept, tmp_path):
    kept.write(A, "one")
    path = tmp_path / "sign-in" / "sign-ins.json"
    path.chmod(0o644)
    assert kept.read(A) == "one"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"https://a.example": 1}', b"\xff"])
def test_a_damaged_file_is_named_and_not_overwritten(kept, tmp_path, content):
    path = tmp_path / "sign-in" / "sign-ins.json"
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"sign-ins\.json: cannot be read \(it is damaged\)") as caught:
        kept.write(A, "one")
    assert hint_of(caught.value) == "Delete the file, then sign in again with `nexudus-import login`."
    assert path.read_bytes() == content


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(kept, tmp_path, monkeypatch):
    kept.write(A, "one")

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        kept.write(A, "two")
    assert kept.read(A) == "one"
    assert [path.name for path in (tmp_path / "sign-in").iterdir()] == ["sign-ins.json"]
