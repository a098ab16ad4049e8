"""Looking before a run whether it would work: the target, the sign-in, the roles, the clock, the budget, the rows.

Sends no row. May import every room below. Must know nothing of Click or of terminals.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from pipeline.errors import ExitCode, SignInError, TargetUnavailable
from pipeline.ledger.ledger import Ledger
from pipeline.model.durations import in_words
from pipeline.operations.connection import Connection, Target, signed_in
from pipeline.operations.probes import Probes, RoleState
from pipeline.remote.estimate import calls_left
from pipeline.stop import Stop
from schemas.endpoint import RateLimit, Scope

if TYPE_CHECKING:
    from pipeline.intake.intake import Intake
    from pipeline.model.config import RunConfig
    from pipeline.remote.responses import CallResult
    from schemas.endpoint import Endpoint

_SAME_CLOCK_S = 2.0
_CODE_LIFE_S = 30.0
"""A code of an authenticator changes so often."""


class State(StrEnum):
    """What was found of one thing."""

    OK = "ok"
    NOTE = "note"
    PROBLEM = "problem"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        name: What it is.
        state: How it stands; only a problem keeps a run from working.
        message: What was found.
        advice: What to do about it.
        exit_code: What scripts are told if it is a problem.
    """

    name: str
    state: State
    message: str
    advice: str = ""
    exit_code: ExitCode = ExitCode.OK

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        return {"Name": self.name, "State": self.state.value, "Message": self.message, "Advice": self.advice}


def check(
    connection: Connection, config: RunConfig, endpoint: Endpoint, intake: Intake | None, *, read_only: bool
) -> list[Finding]:
    """Looks at everything that a run needs; no row is sent.

    Args:
        connection: How the target and the ledger are reached.
        config: The target.
        endpoint: What is called there.
        intake: The rows, if there are any to look at.
        read_only: Make no call but those that read.

    Raises:
        ConfigurationError: The credentials or the ledger cannot be read.
        SourceError: There is no row.
    """
    budget = _budget(connection, config, endpoint)
    asks_all = not read_only and budget.state is not State.PROBLEM
    found = [*asyncio.run(_at_target(connection, config, endpoint, asks_all=asks_all)), budget]
    return [*found, _rows(intake)] if intake is not None else found


def exit_code(findings: list[Finding]) -> ExitCode:
    """What scripts are told: the code of the first problem."""
    return next((one.exit_code for one in findings if one.state is State.PROBLEM), ExitCode.OK)


# -- the target --------------------------------------------------------------------------------------------------


async def _at_target(connection: Connection, config: RunConfig, endpoint: Endpoint, *, asks_all: bool) -> list[Finding]:
    try:
        async with signed_in(connection, config, endpoint) as target:
            probes = Probes(target, Stop(connection.runtime.sleep))
            listed = await probes.list()
            problem = _not_there(config.base_url, listed)
            if problem is not None:
                return [problem]
            await probes.others(modifying=asks_all)
            return [*_seen(config.base_url, target, probes), _clock(target)]
    except SignInError as error:
        return [_problem("sign-in", error.message, error.advice, ExitCode.SIGN_IN)]
    except TargetUnavailable as error:
        return [_problem("target", error.message, error.advice, ExitCode.STOPPED)]


def _not_there(base_url: str, listed: CallResult) -> Finding | None:
    """The problem with a target that does not answer, or not as the endpoint does."""
    if listed.status is None:
        advice = "Check --base-url and the network, then try again."
        return _problem("target", f"{base_url} does not answer ({listed.message}).", advice, ExitCode.STOPPED)
    if Probes.is_elsewhere(listed):
        advice = "Check --base-url, and what stands between here and there."
        message = f"What answers at {base_url} is not the endpoint ({listed.message})."
        return _problem("target", message, advice, ExitCode.STOPPED)
    return None


def _seen(base_url: str, target: Target, probes: Probes) -> Iterator[Finding]:
    yield Finding(name="target", state=State.OK, message=f"{base_url} answers.")
    if probes.is_refused_everything:
        message = f"{base_url} refuses {target.session.user} every call: the token is wrong or has expired, or no role."
        advice = "Sign in again with `nexudus-import login`; else have the user given EmailAccount roles."
        yield _problem("sign-in", message, advice, ExitCode.SIGN_IN)
        return
    if probes.is_let_in:
        yield Finding(name="sign-in", state=State.OK, message=f"Signed in as {target.session.user}.")
    else:
        message = "Whether the sign-in is accepted was not seen: no call that was made was let in."
        yield Finding(name="sign-in", state=State.UNKNOWN, message=message)
    yield from _roles(target.endpoint, probes)


def _roles(endpoint: Endpoint, probes: Probes) -> Iterator[Finding]:
    roles = endpoint.roles
    needed_for = {
        roles.create: "rows cannot be created without it",
        roles.list: "without it records that exist already are not found, and lost answers cannot be settled",
        roles.read: "`--existing update` and `undo` need it",
        roles.edit: "`--existing update` needs it",
        roles.delete: "`undo` needs it",
    }
    for role, purpose in needed_for.items():
        yield _role(role, purpose, probes.states[role], is_vital=role == roles.create)
    if probes.created_id is not None:
        message = f"The target created record {probes.created_id} from an empty object, which it should have refused."
        yield _problem("target", message, "Delete that record there, and use --read-only.", ExitCode.STOPPED)


def _role(role: str, purpose: str, state: RoleState, *, is_vital: bool) -> Finding:
    name = f"role {role}"
    if state is RoleState.THERE:
        return Finding(name=name, state=State.OK, message=f"The user has {role}.")
    if state is RoleState.UNKNOWN:
        return Finding(name=name, state=State.UNKNOWN, message=f"Whether the user has {role} was not seen.")
    message, advice = f"The user lacks {role}: {purpose}.", "Have it given by an administrator of the account."
    if is_vital:
        return _problem(name, message, advice, ExitCode.SIGN_IN)
    return Finding(name=name, state=State.NOTE, message=message, advice=advice)


def _clock(target: Target) -> Finding:
    clock = target.clock
    if not clock.known:
        return Finding(name="clock", state=State.UNKNOWN, message="The target does not tell the time.")
    if not clock.is_plausible:
        message = "The target's clock is more than a day off: rows in doubt could not be settled."
        return _problem("clock", message, "Set the clock of this machine, if it is the wrong one.", ExitCode.STOPPED)
    difference = abs(clock.ahead_s)
    if difference <= _SAME_CLOCK_S:
        return Finding(name="clock", state=State.OK, message="The clocks agree.")
    message = f"The target's clock is {in_words(difference)} {'ahead' if clock.ahead_s > 0 else 'behind'}."
    if difference <= _CODE_LIFE_S:
        return Finding(name="clock", state=State.OK, message=message)
    advice = "Runs cope with that; an authenticator's codes from this machine may be refused. Set its clock."
    return Finding(name="clock", state=State.NOTE, message=message, advice=advice)


# -- the budget and the rows -------------------------------------------------------------------------------------


def _budget(connection: Connection, config: RunConfig, endpoint: Endpoint) -> Finding:
    limits = [limit for limit in config.limits if limit.scope is Scope.MODIFYING]
    now = connection.runtime.now()
    with contextlib.closing(Ledger(connection.ledger)) as ledger, ledger.snapshot() as snapshot:
        spent = snapshot.modifying_calls(config.target_url(endpoint), config.limits)
    told = ", ".join(f"{calls_left(limit, spent, now):,} of {limit.calls:,} in {_window(limit)}" for limit in limits)
    message = f"Left of the calls that change something, as this ledger knows: {told}."
    empty = [limit for limit in limits if not calls_left(limit, spent, now)]
    if not empty:
        return Finding(name="budget", state=State.OK, message=message)
    wait = max(sorted(spent)[-limit.calls] + limit.seconds - now for limit in empty)
    advice = f"The next call is due in {in_words(wait)}; a run waits by itself, unless --on-quota is stop."
    return _problem("budget", message, advice, ExitCode.STOPPED)


def _window(limit: RateLimit) -> str:
    return {60.0: "a minute", 3_600.0: "an hour", 86_400.0: "a day"}.get(limit.seconds, in_words(limit.seconds))


def _rows(intake: Intake) -> Finding:
    intake.demand_rows()
    rows = invalid = 0
    first = ""
    with contextlib.closing(intake.checked()) as batches:
        for batch in batches:
            rows += len(batch.rows)
            invalid += len(batch.errors)
            if batch.errors and not first:
                position = min(batch.errors)
                label = intake.sources[batch.source - 1].source.label
                first = f"{label}, row {batch.rows[position]}: {'; '.join(map(str, batch.errors[position]))}"
    message = f"{rows - invalid:,} of {rows:,} rows are valid."
    if not invalid:
        return Finding(name="rows", state=State.OK, message=message)
    advice = "`nexudus-import validate` with the same file and options lists everything."
    return _problem("rows", f"{message} The first that is not: {first}.", advice, ExitCode.ROWS_REFUSED)


def _problem(name: str, message: str, advice: str, code: ExitCode) -> Finding:
    return Finding(name=name, state=State.PROBLEM, message=message, advice=advice, exit_code=code)
