"""Who we are to the target: the token that calls carry, and how a new one is had when it expires.

Credentials come from the environment, never from the command line, and are written nowhere.
Source: developers.nexudus.com (token endpoint, form-encoded; the refresh token rotates and wants the `client_id`
header of the sign-in, by default the user's e-mail address).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import httpx

from pipeline.errors import ConfigurationError, SignInError, TargetUnavailable
from pipeline.remote.credentials import _HOW

if TYPE_CHECKING:
    from pipeline.remote.credentials import Credentials


class Session:
    """The token of the moment, shared by all calls of a run.

    Args:
        credentials: Who we are.
        base_url: The target's; tokens are asked for at `/api/token` below it.
        transport: To ask for tokens through.
    """

    def __init__(self, credentials: Credentials, base_url: str, transport: httpx.AsyncBaseTransport) -> None:
        self._credentials = credentials
        self._url = f"{base_url.rstrip('/')}/api/token"
        self._transport = transport
        self._token = ""
        self._refresh_token: str | None = None
        self._lock = asyncio.Lock()

    @property
    def token(self) -> str:
        """The token that calls carry now."""
        return self._token

    @property
    def user(self) -> str:
        """What to call the signed-in user in messages."""
        return self._credentials.username or "the owner of the token"

    async def open(self) -> None:
        """Has a first token.

        Raises:
            SignInError: The credentials are refused.
            TargetUnavailable: The target does not answer.
        """
        self._token = self._given_token() or ""
        if not self._token and not self._credentials.password:
            raise SignInError(f"The token file {self._credentials.token_file} is empty.", advice=_HOW)
        if not self._token:
            await self._sign_in()

    async def renew(self, stale: str) -> bool:
        """Has a new token in place of one that was refused; however many calls ask, it is fetched once.

        Args:
            stale: The token that was refused.

        Returns:
            Whether the token is another one now; `False` where no way is left to have one.
        """
        async with self._lock:
            if self._token != stale:
                return True
            if self._refresh_token and await self._refresh():
                return True
            if self._credentials.username and self._credentials.password:
                await self._sign_in()
                return True
            self._token = self._given_token() or stale
            return self._token != stale

    def _given_token(self) -> str | None:
        path = self._credentials.token_file
        if path is None:
            return _checked(self._credentials.token, "NEXUDUS_TOKEN")
        try:
            return _checked(path.read_text(encoding="utf-8").strip(), f"The token file {path}")
        except (OSError, UnicodeDecodeError) as error:
            advice = "Check NEXUDUS_TOKEN_FILE."
            raise ConfigurationError(f"The token file {path} cannot be read ({error}).", advice=advice) from error

    async def _sign_in(self) -> None:
        c = self._credentials
        form = {"grant_type": "password", "username": c.username or "", "password": c.password or ""}
        status, found = await self._ask(form | ({"totp": c.totp} if c.totp else {}))
        if not self._accept(status, found):
            raise _refused(status, found)

    async def _refresh(self) -> bool:
        form = {"grant_type": "refresh_token", "refresh_token": self._refresh_token or ""}
        self._refresh_token = None  # it rotates: whatever comes of this, it is spent
        return self._accept(*await self._ask(form))

    def _accept(self, status: int, found: Mapping[str, object]) -> bool:
        token, refresh_token = found.get("access_token"), found.get("refresh_token")
        if status != 200 or not isinstance(token, str) or not token:
            return False
        self._token = token
        self._refresh_token = refresh_token if isinstance(refresh_token, str) else None
        return True

    async def _ask(self, form: Mapping[str, str]) -> tuple[int, Mapping[str, object]]:
        headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
        if self._credentials.username:
            headers["client_id"] = self._credentials.username
        extensions = {"timeout": httpx.Timeout(30.0).as_dict()}
        request = httpx.Request(
            "POST", self._url, headers=headers, content=urlencode(form).encode(), extensions=extensions
        )
        try:
            answer = await self._transport.handle_async_request(request)
        except httpx.TransportError as error:
            advice = "Check --base-url and the network, then try again."
            raise TargetUnavailable(f"{self._url} does not answer ({error}).", advice=advice) from error
        try:
            found = json.loads(await answer.aread())
        except ValueError:
            found = None
        return answer.status_code, found if isinstance(found, dict) else {}


def _checked(token: str | None, place: str) -> str | None:
    """A token that can stand in a header.

    Raises:
        SignInError: It holds a character that no token has, such as a line break from copying.
    """
    if token and not (token.isascii() and token.isprintable() and " " not in token):
        raise SignInError(f"{place} holds no token: it has blanks, line breaks or letters with accents.", advice=_HOW)
    return token


def _refused(status: int, found: Mapping[str, object]) -> SignInError:
    reasons = {
        "invalid_grant": ("the user name or the password is wrong", "Check NEXUDUS_USERNAME and NEXUDUS_PASSWORD."),
        "two_factor_auth_check": ("the user has two-factor authentication", "Set NEXUDUS_TOTP to the current code."),
        "must_reset_password": ("the password has to be changed first", "Sign in to the website once, and change it."),
    }
    error = str(found.get("error") or f"HTTP {status}")
    default = (str(found.get("error_description") or error).rstrip("."), _HOW)
    reason, advice = reasons.get(error, default)
    return SignInError(f"The sign-in was refused: {reason}.", advice=advice)
