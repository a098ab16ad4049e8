"""Why a delivery cannot go on: what the target, or what stands before it, says to a call, as the run's reason to stop.

May import `remote` and `errors`. Must know nothing of rows.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from pipeline.errors import Code, InternalError, SignInError, TargetUnavailable, WrongTarget

if TYPE_CHECKING:
    from pipeline.remote.calls import MissingRole, NotTheEndpoint

_log = logging.getLogger(__name__)


def internal_error(error: Exception) -> InternalError:
    """A mistake in this program, caught where the run can still end in good order."""
    _log.debug("a row ended in a defect", exc_info=error)
    kind = type(error).__name__
    return InternalError(Code.ROW_DEFECT, f"A defect: {kind}: {error}", kind=kind)


def unreachable(message: str) -> TargetUnavailable:
    """The target did not answer, or never read what was sent.

    Args:
        message: What came instead of an answer.
    """
    return TargetUnavailable(Code.TARGET_UNREACHABLE, f"The target cannot be reached ({message}).", reason=message)


def not_the_endpoint(error: NotTheEndpoint) -> WrongTarget:
    """Something other than the endpoint answered: nothing can be said of any row."""
    said = error.result.message
    return WrongTarget(Code.NOT_THE_ENDPOINT, f"What answers is not the endpoint ({said}).", said=said)


def refused_user(error: MissingRole) -> SignInError:
    """The target lets the user do nothing, or not this."""
    said = error.result.message if error.result else "no message"
    code = Code.USER_REFUSED if error.may_be_token else Code.ROLE_MISSING
    return SignInError(code, f"The target refuses {error.user} ({said}).", user=error.user, role=error.role, said=said)
