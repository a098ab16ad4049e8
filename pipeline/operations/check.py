"""Looking before a run whether it would work: the target, the sign-in, the roles, the clock, the budget, the rows.

Sends no row. May import every room below. Must know nothing of Click or of terminals.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from pipeline.errors import (
    Code,
    ConfigurationError,
    ExitCode,
    Fact,
    LedgerUnavailable,
    SignInError,
    TargetUnavailable,
)
from pipeline.ledger.ledger import Ledger
from pipeline.model.counts import agreeing, counted
from pipeline.model.durations import in_words, window_in_words
from pipeline.operations.connection import Connection, Target, signed_in
from pipeline.operations.probes import Probes, RoleState, one_of_the_list
from pipeline.remote.client import Client
from pipeline.remote.clock import TargetClock
from pipeline.remote.credentials import Credentials
from pipeline.remote.estimate import calls_left, finish_time, modifying
from pipeline.remote.session import Session
from pipeline.stop import Stop

if TYPE_CHECKING:
    from pipeline.intake.intake import Intake
    from pipeline.model.config import RunConfig
    from pipeline.remote.responses import CallResult
    from schemas.endpoint import Endpoint

_log = logging.getLogger(__name__)

_SAME_CLOCK_S = 2.0
_STRANGER = "nobody"
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
        code: Which problem or note it is; none where all is well, or nothing was seen.
        facts: What a hint or a program may want.
    """

    name: str
    state: State
    message: str
    code: Code | None = None
    facts: Mapping[str, Fact] = field(default_factory=dict)

    @property
    def exit_code(self) -> ExitCode:
        """What scripts are told if it is a problem."""
        return self.code.exit_code if self.code is not None else ExitCode.OK


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
    made: list[tuple[float, bool]] = []
    found = [*connection.runtime.run(_at_target(connection, config, endpoint, made, asks_all=asks_all)), budget]
    _count(made, connection.ledger, config.target_url(endpoint))
    return [*found, _rows(intake)] if intake is not None else found


def _count(made: list[tuple[float, bool]], location: str, target: str) -> None:
    """Counts calls for the budget; where the ledger cannot be written, what was found is told all the same."""
    try:
        with contextlib.closing(Ledger(location)) as ledger:
            ledger.note_calls(target, made)
    except (LedgerUnavailable, ConfigurationError) as error:
        _log.warning("the calls of this check are not counted: %s", error)


def exit_code(findings: list[Finding]) -> ExitCode:
    """What scripts are told: the code of the first problem."""
    return next((one.exit_code for one in findings if one.state is State.PROBLEM), ExitCode.OK)


# -- the target --------------------------------------------------------------------------------------------------


async def _at_target(
    connection: Connection, config: RunConfig, endpoint: Endpoint, made: list[tuple[float, bool]], *, asks_all: bool
) -> list[Finding]:
    try:
        async with signed_in(connection, config, endpoint) as target:
            probes = Probes(target, Stop(connection.runtime.sleep, connection.runtime.now), made)
            listed = await probes.list()
            problem = _not_there(config.base_url, listed)
            if problem is not None:
                return [problem]
            await probes.others(modifying=asks_all)
            return [*_seen(config.base_url, target, probes), _clock(target)]
    except SignInError as error:
        there = await _answers_strangers(connection, config, endpoint)
        return [there, _problem("sign-in", error.code, error.message, **error.facts)]
    except TargetUnavailable as error:
        return [_problem("target", error.code, error.message, **error.facts)]


async def _answers_strangers(connection: Connection, config: RunConfig, endpoint: Endpoint) -> Finding:
    """Whether the target is there, seen without a sign-in: that it refuses a token is an answer, too."""
    runtime = connection.runtime
    transport = runtime.transport(config.base_url, 1)
    try:
        session = Session(Credentials(token=_STRANGER), config.base_url, transport)
        clock = TargetClock(runtime.now)
        client = Client(transport, config.base_url, endpoint, session, config.timeout_s, clock)
        said = await client.exchange(one_of_the_list(endpoint), _STRANGER)
    finally:
        await transport.aclose()
    return _not_there(config.base_url, said) or _there(config.base_url)


def _there(base_url: str) -> Finding:
    return Finding(name="target", state=State.OK, message=f"{base_url} answers.")


def _not_there(base_url: str, listed: CallResult) -> Finding | None:
    """The problem with a target that does not answer, or not as the endpoint does."""
    if listed.status is None:
        message, reason = f"{base_url} does not answer ({listed.message}).", listed.message
        return _problem("target", Code.TARGET_SILENT, message, url=base_url, reason=reason)
    if Probes.is_elsewhere(listed):
        message = f"What answers at {base_url} is not the endpoint ({listed.message})."
        return _problem("target", Code.TARGET_ELSEWHERE, message, base_url=base_url, said=listed.message)
    return None


def _seen(base_url: str, target: Target, probes: Probes) -> Iterator[Finding]:
    yield _there(base_url)
    if probes.is_refused_everything:
        why = "the token is wrong or has expired, or the user has no role"
        message = f"{base_url} refuses {target.session.user} every call: {why}."
        yield _problem("sign-in", Code.EVERY_CALL_REFUSED, message, user=target.session.user)
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
        roles.read: "to update records that exist and to undo a run need it",
        roles.edit: "to update records that exist needs it",
        roles.delete: "to undo a run needs it",
    }
    for role, purpose in needed_for.items():
        yield _role(role, purpose, probes.states[role], is_vital=role == roles.create)
    if probes.created_id is not None:
        message = f"The target created record {probes.created_id} from an empty object, which it should have refused."
        yield _problem("target", Code.PROBE_CREATED, message, id=probes.created_id)


def _role(role: str, purpose: str, state: RoleState, *, is_vital: bool) -> Finding:
    name = f"role {role}"
    if state is RoleState.THERE:
        return Finding(name=name, state=State.OK, message=f"The user has {role}.")
    if state is RoleState.UNKNOWN:
        return Finding(name=name, state=State.UNKNOWN, message=f"Whether the user has {role} was not seen.")
    lacked = _problem(name, Code.ROLE_LACKED, f"The user lacks {role}: {purpose}.", role=role)
    return lacked if is_vital else replace(lacked, state=State.NOTE)


def _clock(target: Target) -> Finding:
    clock = target.clock
    if not clock.known:
        return Finding(name="clock", state=State.UNKNOWN, message="The target does not tell the time.")
    if not clock.is_plausible:
        message = "The target's clock is more than a day off: rows in doubt could not be settled."
        return _problem("clock", Code.CLOCK_IMPLAUSIBLE, message)
    difference = abs(clock.ahead_s)
    if difference <= _SAME_CLOCK_S:
        return Finding(name="clock", state=State.OK, message="The clocks agree.")
    message = f"The target's clock is {in_words(difference)} {'ahead' if clock.ahead_s > 0 else 'behind'}."
    if difference <= _CODE_LIFE_S:
        return Finding(name="clock", state=State.OK, message=message)
    facts = {"ahead_s": clock.ahead_s}
    return Finding(name="clock", state=State.NOTE, message=message, code=Code.CLOCK_APART, facts=facts)


# -- the budget and the rows -------------------------------------------------------------------------------------


def _budget(connection: Connection, config: RunConfig, endpoint: Endpoint) -> Finding:
    now = connection.runtime.moment()
    with contextlib.closing(Ledger(connection.ledger)) as ledger, ledger.snapshot() as snapshot:
        spent = snapshot.spent(config.target_url(endpoint), config.limits)
    if not modifying(config.limits):
        return Finding(name="budget", state=State.OK, message="No limit is set for calls that change something.")
    left = {limit: calls_left(limit, spent.modifying, now.timestamp()) for limit in modifying(config.limits)}
    told = ", ".join(f"{calls:,} of {limit.calls:,} {window_in_words(limit.seconds)}" for limit, calls in left.items())
    message = f"Left of the calls that change something, as this ledger knows: {told}."
    if all(left.values()):
        return Finding(name="budget", state=State.OK, message=message)
    wait_s = (finish_time(config.limits, spent, 1, now) - now).total_seconds()
    return _problem("budget", Code.BUDGET_EMPTY, message, wait=in_words(wait_s), wait_s=wait_s)


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
    valid = rows - invalid
    message = f"{valid:,} of {counted(rows, 'row')} {agreeing(valid, 'is', 'are')} valid."
    if not invalid:
        return Finding(name="rows", state=State.OK, message=message)
    message = f"{message} The first that is not: {first}."
    return _problem("rows", Code.CHECKED_ROWS_INVALID, message, rows=rows, invalid=invalid)


def _problem(name: str, code: Code, message: str, **facts: Fact) -> Finding:
    return Finding(name=name, state=State.PROBLEM, message=message, code=code, facts=facts)
