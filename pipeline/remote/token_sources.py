"""Where the tokens of a session come from: the environment, a file, a password, HTTP Basic, or what `login` kept.

May import `remote`'s token endpoint, sign-ins and credentials. Must know nothing of roles or of calls that are refused.
"""

from __future__ import annotations

import asyncio
import base64
import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from pipeline.errors import Code, ConfigurationError, SignInError
from pipeline.remote.credentials import checked_token, not_signed_in
from pipeline.remote.sign_ins import SignIn
from pipeline.remote.token_endpoint import WRONG_PASSWORD, SignInRefused, Tokens

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.remote.credentials import Credentials
    from pipeline.remote.sign_ins import SignIns
    from pipeline.remote.token_endpoint import TokenEndpoint

_log = logging.getLogger(__name__)


class TokenSource(Protocol):
    """Gives a session its tokens; asked by one task at a time."""

    scheme: str
    user: str | None

    @property
    def secrets(self) -> set[str]:
        """What tokens are had with, now: none of it may be written down."""
        ...

    async def first(self) -> str:
        """A token to begin with.

        Raises:
            SignInError: There is none.
            TargetUnavailable: The target does not answer.
        """
        ...

    async def renewed(self, stale: str) -> str | None:
        """A token in place of one that was refused; `None` where no other can be had.

        Raises:
            SignInError: It takes a person to sign in again.
            TargetUnavailable: The target does not answer.
        """
        ...


def token_source(credentials: Credentials, endpoint: TokenEndpoint, sign_ins: SignIns | None) -> TokenSource:
    """The source that the environment names; what `login` kept where it names none.

    Args:
        credentials: What the environment says.
        endpoint: Where tokens are had.
        sign_ins: What `login` kept.

    Raises:
        SignInError: There is none.
    """
    password = Password(credentials, endpoint) if credentials.has_password else None
    if credentials.is_basic and password is not None:
        return Basic(credentials)
    if credentials.token_file is not None:
        return TokenFile(credentials.token_file, credentials.username, password)
    if credentials.token:
        return ReadyToken(credentials.token, credentials.username, password)
    if password is not None:
        return password
    if sign_ins is not None:
        return KeptTokens(endpoint, sign_ins)
    raise not_signed_in()


class Password:
    """Signs in with a password, refreshes, and signs in again where that is refused.

    Args:
        credentials: User name and password.
        endpoint: Where tokens are had.
    """

    scheme = "Bearer"

    def __init__(self, credentials: Credentials, endpoint: TokenEndpoint) -> None:
        self.user = credentials.username
        self._credentials = credentials
        self._endpoint = endpoint
        self._refresh_token: str | None = None

    @property
    def secrets(self) -> set[str]:
        """The password and the newest refresh token."""
        return {self._credentials.password or "", self._refresh_token or ""} - {""}

    async def first(self) -> str:
        """Signs in."""
        return self._taken(await self._endpoint.sign_in(self._credentials))

    async def renewed(self, stale: str) -> str | None:
        """Refreshes, else signs in."""
        del stale
        spent, self._refresh_token = self._refresh_token, None  # it rotates: whatever comes of this, it is spent
        if spent is not None:
            try:
                return self._taken(await self._endpoint.refresh(spent, self.user))
            except SignInRefused as error:
                _log.debug("the refresh is refused (%s); signing in again", error.cause)
        return await self.first()

    def _taken(self, tokens: Tokens) -> str:
        self._refresh_token = tokens.refresh_token
        return tokens.access_token


class Basic:
    """User name and password with every call, for targets whose token endpoint cannot be used.

    Source: developers.nexudus.com, authentication: HTTP Basic is also accepted.

    Args:
        credentials: User name and password.
    """

    scheme = "Basic"

    def __init__(self, credentials: Credentials) -> None:
        self.user = credentials.username
        self._pair = base64.b64encode(f"{credentials.username}:{credentials.password}".encode()).decode()
        self.secrets = {credentials.password or "", self._pair}

    async def first(self) -> str:
        """The pair as a header has it."""
        return self._pair

    async def renewed(self, stale: str) -> str | None:
        """There is no other."""
        del stale
        return None


@dataclass(kw_only=True)
class _Read:
    """What a ready token and a file of one have in common."""

    user: str | None
    password: Password | None
    scheme: str = "Bearer"

    async def _by_password(self, stale: str) -> str | None:
        return await self.password.renewed(stale) if self.password is not None else None


class ReadyToken(_Read):
    """A token that is used as it is; a password beside it gets the next one.

    Args:
        token: The token.
        user: Who it belongs to, if that is known.
        password: Signs in when it has expired.
    """

    def __init__(self, token: str, user: str | None, password: Password | None) -> None:
        super().__init__(user=user, password=password)
        self._token = token

    @property
    def secrets(self) -> set[str]:
        """The token, and those of the password."""
        return {self._token} | (self.password.secrets if self.password else set())

    async def first(self) -> str:
        """The token."""
        return checked_token(self._token, "The token")

    async def renewed(self, stale: str) -> str | None:
        """Signs in, where there is a password."""
        return await self._by_password(stale)


class TokenFile(_Read):
    """A file that holds a token, and may hold a newer one later.

    Args:
        path: The file.
        user: Who the token belongs to, if that is known.
        password: Signs in when it has expired.
    """

    def __init__(self, path: Path, user: str | None, password: Password | None) -> None:
        super().__init__(user=user, password=password)
        self._path = path

    @property
    def secrets(self) -> set[str]:
        """Those of the password; the session knows each token that was used."""
        return self.password.secrets if self.password else set()

    async def first(self) -> str:
        """The file's token; without one the password's."""
        token = self._read()
        if token:
            return token
        if self.password is not None:
            return await self.password.first()
        raise SignInError(Code.TOKEN_FILE_EMPTY, f"The token file {self._path} is empty.", path=str(self._path))

    async def renewed(self, stale: str) -> str | None:
        """Signs in, where there is a password, else reads the file again."""
        return await self._by_password(stale) if self.password is not None else self._read() or None

    def _read(self) -> str:
        try:
            return checked_token(self._path.read_text(encoding="utf-8").strip(), "The token file")
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not text"
            # Its name is not repeated: some put the token itself there.
            message = f"The token file cannot be read ({reason})."
            raise ConfigurationError(Code.TOKEN_FILE_UNREADABLE, message, reason=reason) from error


class KeptTokens:
    """What `login` kept, renewed for all processes at once.

    The refresh token rotates: two processes that used the same one would lose the sign-in. So whoever renews holds the
    lock, looks whether another has done it already, and keeps what it got before anybody else may look.

    Args:
        endpoint: Where tokens are had.
        sign_ins: Where they are kept.
    """

    scheme = "Bearer"

    def __init__(self, endpoint: TokenEndpoint, sign_ins: SignIns) -> None:
        self.user: str | None = None
        self.secrets: set[str] = set()
        self._endpoint = endpoint
        self._sign_ins = sign_ins
        self._unkept: SignIn | None = None

    async def first(self) -> str:
        """The token that was kept last."""
        return self._noted(self._found()).access_token

    async def renewed(self, stale: str) -> str | None:
        """The token of whoever has renewed it meanwhile, else a new one, which is kept.

        To its end, even if whoever asked is cancelled: a refresh token that was used and not replaced is lost.
        """
        renewal = asyncio.ensure_future(self._renewed(stale))
        try:
            return await asyncio.shield(renewal)
        except asyncio.CancelledError:
            await asyncio.wait([renewal])
            if not renewal.cancelled() and (error := renewal.exception()) is not None:
                _log.debug("the renewal that nobody waits for has failed", exc_info=error)
            raise

    async def _renewed(self, stale: str) -> str | None:
        async with self._sign_ins.renewing():
            found = self._noted(self._unkept or self._found())
            if found.access_token != stale:
                return found.access_token
            if found.refresh_token is None:
                return None
            tokens = await self._refreshed(found.refresh_token)
            new = replace(found, access_token=tokens.access_token, refresh_token=tokens.refresh_token)
            self._keep(self._noted(new))
            return new.access_token

    def _found(self) -> SignIn:
        found = self._sign_ins.find(self._endpoint.base_url)
        if found is None:
            raise not_signed_in(self._endpoint.base_url)
        return found

    def _noted(self, sign_in: SignIn) -> SignIn:
        self.user = sign_in.user
        self.secrets |= {sign_in.access_token, sign_in.refresh_token or ""} - {""}
        return sign_in

    async def _refreshed(self, refresh_token: str) -> Tokens:
        try:
            return await self._endpoint.refresh(refresh_token, self.user)
        except SignInRefused as error:
            if error.cause != WRONG_PASSWORD:
                raise
            message = f"The sign-in to {self._endpoint.base_url} has ended: it lasts 15 days after it was last used."
            raise SignInError(Code.SIGN_IN_EXPIRED, message, base_url=self._endpoint.base_url) from error

    def _keep(self, new: SignIn) -> None:
        try:
            self._sign_ins.keep(self._endpoint.base_url, new)
            self._unkept = None
        except (OSError, ConfigurationError):
            # The one that is kept is spent: this run goes on with the new one, the next has to sign in.
            self._unkept = new
            _log.warning("The renewed sign-in cannot be kept; after this run, sign in again.")
