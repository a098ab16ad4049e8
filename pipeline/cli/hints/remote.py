"""What to do next about the target, its address and the sign-in. May import `resuming` and `errors`."""

from __future__ import annotations

from pipeline.cli.hints.resuming import RESUME
from pipeline.errors import Code

_HOW_TO_SIGN_IN = (
    "Sign in with `nexudus-import login`; or set NEXUDUS_TOKEN, NEXUDUS_TOKEN_FILE, or NEXUDUS_USERNAME and "
    "NEXUDUS_PASSWORD; or try `nexudus-import run FILE --sandbox`."
)

HINTS: dict[Code, str | tuple[str, ...]] = {
    # Settings.
    Code.BASE_URL_INVALID: "Try https://spaces.nexudus.com",
    Code.BASE_URL_UNSAFE: "Use https://; plain http is accepted for this machine only.",
    Code.BASE_URL_WITH_PASSWORD: "Credentials go into the environment: see `nexudus-import run --help`.",
    Code.PROXY_INVALID: "Check {variable}.",
    Code.CERTIFICATES_INVALID: "Correct {variable}, or leave it out to trust this machine's certificates.",
    # Signing in.
    Code.HALF_A_SIGN_IN: "Set {lacking} too, or sign in with `nexudus-import login`.",
    Code.NOT_SIGNED_IN: (
        _HOW_TO_SIGN_IN.replace("login`", "login --base-url {base_url}`", 1),
        _HOW_TO_SIGN_IN,
    ),
    Code.AUTH_UNKNOWN: "Leave NEXUDUS_AUTH out for token.",
    Code.TOKEN_INVALID: _HOW_TO_SIGN_IN,
    Code.TOKEN_LATE: f"{RESUME}, with the new token.",
    Code.TOKEN_FILE_EMPTY: _HOW_TO_SIGN_IN,
    Code.TOKEN_FILE_UNREADABLE: "NEXUDUS_TOKEN_FILE holds the path of a file, not the token itself.",
    Code.PASSWORD_WRONG: "Check NEXUDUS_USERNAME and NEXUDUS_PASSWORD.",
    Code.PASSWORD_OUTDATED: "Sign in to the website once, and change it.",
    Code.TOTP_NEEDED: "Set NEXUDUS_TOTP to the current code, or sign in once with `nexudus-import login`.",
    Code.TOTP_WRONG: (
        "Take the code that the authenticator shows now; if it never fits, set the clock of this machine or of the "
        "phone."
    ),
    Code.SIGN_IN_REFUSED: _HOW_TO_SIGN_IN,
    Code.SIGN_IN_UNSUPPORTED: "Check --base-url.",
    Code.SIGN_IN_UNAVAILABLE: "Try again later.",
    Code.SIGN_IN_NO_TOKEN: "Check --base-url: what answers there may be no token endpoint.",
    Code.SIGN_IN_EXPIRED: (
        "Sign in again with `nexudus-import login`; `nexudus-import resume --last` then takes a run up."
    ),
    Code.SIGN_IN_BUSY: "Wait for it, or end it; then try again.",
    Code.SIGN_IN_UNREADABLE: "Delete the file, then sign in again with `nexudus-import login`.",
    Code.SIGN_IN_FOLDER: "Make the folder writable, or give credentials in the environment.",
    Code.KEYRING_STUCK: (
        "Unlock the keyring and try again, or delete the entry nexudus-import in the system's own program."
    ),
    # Why a run stopped early.
    Code.TARGET_SILENT: "Check --base-url and the network, then try again.",
    Code.THROTTLED: "Wait for the quota to renew, then `nexudus-import resume --last`.",
    Code.BUDGET_SPENT: f"{RESUME}, and so does the next `nexudus-import nightly`.",
}
