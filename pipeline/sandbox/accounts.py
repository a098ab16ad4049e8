"""The sandbox's users, their roles and their tokens.

Knows the OAuth grants as the documentation has them; must not know HTTP beyond the value of a header, nor records.
Tokens and passwords are never logged nor part of a repr.
"""

import base64
import binascii
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

EXPIRES_IN_S = 604_799
"""How long an access token lives, in seconds. Source: an example of the token answer (another has 86400)."""

REFRESH_LIFETIME = timedelta(days=15)
"""Source: developers.nexudus.com, authentication: a refresh token lives 15 days."""


@dataclass(frozen=True, kw_only=True)
class User:
    """Someone who may sign in.

    Attributes:
        username: the user's email, which is also the `client_id` of a sign-in that sent none.
        password: what is signed in with.
        totp: the code that this user has to send, or None without two-factor authentication.
        roles: such as `EmailAccount-Create`.
        full_admin: a full unrestricted administrator, who needs no role.
        token: a fixed bearer token that works without signing in and does not expire.
        must_reset_password: whether a sign-in is refused until the password is changed.
    """

    username: str
    password: str = field(repr=False)
    totp: str | None = field(default=None, repr=False)
    roles: frozenset[str] = frozenset()
    full_admin: bool = False
    token: str | None = field(default=None, repr=False)
    must_reset_password: bool = False

    def may(self, role: str) -> bool:
        """Whether the user has the role.

        Source: post-emailaccounts, "Authentication": a full unrestricted administrator, or the role.
        """
        return self.full_admin or role in self.roles


class GrantError(Exception):
    """A token request that is refused, with OAuth's `error` and `error_description`, at HTTP 400."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(f"{code}: {description}")
        self.code = code
        self.description = description

    def payload(self) -> dict[str, object]:
        """The body of the answer."""
        return {"error": self.code, "error_description": self.description}


@dataclass(frozen=True, kw_only=True)
class _Access:
    user: User
    expires_on: datetime | None


@dataclass(frozen=True, kw_only=True)
class _Refresh:
    user: User
    client_id: str
    expires_on: datetime


class Tokens:
    """Issues tokens and says whose they are.

    Args:
        users: who may sign in; a user's fixed token is registered.
        now: the clock, answering an aware datetime.
        expires_in_s: how long an access token lives.
    """

    def __init__(
        self, users: Iterable[User], *, now: Callable[[], datetime], expires_in_s: float = EXPIRES_IN_S
    ) -> None:
        self._users = {user.username: user for user in users}
        self._now = now
        self._expires_in_s = expires_in_s
        self._access: dict[str, _Access] = {}
        self._refresh: dict[str, _Refresh] = {}
        for user in self._users.values():
            if user.token is not None:
                self.register(user.token, user)

    def register(self, token: str, user: User) -> None:
        """Make a fixed bearer token work for a user; it does not expire by the clock."""
        self._access[token] = _Access(user=user, expires_on=None)

    @property
    def issued(self) -> set[str]:
        """Every token that a client may hold: to call with, or to refresh."""
        return {*self._access, *self._refresh}

    def revoke_access(self) -> None:
        """End all tokens to call with, as their expiry does."""
        self._access.clear()

    def revoke_refresh(self) -> None:
        """End all tokens to refresh with, as 15 days without use do."""
        self._refresh.clear()

    def grant(self, form: Mapping[str, str], *, client_id: str | None) -> dict[str, object]:
        """Answer a token request.

        Args:
            form: the form-encoded fields; empty where the body was not a form.
            client_id: the header of that name, if sent.

        Returns:
            The body of the answer: `access_token`, `token_type`, `expires_in`, `refresh_token`.

        Raises:
            GrantError: the request is refused.

        Source: developers.nexudus.com, authentication.
        """
        grant_type = form.get("grant_type")
        if grant_type == "password":
            user = self._sign_in(form)
            return self._issue(user, client_id or user.username)
        if grant_type == "refresh_token":
            held = self._redeem(form.get("refresh_token", ""), client_id)
            return self._issue(held.user, held.client_id)
        raise GrantError("unsupported_grant_type", "grant_type must be password or refresh_token, form-encoded.")

    def user_of(self, authorization: str) -> User | None:
        """The user of an `Authorization` header, or None: unknown, expired, not readable.

        Source: developers.nexudus.com, authentication: bearer tokens, and HTTP Basic.
        """
        scheme, _, credentials = authorization.partition(" ")
        if scheme.casefold() == "bearer":
            return self._bearer(credentials)
        if scheme.casefold() == "basic":
            return self._basic(credentials)
        return None

    def _sign_in(self, form: Mapping[str, str]) -> User:
        user = self._users.get(form.get("username", ""))
        if user is None or user.password != form.get("password"):
            raise GrantError("invalid_grant", "The user name or password is incorrect.")
        if user.must_reset_password:
            raise GrantError("must_reset_password", "The password must be reset before signing in.")
        if user.totp is not None and user.totp != form.get("totp"):
            raise GrantError("two_factor_auth_check", "A valid two-factor authentication code is required.")
        return user

    def _redeem(self, refresh_token: str, client_id: str | None) -> _Refresh:
        held = self._refresh.get(refresh_token)
        # One code for all three: no other is documented for a refresh that fails.
        if held is None or held.client_id != client_id or held.expires_on <= self._now():
            raise GrantError("invalid_grant", "The refresh token is not valid for this client_id, or no longer.")
        # It rotates: the old one is dead as soon as it was used.
        del self._refresh[refresh_token]
        return held

    def _issue(self, user: User, client_id: str) -> dict[str, object]:
        access_token, refresh_token = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        now = self._now()
        self._access[access_token] = _Access(user=user, expires_on=now + timedelta(seconds=self._expires_in_s))
        self._refresh[refresh_token] = _Refresh(user=user, client_id=client_id, expires_on=now + REFRESH_LIFETIME)
        return {
            "access_token": access_token,
            "token_type": "bearer",
            "expires_in": self._expires_in_s,
            "refresh_token": refresh_token,
        }

    def _bearer(self, token: str) -> User | None:
        access = self._access.get(token)
        if access is None or (access.expires_on is not None and access.expires_on <= self._now()):
            return None
        return access.user

    def _basic(self, credentials: str) -> User | None:
        try:
            username, _, password = base64.b64decode(credentials, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        user = self._users.get(username)
        return user if user is not None and user.password == password and not user.must_reset_password else None


DEFAULT_USERS = (
    User(username="admin@example.com", password="sandbox", full_admin=True, token="sandbox-token"),  # noqa: S106
    User(
        username="creator@example.com",
        password="sandbox",  # noqa: S106 - the sandbox's own, on loopback
        roles=frozenset({"EmailAccount-Create"}),
        token="creator-token",  # noqa: S106
    ),
    User(
        username="reader@example.com",
        password="sandbox",  # noqa: S106
        roles=frozenset({"EmailAccount-List", "EmailAccount-Read"}),
        token="reader-token",  # noqa: S106
    ),
)
"""Whom the sandbox knows unless told otherwise: everything, creating only, looking up only."""
