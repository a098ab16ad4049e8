"""What to do next where rows could not be sent. May import `resuming` and `errors`."""

from __future__ import annotations

from pipeline.cli.hints.resuming import RESUME
from pipeline.errors import Code

HINTS: dict[Code, str | tuple[str, ...]] = {
    # The program itself.
    Code.ROW_DEFECT: (
        "Please report it: --verbose logs the traceback. Nothing is lost: `nexudus-import resume --last`."
    ),
    # Signing in.
    Code.USER_REFUSED: (
        "The token is wrong or has expired, or the user lacks the role {role}: renew NEXUDUS_TOKEN, sign in again with "
        f"`nexudus-import login`, or have the role given; then {RESUME}."
    ),
    Code.ROLE_MISSING: f"The user lacks the role {{role}}. Have it given; then {RESUME}.",
    # Why a run stopped early.
    Code.TARGET_UNREACHABLE: f"{RESUME} when it is back.",
    Code.NOT_THE_ENDPOINT: f"Check --base-url, and what stands between here and there; then {RESUME}.",
    Code.LISTING_UNREADABLE: f"Try again later: {RESUME}; a new run with --existing ignore does without.",
    Code.ROWS_UNANSWERED: f"{RESUME}.",
    Code.ROWS_REFUSED_ALIKE: (
        "Correct the cause, then `nexudus-import resume --last --retry rejected` sends these rows again and goes on. "
        "--stop-after 0 stops for no number of refusals."
    ),
    Code.TOO_MANY_ERRORS: (
        "See the report; `nexudus-import resume --last --max-errors 100%` goes on from here, however many there are."
    ),
}
