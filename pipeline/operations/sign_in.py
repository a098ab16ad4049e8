"""Signing in for later: a password becomes tokens that are kept, renewed by runs, and forgotten again.

May import `remote` and `errors`. Must know nothing of Click or of terminals: whoever calls it asks the person.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pipeline.errors import Code, ConfigurationError
from pipeline.remote.credentials import Credentials, checked_token, from_environment, incomplete, not_signed_in
from pipeline.remote.sign_ins import SignIn, SignIns, default_sign_ins
from pipeline.remote.token_endpoint import CODE_NEEDED, WRONG_PASSWORD, SignInRefused, TokenEndpoint, Tokens

if TYPE_CHECKING:
    from pipeline.operations.runtime import Runtime

_MOST_CODES = 3
_TOKEN_CONNECTIONS = 1


@dataclass(frozen=True, kw_only=True)
class KeptSignIn:
    """What was kept, for whoever asked for it; holds no secret.

    Attributes:
        target: The base URL.
        user: Who signed in, if that is known.
        place: Where it is kept, in words.
        is_renewable: Whether runs can get the next token by themselves.
    """

    target: str
    user: str | None
    place: str
    is_renewable: bool

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        return {"Target": self.target, "User": self.user, "KeptIn": self.place, "Renewable": self.is_renewable}


def who_we_are(environment: Mapping[str, str], base_url: str | None) -> tuple[Credentials, SignIns | None]:
    """What the environment says of us, else what `login` kept.

    Args:
        environment: The environment's variables.
        base_url: The target's, where it is known already; then it is said at once that nobody is signed in.

    Raises:
        SignInError: Nobody is signed in.
        ConfigurationError: The variables contradict each other, or what `login` kept cannot be read.
    """
    credentials = from_environment(environment)
    if credentials.are_enough:
        return credentials, None
    sign_ins = default_sign_ins()
    if base_url is not None:
        found = sign_ins.find(base_url.rstrip("/"))
        if found is None:
            raise incomplete(credentials) or not_signed_in()
        _check_same_user(credentials.username, found.user)
    return credentials, sign_ins


def _check_same_user(named: str | None, kept: str | None) -> None:
    if named and kept and named.casefold() != kept.casefold():
        message = f"The user that is named is {named}, but {kept} is signed in."
        raise ConfigurationError(Code.USER_CONTRADICTED, message, named=named, kept=kept)


def sign_in(
    credentials: Credentials,
    base_url: str,
    sign_ins: SignIns,
    runtime: Runtime,
    ask_code: Callable[[str], str] | None,
) -> KeptSignIn:
    """Signs a user in and keeps the tokens.

    Args:
        credentials: User name and password, and the code of the second factor where it is known beforehand.
        base_url: The target's.
        sign_ins: Where they are kept.
        runtime: The seam to the network.
        ask_code: Asks a person for the code, with the question; `None` where nobody can be asked.

    Raises:
        SignInRefused: The target does not accept them.
        TargetUnavailable: It does not answer.
        ConfigurationError: The sign-in cannot be kept.
    """
    tokens = _tokens(credentials, base_url, runtime, ask_code)
    found = SignIn(user=credentials.username, access_token=tokens.access_token, refresh_token=tokens.refresh_token)
    return _keep(found, base_url, sign_ins)


def keep_token(token: str, base_url: str, sign_ins: SignIns) -> KeptSignIn:
    """Keeps a token that somebody else has got.

    Raises:
        SignInError: It is none.
        ConfigurationError: It cannot be kept.
    """
    if not token.strip():
        raise not_signed_in()
    return _keep(SignIn(access_token=checked_token(token.strip(), "What was given")), base_url, sign_ins)


def sign_out(base_url: str, sign_ins: SignIns) -> bool:
    """Forgets what was kept for a target; returns whether there was something.

    Raises:
        ConfigurationError: It cannot be deleted.
    """
    with sign_ins.locked():
        return sign_ins.forget(base_url)


def _keep(found: SignIn, base_url: str, sign_ins: SignIns) -> KeptSignIn:
    with sign_ins.locked():
        try:
            place = sign_ins.keep(base_url, found)
        except OSError as error:
            message, reason = f"The sign-in cannot be kept ({error.strerror}).", error.strerror
            raise ConfigurationError(Code.SIGN_IN_NOT_KEPT, message, reason=reason) from error
    return KeptSignIn(target=base_url, user=found.user, place=place, is_renewable=found.refresh_token is not None)


def _tokens(credentials: Credentials, base_url: str, runtime: Runtime, ask_code: Callable[[str], str] | None) -> Tokens:
    """The tokens; asks for the code once the target wants one, and again while it is wrong."""
    question = "Code of the authenticator"
    for asked in range(_MOST_CODES + 1):
        try:
            return runtime.run(_signed_in(credentials, base_url, runtime))
        except SignInRefused as refused:
            if refused.cause == WRONG_PASSWORD and ask_code is not None:
                raise SignInRefused(Code.PASSWORD_MISTYPED, refused.message, cause=refused.cause) from refused
            if refused.cause != CODE_NEEDED or ask_code is None or asked == _MOST_CODES:
                raise
            wrong = "That code was not right. " if credentials.totp else ""
            credentials = replace(credentials, totp=ask_code(f"{wrong}{question}").strip())
    raise AssertionError("the last attempt returns or raises")


async def _signed_in(credentials: Credentials, base_url: str, runtime: Runtime) -> Tokens:
    transport = runtime.transport(base_url, _TOKEN_CONNECTIONS)
    try:
        return await TokenEndpoint(base_url=base_url, transport=transport).sign_in(credentials)
    finally:
        await transport.aclose()
