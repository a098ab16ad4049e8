"""The world around a command: as it is, or as whoever calls the root command gives it, as its `obj`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pipeline.operations.runtime import Runtime


def runtime() -> Runtime:
    """Time, sleep, chance and the network for the command that is at work."""
    from pipeline.operations.runtime import Runtime

    return click.get_current_context().find_object(Runtime) or Runtime()
