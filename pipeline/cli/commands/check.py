"""`nexudus-import check`: whether a run would work, without sending a row."""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli import options as opt
from pipeline.cli import run_config
from pipeline.cli.context import CREDENTIALS, connection_from, output_options
from pipeline.cli.hints import coded, hint_for
from pipeline.cli.printing import print_json, print_text
from pipeline.intake.kept import forget_copies
from pipeline.intake.stdin import kept_standard_input
from schemas import endpoints

if TYPE_CHECKING:
    from pipeline.intake.intake import Intake
    from pipeline.model.config import RunConfig
    from pipeline.operations.check import Finding

_EPILOG = (
    "\b\nExit codes:\n"
    "  0  a run would work\n"
    "  2  usage or configuration\n"
    "  3  a row of the file is not valid\n"
    "  5  the target does not answer, or the budget is spent\n"
    "  6  the file cannot be read\n"
    "  7  not signed in, or the role to create is missing"
)


@click.command(context_settings=opt.CONTEXT, epilog=f"{CREDENTIALS}\n\n{_EPILOG}")
@click.argument("source", metavar="[SOURCE]", required=False)
@click.option("--read-only", is_flag=True, help="Make only calls that read; leaves the roles to change things unknown.")
@opt.reading_options
@opt.base_url_option
@opt.limits_options
@opt.timeout_option
@opt.ledger_option
@opt.config_options
@opt.output_options
def check(source: str | None, read_only: bool, **options: Any) -> None:
    """Look whether a run would work: target, sign-in, roles, clock, budget, rows. No row is sent.

    Roles are seen from calls that nothing can come of: an empty object to create or change, the record 0 to read or
    delete.
    """
    from pipeline.cli.console import Console
    from pipeline.operations.check import check, exit_code

    console = Console(output_options(options))
    sources = [source] if source is not None else []
    with ExitStack() as stack:
        config = _config(options, sources)
        intake = _intake(sources, config, stack, options)
        # Who is not signed in is told so in its place among the other findings.
        reached = connection_from({**options, "base_url": None}, console, dict(os.environ))
        found = check(reached, config, endpoints()[config.endpoint], intake, read_only=read_only)
        if intake is not None:
            forget_copies([one.source for one in intake.sources])
    _show(found, options, int(exit_code(found)))
    raise click.exceptions.Exit(int(exit_code(found)))


def _config(options: dict[str, Any], sources: list[str]) -> RunConfig:
    from pipeline.remote.urls import checked_base_url

    reading = {name: value for name, value in options.items() if name != "base_url"}
    config = run_config.build_run_config(reading, sources)
    return replace(
        config,
        base_url=checked_base_url(options["base_url"]),
        limits=run_config.limits_of(options),
        timeout_s=options["timeout"],
    )


def _intake(sources: list[str], config: RunConfig, stack: ExitStack, options: dict[str, Any]) -> Intake | None:
    if not sources:
        return None
    from pipeline.cli.sheets import can_answer, open_sources
    from pipeline.intake.sources import find_sources

    paths = stack.enter_context(kept_standard_input(sources))
    return open_sources(find_sources(sources, paths), config, ask=can_answer(options))


def _show(found: list[Finding], options: dict[str, Any], code: int) -> None:
    from pipeline.operations.check import State

    if options["json"]:
        print_json({"Checks": [_as_json(one) for one in found], "ExitCode": code})
        return
    for one in found:
        is_problem = one.state is State.PROBLEM
        if is_problem or not options["quiet"]:
            hint = hint_for(one.code, one.facts)
            below = f"\n{'':9}{hint}" if hint else ""
            print_text(f"{one.state.value:<9}{one.message}{below}", err=options["quiet"])


def _as_json(one: Finding) -> dict[str, Any]:
    told = {"Name": one.name, "State": one.state.value, "Message": one.message}
    return {**told, **coded(one.code, one.facts)}
