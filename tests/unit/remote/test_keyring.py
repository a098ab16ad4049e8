"""The system's keyring, where there is one."""

import sys

import keyring
import keyring.backend
import pytest

from pipeline.remote.keyring import KeyringUnusable, system_keyring


class Backend(keyring.backend.KeyringBackend):
    """A keyring in memory that can be locked."""

    priority = 5
    name = "Test Keyring"

    def __init__(self):
        super().__init__()
        self.kept = {}
        self.locked = False

    def _check(self):
        if self.locked:
            raise keyring.errors.KeyringLocked("secret words of the system")

    def get_password(self, service, username):
        self._check()
        return self.kept.get((service, username))

    def set_password(self, service, username, password):
        self._check()
        self.kept[service, username] = password

    def delete_password(self, service, username):
        self._check()
        del self.kept[service, username]


@pytest.fixture
def backend(monkeypatch):
    found = Backend()
    monkeypatch.setattr(keyring.core, "_keyring_backend", found)
    return found


def test_a_text_comes_back_until_it_is_forgotten(backend):
    found = system_keyring()
    found.write("https://a.example", "text")
    assert backend.kept == {("nexudus-import", "https://a.example"): "text"}
    assert (found.read("https://a.example"), found.read("https://b.example")) == ("text", None)
    assert (found.delete("https://a.example"), found.delete("https://a.example")) == (True, False)
    assert backend.kept == {}
    assert str(found) == "the system's keyring (Test Keyring)"


def test_a_locked_keyring_is_gone_without_and_said(backend, caplog):
    backend.locked = True
    assert system_keyring().read("https://a.example") is None
    message = "the system's keyring (Test Keyring) cannot be read (KeyringLocked); going on without it."
    assert caplog.messages == [message]
    with pytest.raises(KeyringUnusable, match=r"^KeyringLocked$"):
        system_keyring().write("https://a.example", "text")


def test_what_a_keyring_keeps_against_our_will_is_not_called_forgotten(backend):
    system_keyring().write("https://a.example", "text")
    backend.delete_password = None
    with pytest.raises(KeyringUnusable):
        system_keyring().delete("https://a.example")


@pytest.mark.parametrize("priority", [0, 0.5, -1])
def test_a_backend_that_refuses_forgets_or_keeps_in_clear_is_no_keyring(backend, monkeypatch, priority):
    monkeypatch.setattr(Backend, "priority", priority)
    assert system_keyring() is None


def test_without_the_package_there_is_no_keyring(monkeypatch):
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert system_keyring() is None


def test_a_backend_that_cannot_be_loaded_is_no_keyring(monkeypatch):
    monkeypatch.setattr(keyring.core, "_keyring_backend", None)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "no.such.Backend")
    assert system_keyring() is None
