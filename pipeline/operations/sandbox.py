"""A run's embedded sandbox: a target of its own for as long as the run lasts.

May import `sandbox`; `intake` and `operations.runtime` for their types.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.intake.intake import Intake
    from pipeline.operations.runtime import Runtime

SIGN_IN = {"NEXUDUS_TOKEN": "sandbox-token"}
"""The environment that signs in to a sandbox."""


def embedded_sandbox(intake: Intake, stack: ExitStack, runtime: Runtime) -> tuple[Intake, dict[str, str]]:
    """Starts a sandbox; returns the intake aimed at it and the environment that signs in to it."""
    from pipeline.sandbox.server import SandboxServer

    server = stack.enter_context(SandboxServer())
    # Each embedded sandbox is a world of its own: the ledger must not take its records for those of another.
    config = replace(intake.config, base_url=server.base_url, target_name=f"sandbox:{runtime.letters()}{os.getpid()}")
    return replace(intake, config=config), SIGN_IN
