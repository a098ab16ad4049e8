"""`nexudus-import login`: signs in once, for the runs to come."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli import options as opt
from pipeline.cli.context import output_options
from pipeline.cli.printing import print_json
from pipeline.cli.runtime import runtime
from pipeline.cli.typed_options import as_typed
from pipeline.errors import Code, SignInError

if TYPE_CHECKING:
    from pipeline.operations.sign_in import KeptSignIn
    from pipeline.remote.credentials import Credentials
    from pipeline.remote.sign_ins import SignIns

_EPILOG = (
    "Password and code are asked for and not shown; NEXUDUS_PASSWORD and NEXUDUS_TOTP stand in for the answers. What "
    "is kept are tokens, never the password: in the system's keyring (with the extra `keyring`), else in a file that "
    "only you can read. Runs renew them; unused, they end after 15 days."
    "\n\n\b\nExit codes:\n"
    "  0  signed in\n"
    "  2  usage or configuration, also where the sign-in cannot be kept\n"
    "  5  the target does not answer\n"
    "  7  the sign-in was refused, or there is nobody to ask"
)


@click.command(context_settings=opt.CONTEXT, epilog=_EPILOG)
@click.option("--user", metavar="NAME", help="The user's e-mail address.  [default: NEXUDUS_USERNAME, else asked for]")
@click.option(
    "--token",
    is_flag=True,
    allow_from_autoenv=False,
    help="Keep a token that you have, asked for or from standard input.",
)
@opt.base_url_option
@opt.config_options
@opt.output_options
def login(user: str | None, token: bool, **options: Any) -> None:
    """Sign in once, so that runs need no credentials in the environment."""
    from pipeline.cli.console import Console
    from pipeline.remote.sign_ins import default_sign_ins
    from pipeline.remote.urls import checked_base_url

    console = Console(output_options(options))
    base_url, sign_ins = checked_base_url(options["base_url"]), default_sign_ins()
    kept = _kept_token(base_url, sign_ins) if token else _kept_password(user, base_url, sign_ins)
    if options["json"]:
        print_json(kept.as_json())
    elif not options["quiet"]:
        for line in _told(kept):
            console.say(as_typed(line))


def _kept_password(user: str | None, base_url: str, sign_ins: SignIns) -> KeptSignIn:
    from pipeline.operations.sign_in import sign_in

    ask_code = _hidden if _can_ask() else None
    return sign_in(_credentials(user, base_url), base_url, sign_ins, runtime(), ask_code)


def _credentials(user: str | None, base_url: str) -> Credentials:
    from pipeline.remote.credentials import Credentials

    name = user or os.environ.get("NEXUDUS_USERNAME") or _asked(f"User name at {base_url}", hidden=False)
    password = os.environ.get("NEXUDUS_PASSWORD") or _asked(f"Password of {name}", hidden=True)
    return Credentials(username=name, password=password, totp=os.environ.get("NEXUDUS_TOTP"))


def _kept_token(base_url: str, sign_ins: SignIns) -> KeptSignIn:
    from pipeline.operations.sign_in import keep_token

    given = _hidden(f"Token for {base_url}") if _can_ask() else sys.stdin.readline()
    return keep_token(given, base_url, sign_ins)


def _can_ask() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _asked(question: str, *, hidden: bool) -> str:
    if not _can_ask():
        raise SignInError(Code.NOBODY_TO_ASK, f"There is nobody to ask: {question}.", question=question)
    return str(click.prompt(question, hide_input=hidden, err=True))


def _hidden(question: str) -> str:
    return _asked(question, hidden=True)


def _told(kept: KeptSignIn) -> list[str]:
    if not kept.is_renewable:
        return [
            f"The token for {kept.target} is kept in {kept.place}.",
            "It cannot be renewed. `nexudus-import check` says whether it is accepted.",
        ]
    return [
        f"Signed in to {kept.target} as {kept.user}; kept in {kept.place}.",
        "`nexudus-import check FILE` looks at roles, budget and rows; `nexudus-import logout` forgets the sign-in.",
    ]
