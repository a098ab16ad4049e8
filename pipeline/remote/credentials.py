"""Who we are to the target, as the environment says it. Written nowhere, shown by no `repr`.

May import `errors`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.errors import Code, ConfigurationError, SignInError


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """What the environment says of us. Its `repr` shows no secret.

    Attributes:
        token: A bearer token.
        token_file: A file that holds one, and may hold a newer one later.
        username: The user's e-mail address.
        password: The user's password.
        totp: The code of the second factor.
        is_basic: User name and password go with every call (HTTP Basic) instead of being changed for a token.
    """

    token: str | None = field(default=None, repr=False)
    token_file: Path | None = None
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    totp: str | None = field(default=None, repr=False)
    is_basic: bool = field(default=False, repr=False)

    @property
    def has_password(self) -> bool:
        """Whether there is all that a sign-in with a password needs."""
        return bool(self.username and self.password)

    @property
    def are_enough(self) -> bool:
        """Whether a call can be made with them."""
        return bool(self.token or self.token_file or self.has_password)


def from_environment(environment: Mapping[str, str]) -> Credentials:
    """Reads `NEXUDUS_` with `TOKEN`, `TOKEN_FILE`, `USERNAME`, `PASSWORD`, `TOTP` or `AUTH` behind it.

    Raises:
        ConfigurationError: `NEXUDUS_AUTH` is neither `token` nor `basic`.
    """
    given = {name: environment.get(f"NEXUDUS_{name}", "").strip() or None for name in ("TOKEN", "TOKEN_FILE", "AUTH")}
    way = (given["AUTH"] or "token").lower()
    if way not in {"token", "basic"}:
        raise ConfigurationError(Code.AUTH_UNKNOWN, "The way to sign in is neither token nor basic.")
    return Credentials(
        token=given["TOKEN"],
        token_file=Path(given["TOKEN_FILE"]) if given["TOKEN_FILE"] else None,
        username=environment.get("NEXUDUS_USERNAME"),
        password=environment.get("NEXUDUS_PASSWORD"),
        totp=environment.get("NEXUDUS_TOTP"),
        is_basic=way == "basic",
    )


def incomplete(credentials: Credentials) -> SignInError | None:
    """The error for somebody of whom either the name or the password is known; `None` where it is both or neither."""
    if bool(credentials.username) == bool(credentials.password):
        return None
    given, lacking = ("NEXUDUS_USERNAME", "NEXUDUS_PASSWORD")[:: 1 if credentials.username else -1]
    message = f"Not signed in: {given} is set, but {lacking} is missing."
    return SignInError(Code.HALF_A_SIGN_IN, message, given=given, lacking=lacking)


def not_signed_in(base_url: str | None = None) -> SignInError:
    """The error for somebody of whom nothing is known.

    Args:
        base_url: The target's, where something may be known for another one.
    """
    where = f" to {base_url}" if base_url else ""
    return SignInError(Code.NOT_SIGNED_IN, f"Not signed in{where}: there are no credentials.", base_url=base_url)


def is_token(text: str) -> bool:
    """Whether a text can stand in a header as a token."""
    return bool(text) and text.isascii() and text.isprintable() and " " not in text


def checked_token(token: str, place: str) -> str:
    """A token that can stand in a header.

    Raises:
        SignInError: It holds a character that no token has, such as a line break from copying.
    """
    if token and not is_token(token):
        message = f"{place} holds what no token has: blanks, line breaks or letters with accents."
        raise SignInError(Code.TOKEN_INVALID, message)
    return token
