"""The sandbox's faults from the words of its command line."""

from __future__ import annotations

from typing import Any

from pipeline.sandbox.faults import Faults
from schemas import endpoints
from schemas.endpoint import Scope


def build_faults(limits: str, *, latency: float, **faults: Any) -> Faults:
    """Faults as `nexudus-import sandbox` is asked for them.

    Args:
        limits: `documented` to throttle as the documentation says, or `none`.
        latency: Milliseconds that each call takes.
        **faults: The fields of `Faults` that have the name of their option.
    """
    documented = endpoints()["emailaccounts"].limits
    modifying = tuple((one.calls, one.seconds) for one in documented if one.scope is Scope.MODIFYING)
    return Faults(latency_s=latency / 1000, limits=modifying if limits == "documented" else (), **faults)
