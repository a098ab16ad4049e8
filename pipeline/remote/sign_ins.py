"""What `login` keeps, by target: in the system's keyring, else in a file that only its owner can read.

May import `remote`'s keyring and file of sign-ins. Must know nothing of how tokens are had.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import filelock

from pipeline.errors import Code, ConfigurationError, TargetUnavailable
from pipeline.private_files import make_private_folder
from pipeline.remote.keyring import KeyringUnusable, SystemKeyring, system_keyring
from pipeline.remote.sign_in_file import SignInFile

if TYPE_CHECKING:
    from pipeline.stop import Sleep

_LOOK_EVERY_S = 0.1
_PATIENCE_S = 120.0
"""Four times as long as another process waits for the token endpoint."""


@dataclass(frozen=True, kw_only=True)
class SignIn:
    """A sign-in at one target. Its `repr` shows no secret.

    Attributes:
        user: Who signed in; `None` where a ready token was given.
        access_token: What calls carry.
        refresh_token: What the next token is had with, once.
        serial: Counts how often it was kept: of two copies the later one is alive.
    """

    user: str | None = None
    access_token: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    serial: int = 0

    def as_text(self) -> str:
        """For the keyring or the file; `from_text` reads it back."""
        names = ("user", "access_token", "refresh_token", "serial")
        return json.dumps({name: getattr(self, name) for name in names})

    @classmethod
    def from_text(cls, text: str | None) -> SignIn | None:
        """What `as_text` wrote; `None` for anything else."""
        try:
            return cls(**json.loads(text)) if text else None
        except (ValueError, TypeError):
            return None


class _Place(Protocol):
    def read(self, name: str) -> str | None: ...

    def write(self, name: str, text: str) -> None: ...

    def delete(self, name: str) -> bool: ...


class SignIns:
    """Everything that `login` keeps.

    Args:
        folder: Of the file and the lock; made where it is needed.
        keyring: The system's, if it has one.
        patience_s: How long another process that holds the lock is waited for.
        sleep: Waits between two looks whether a task can have it.
    """

    def __init__(
        self,
        folder: Path,
        keyring: SystemKeyring | None,
        *,
        patience_s: float = _PATIENCE_S,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._folder = folder
        self._keyring = keyring
        self._patience_s = patience_s
        self._sleep = sleep
        self._file = SignInFile(folder / "sign-ins.json")

    def find(self, base_url: str) -> SignIn | None:
        """The sign-in at a target.

        Raises:
            ConfigurationError: The file cannot be read.
        """
        found = [SignIn.from_text(place.read(base_url)) for place in self._places()]
        return max(filter(None, found), key=lambda one: one.serial, default=None)

    def keep(self, base_url: str, sign_in: SignIn) -> str:
        """Keeps a sign-in in place of an earlier one; returns where, in words. Whoever calls it holds the lock.

        Raises:
            ConfigurationError: The file that is there cannot be read.
            OSError: Nothing can be written.
        """
        earlier = self.find(base_url)
        text = replace(sign_in, serial=earlier.serial + 1 if earlier else 1).as_text()
        if self._keyring is not None:
            with contextlib.suppress(KeyringUnusable):  # then the file takes it; the higher serial counts
                self._keyring.write(base_url, text)
                self._file.delete(base_url)
                return str(self._keyring)
        self._file.write(base_url, text)
        return f"{self._file}, which only you can read"

    def forget(self, base_url: str) -> bool:
        """Forgets a sign-in wherever it is; returns whether there was one. Whoever calls it holds the lock.

        Raises:
            ConfigurationError: It is there still.
        """
        try:
            forgotten = [place.delete(base_url) for place in self._places()]
        except KeyringUnusable as error:
            message = f"{self._keyring} does not delete the sign-in ({error})."
            raise ConfigurationError(Code.KEYRING_STUCK, message, keyring=str(self._keyring)) from error
        return any(forgotten)

    def _places(self) -> list[_Place]:
        return [place for place in (self._keyring, self._file) if place is not None]

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keeps other processes from changing sign-ins.

        Raises:
            ConfigurationError: The folder cannot be written.
            TargetUnavailable: Another process has been renewing one for too long.
        """
        lock = self._lock()
        with _lock_errors(self._folder):
            lock.acquire(timeout=self._patience_s)
        try:
            yield
        finally:
            lock.release()

    @contextlib.asynccontextmanager
    async def renewing(self) -> AsyncIterator[None]:
        """Like `locked`, for tasks: others go on while one waits, and none that is cancelled keeps the lock.

        Raises:
            ConfigurationError: The folder cannot be written.
            TargetUnavailable: Another process has been renewing one for too long.
        """
        lock = self._lock()
        with _lock_errors(self._folder):
            for left in range(round(self._patience_s / _LOOK_EVERY_S), -1, -1):
                try:
                    lock.acquire(blocking=False)
                    break
                except filelock.Timeout:
                    if not left:
                        raise
                    await self._sleep(_LOOK_EVERY_S)
        try:
            yield
        finally:
            lock.release()

    def _lock(self) -> filelock.BaseFileLock:
        with _lock_errors(self._folder):
            make_private_folder(self._folder)
        return filelock.FileLock(self._folder / "sign-ins.lock", thread_local=False, mode=0o600)


@contextlib.contextmanager
def _lock_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except filelock.Timeout as error:
        message = "Another process has been renewing the sign-in for minutes."
        raise TargetUnavailable(Code.SIGN_IN_BUSY, message) from error
    except OSError as error:
        message, reason = f"{folder}: cannot be written ({error.strerror}).", error.strerror
        raise ConfigurationError(Code.SIGN_IN_FOLDER, message, folder=str(folder), reason=reason) from error


def default_sign_ins() -> SignIns:
    """The sign-ins of this user of this machine."""
    from platformdirs import user_data_path

    return SignIns(user_data_path("nexudus-import", appauthor=False) / "sign-in", system_keyring())
