"""Who we are to the target, as the environment says it. Written nowhere, shown by no `repr`.

May import `errors`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.errors import SignInError

HOW_TO_SIGN_IN = "Set NEXUDUS_TOKEN, NEXUDUS_TOKEN_FILE, or NEXUDUS_USERNAME and NEXUDUS_PASSWORD; or try --sandbox."


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """What the environment says of us. Its `repr` shows no secret.

    Attributes:
        token: A bearer token.
        token_file: A file that holds one, and may hold a newer one later.
        username: The user's e-mail address.
        password: The user's password.
        totp: The code of the second factor.
    """

    token: str | None = field(default=None, repr=False)
    token_file: Path | None = None
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    totp: str | None = field(default=None, repr=False)


def from_environment(environment: Mapping[str, str]) -> Credentials:
    """Reads `NEXUDUS_TOKEN`, `NEXUDUS_TOKEN_FILE`, `NEXUDUS_USERNAME`, `NEXUDUS_PASSWORD`, `NEXUDUS_TOTP`.

    Raises:
        SignInError: None of them is set.
    """
    given = {name: environment.get(f"NEXUDUS_{name}", "").strip() or None for name in ("TOKEN", "TOKEN_FILE")}
    username, password = environment.get("NEXUDUS_USERNAME"), environment.get("NEXUDUS_PASSWORD")
    if not any(given.values()) and not (username and password):
        raise SignInError("Not signed in: there are no credentials.", advice=HOW_TO_SIGN_IN)
    return Credentials(
        token=given["TOKEN"],
        token_file=Path(given["TOKEN_FILE"]) if given["TOKEN_FILE"] else None,
        username=username,
        password=password,
        totp=environment.get("NEXUDUS_TOTP"),
    )
