"""The token of the moment: where it comes from, how a new one is had when it expires, which ones were ever accepted.

Source: developers.nexudus.com (token endpoint, form-encoded; the refresh token rotates and wants the `client_id`
header of the sign-in, by default the user's e-mail address).
May import `remote`'s credentials and responses. Must know nothing of the calls that carry the token.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import httpx

from pipeline.errors import ConfigurationError, SignInError, TargetUnavailable
from pipeline.remote.credentials import HOW_TO_SIGN_IN
from pipeline.remote.responses import parse_object

if TYPE_CHECKING:
    from pipeline.remote.credentials import Credentials

_MOST_REFUSED = 5
"""So many tokens, one after the other, that a role's calls are refused with: then the role is missing."""


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
        self._secrets = {credentials.token or "", credentials.password or ""} - {""}
        self._accepted: set[str] = set()
        self._renewed: set[str] = set()
        self._refused: defaultdict[str, set[str]] = defaultdict(set)
        self._missing_roles: set[str] = set()

    @property
    def token(self) -> str:
        """The token that calls carry now."""
        return self._token

    @property
    def user(self) -> str:
        """What to call the signed-in user in messages."""
        return self._credentials.username or "the owner of the token"

    @property
    def secrets(self) -> frozenset[str]:
        """Every token that was used, and what tokens are had with: none of it may be written down."""
        return frozenset(self._secrets)

    @property
    def has_worked(self) -> bool:
        """Whether any call was accepted."""
        return bool(self._accepted)

    async def open(self) -> None:
        """Gets a first token.

        Raises:
            SignInError: The credentials are refused.
            TargetUnavailable: The target does not answer.
        """
        token = self._given_token()
        if token:
            self._use(token)
        elif self._credentials.password:
            await self._sign_in()
        else:
            raise SignInError(f"The token file {self._credentials.token_file} is empty.", advice=HOW_TO_SIGN_IN)

    def accept(self, token: str, role: str) -> None:
        """Notes that a call was let in.

        Args:
            token: The token that it carried.
            role: The role that it needs.
        """
        self._accepted.add(token)
        self._refused.pop(role, None)

    async def renew(self, stale: str, role: str) -> bool:
        """Gets a new token in place of one that was refused; however many calls ask, it is fetched once.

        The API answers alike whether a token has expired or the user lacks the role of the call. It is the role where
        a token that was renewed just now, and never accepted, is refused; or one token after the other.

        Args:
            stale: The token that was refused.
            role: The role that the refused call needs.

        Returns:
            Whether the call should be made again; `False` where the role is missing, or no new token can be had.
        """
        async with self._lock:
            self._refused[role].add(stale)
            is_missing = stale in self._renewed - self._accepted or len(self._refused[role]) > _MOST_REFUSED
            if is_missing or role in self._missing_roles:
                self._missing_roles.add(role)
                return False
            return self._token != stale or await self._has_new_token(stale)

    async def _has_new_token(self, stale: str) -> bool:
        if not (self._refresh_token and await self._refresh()):
            if self._credentials.username and self._credentials.password:
                await self._sign_in()
            else:
                self._use(self._given_token() or stale)
        if self._token == stale:
            return False
        self._renewed.add(self._token)
        return True

    def _use(self, token: str) -> None:
        self._token = token
        self._secrets.add(token)

    def _given_token(self) -> str | None:
        path = self._credentials.token_file
        if path is None:
            return _checked(self._credentials.token, "NEXUDUS_TOKEN")
        try:
            return _checked(path.read_text(encoding="utf-8").strip(), "The token file")
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not text"
            # What stands in the variable is not repeated: some put the token itself there.
            message = f"The file that NEXUDUS_TOKEN_FILE names cannot be read ({reason})."
            advice = "NEXUDUS_TOKEN_FILE holds the path of a file, not the token itself."
            raise ConfigurationError(message, advice=advice) from error

    async def _sign_in(self) -> None:
        c = self._credentials
        form = {"grant_type": "password", "username": c.username or "", "password": c.password or ""}
        status, found = await self._ask(form | ({"totp": c.totp} if c.totp else {}))
        if not self._takes(status, found):
            raise _refused(status, found)

    async def _refresh(self) -> bool:
        form = {"grant_type": "refresh_token", "refresh_token": self._refresh_token or ""}
        self._refresh_token = None  # it rotates: whatever comes of this, it is spent
        return self._takes(*await self._ask(form))

    def _takes(self, status: int, found: Mapping[str, object]) -> bool:
        token, refresh_token = found.get("access_token"), found.get("refresh_token")
        if status != 200 or not isinstance(token, str) or not _is_token(token):
            return False
        self._use(token)
        self._refresh_token = refresh_token if isinstance(refresh_token, str) else None
        self._secrets.add(self._refresh_token or token)
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
        return answer.status_code, parse_object(await answer.aread()) or {}


def _checked(token: str | None, place: str) -> str | None:
    """A token that can stand in a header.

    Raises:
        SignInError: It holds a character that no token has, such as a line break from copying.
    """
    if token and not _is_token(token):
        message = f"{place} holds no token: it has blanks, line breaks or letters with accents."
        raise SignInError(message, advice=HOW_TO_SIGN_IN)
    return token


def _is_token(text: str) -> bool:
    return bool(text) and text.isascii() and text.isprintable() and " " not in text


# Source: developers.nexudus.com, authentication. Only what is listed here is ever quoted: other words of the target may
# repeat the form, and so the password.
_REASONS = {
    "invalid_grant": ("the user name or the password is wrong", "Check NEXUDUS_USERNAME and NEXUDUS_PASSWORD."),
    "two_factor_auth_check": ("the user has two-factor authentication", "Set NEXUDUS_TOTP to the current code."),
    "must_reset_password": ("the password has to be changed first", "Sign in to the website once, and change it."),
    "unsupported_grant_type": ("it does not take user names and passwords", "Check --base-url."),
    "invalid_client": ("this program is not known to it", HOW_TO_SIGN_IN),
    "unauthorized_client": ("this program may not sign in there", HOW_TO_SIGN_IN),
    "access_denied": ("access is denied", HOW_TO_SIGN_IN),
    "invalid_request": ("it does not understand the request", "Check --base-url."),
    "temporarily_unavailable": ("it is not available for the moment", "Try again later."),
    "server_error": ("it has failed", "Try again later."),
}


def _refused(status: int, found: Mapping[str, object]) -> SignInError:
    if status == 200:
        message = "The sign-in was answered without a token that can be used."
        return SignInError(message, advice="Check --base-url: what answers there may be no token endpoint.")
    error = found.get("error")
    default = (f"HTTP {status}, without a reason that is documented", HOW_TO_SIGN_IN)
    reason, advice = _REASONS.get(error, default) if isinstance(error, str) else default
    return SignInError(f"The sign-in was refused: {reason}.", advice=advice)
