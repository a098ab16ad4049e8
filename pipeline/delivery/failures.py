"""Why a delivery cannot go on: what the target, or what stands before it, says to a call, as the run's reason to stop.

May import `remote` and `errors`. Must know nothing of rows.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from pipeline.errors import InternalError, SignInError, TargetUnavailable, WrongTarget

if TYPE_CHECKING:
    from pipeline.remote.calls import MissingRole, NotTheEndpoint

_log = logging.getLogger(__name__)

RESUME = "`nexudus-import resume --last` goes on from here"


def internal_error(error: Exception) -> InternalError:
    """A mistake in this program, caught where the run can still end in good order."""
    _log.debug("a row ended in a defect", exc_info=error)
    advice = "Please report it: --verbose logs the traceback. Nothing is lost: `nexudus-import resume --last`."
    return InternalError(f"A defect: {type(error).__name__}: {error}", advice=advice)


def unreachable(message: str) -> TargetUnavailable:
    """The target did not answer, or never read what was sent.

    Args:
        message: What came instead of an answer.
    """
    return TargetUnavailable(f"The target cannot be reached ({message}).", advice=f"{RESUME} when it is back.")


def not_the_endpoint(error: NotTheEndpoint) -> WrongTarget:
    """Something other than the endpoint answered: nothing can be said of any row."""
    message = f"What answers is not the endpoint ({error.result.message})."
    return WrongTarget(message, advice=f"Check --base-url, and what stands between here and there; then {RESUME}.")


def refused_user(error: MissingRole, user: str) -> SignInError:
    """The target lets the user do nothing, or not this."""
    said = error.result.message if error.result else "no message"
    if error.has_worked:
        advice = f"The user lacks the role {error.role}. Have it given, then resume the run."
    else:
        advice = f"The token is wrong or has expired, or the user lacks the role {error.role}. Then resume the run."
    return SignInError(f"The target refuses {user} ({said}).", advice=advice)
