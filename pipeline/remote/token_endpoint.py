"""The calls that get tokens: signing in with a password, refreshing; and what the endpoint says of each, in words.

Source: developers.nexudus.com (token endpoint, form-encoded; the refresh token rotates and wants the `client_id`
header of the sign-in, by default the user's e-mail address).
May import `remote`'s credentials and responses. Must know nothing of the calls that carry the token.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import httpx

from pipeline.errors import Code, SignInError, TargetUnavailable
from pipeline.remote.credentials import is_token
from pipeline.remote.responses import parse_object

if TYPE_CHECKING:
    from pipeline.remote.credentials import Credentials
    from pipeline.remote.transports.seam import Transport

_TIMEOUT_S = 30.0
CODE_NEEDED = "two_factor_auth_check"
WRONG_PASSWORD = "invalid_grant"  # noqa: S105 - a cause; of a refresh it says that the token is dead


@dataclass(frozen=True, kw_only=True)
class Tokens:
    """What the token endpoint gave. Its `repr` shows no secret."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)


class SignInRefused(SignInError):
    """The token endpoint gave no token.

    Args:
        code: Which error it is.
        message: Why not, in words.
        cause: OAuth's `error`, where it is one that is documented.
    """

    def __init__(self, code: Code, message: str, /, *, cause: str | None = None) -> None:
        super().__init__(code, message, cause=cause)
        self.cause = cause


@dataclass(frozen=True, kw_only=True)
class TokenEndpoint:
    """Where tokens are had.

    Attributes:
        base_url: The target's; the endpoint is at `/api/token` below it.
        transport: The seam to the network.
    """

    base_url: str
    transport: Transport

    async def sign_in(self, credentials: Credentials) -> Tokens:
        """Tokens for a user name, a password and, where the user has one, a code of the second factor.

        Raises:
            SignInRefused: They are not right, or not enough.
            TargetUnavailable: The target does not answer.
        """
        form = {
            "grant_type": "password",
            "username": credentials.username or "",
            "password": credentials.password or "",
            **({"totp": credentials.totp} if credentials.totp else {}),
        }
        return await self._granted(form, credentials.username)

    async def refresh(self, refresh_token: str, client_id: str | None) -> Tokens:
        """New tokens for a refresh token, which is spent by that.

        Args:
            refresh_token: The newest one.
            client_id: The same as at the sign-in.

        Raises:
            SignInRefused: It is dead, or another's.
            TargetUnavailable: The target does not answer.
        """
        return await self._granted({"grant_type": "refresh_token", "refresh_token": refresh_token}, client_id)

    async def _granted(self, form: Mapping[str, str], client_id: str | None) -> Tokens:
        status, found = await self._ask(form, client_id)
        token, refresh_token = found.get("access_token"), found.get("refresh_token")
        if status == 200 and isinstance(token, str) and is_token(token):
            return Tokens(access_token=token, refresh_token=refresh_token if isinstance(refresh_token, str) else None)
        raise _refused(status, found, has_code="totp" in form)

    async def _ask(self, form: Mapping[str, str], client_id: str | None) -> tuple[int, Mapping[str, object]]:
        headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
        if client_id:
            headers["client_id"] = client_id
        url = f"{self.base_url.rstrip('/')}/api/token"
        try:
            response = await self.transport.send("POST", url, headers, urlencode(form).encode(), _TIMEOUT_S)
        except httpx.TransportError as error:
            message = f"{url} does not answer ({error})."
            raise TargetUnavailable(Code.TARGET_SILENT, message, url=url, reason=str(error)) from error
        return response.status, parse_object(response.body) or {}


# Source: developers.nexudus.com, authentication. Only what is listed here is ever quoted: other words of the target may
# repeat the form, and so the password.
_REASONS = {
    WRONG_PASSWORD: (Code.PASSWORD_WRONG, "the user name or the password is wrong"),
    CODE_NEEDED: (Code.TOTP_NEEDED, "the user has two-factor authentication"),
    "must_reset_password": (Code.PASSWORD_OUTDATED, "the password has to be changed first"),
    "unsupported_grant_type": (Code.SIGN_IN_UNSUPPORTED, "it does not take user names and passwords"),
    "invalid_client": (Code.SIGN_IN_REFUSED, "this program is not known to it"),
    "unauthorized_client": (Code.SIGN_IN_REFUSED, "this program may not sign in there"),
    "access_denied": (Code.SIGN_IN_REFUSED, "access is denied"),
    "invalid_request": (Code.SIGN_IN_UNSUPPORTED, "it does not understand the request"),
    "temporarily_unavailable": (Code.SIGN_IN_UNAVAILABLE, "it is not available for the moment"),
    "server_error": (Code.SIGN_IN_UNAVAILABLE, "it has failed"),
}
_WRONG_CODE = (Code.TOTP_WRONG, "the code of the second factor is wrong, or was too old when it arrived")


def _refused(status: int, found: Mapping[str, object], *, has_code: bool) -> SignInRefused:
    if status == 200:
        message = "The sign-in was answered without a token that can be used."
        return SignInRefused(Code.SIGN_IN_NO_TOKEN, message)
    error = found.get("error")
    cause = error if isinstance(error, str) and error in _REASONS else None
    unknown = (Code.SIGN_IN_REFUSED, f"HTTP {status}, without a reason that is documented")
    code, reason = _REASONS[cause] if cause else unknown
    if cause == CODE_NEEDED and has_code:
        code, reason = _WRONG_CODE
    return SignInRefused(code, f"The sign-in was refused: {reason}.", cause=cause)
