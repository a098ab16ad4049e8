"""`run --rehearse`: an import played to its end at once, to see when its rows would be sent.

The rows, the limits, what is spent of them and what earlier runs have created are the real ones, and so is every part
of delivery; time is virtual, and the target is a sandbox in this process. Ledger and reports are temporary.
May import `sandbox`, `operations.run` and all rooms below. Must know nothing of Click or of terminals.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import Code, ConfigurationError, ExitCode, stopped_json
from pipeline.ledger.ledger import Ledger
from pipeline.model.config import Existing
from pipeline.model.rows import Status
from pipeline.operations.new_run import ReportDir
from pipeline.operations.run import importing
from pipeline.operations.sandbox import SIGN_IN
from pipeline.operations.virtual_time import VirtualTime
from pipeline.remote.credentials import from_environment
from pipeline.remote.estimate import LONG_WAIT_S, Sitting
from pipeline.sandbox.accounts import DEFAULT_USERS, Tokens
from pipeline.sandbox.api import Sandbox
from pipeline.sandbox.faults import Fault, FaultPlan, Faults
from pipeline.sandbox.in_process import InProcessTransport
from pipeline.sandbox.store import Store
from schemas.endpoint import Scope

if TYPE_CHECKING:
    from pipeline.intake.intake import Intake
    from pipeline.model.config import RunConfig
    from pipeline.model.rows import RowResult
    from pipeline.model.runs import Run
    from pipeline.model.standing import Standing
    from pipeline.operations.connection import Connection
    from pipeline.operations.observer import Observer, Preview
    from pipeline.operations.result import Result
    from pipeline.operations.survey import Survey

ANSWER_TIME_S = 0.2
"""How long the target is taken to need for an answer; only without tight limits does it matter."""

_FIRST_ID = 10**15  # beyond those of any target: they must not be taken for records that earlier runs have created
_RUN_ID = "rehearsal"


@dataclass(frozen=True, kw_only=True)
class Rehearsal:
    """How an import would go.

    Attributes:
        result: How it would end; its reports are gone.
        survey: What is known of its rows.
        target: Where they would go.
        begin: When it would begin: now.
        end: When it would end.
        calendar: When rows would be created.
        throttled: Calls that the target would refuse, since they came too early; none is what is to be expected.
    """

    result: Result
    survey: Survey
    target: str
    begin: datetime
    end: datetime
    calendar: Sequence[Sitting]
    throttled: int

    @property
    def exit_code(self) -> ExitCode:
        """What the import would tell scripts."""
        return self.result.exit_code

    def as_json(self) -> dict[str, Any]:
        """For scripts; moments are of the local zone, with its offset."""
        result, reason = self.result, self.result.reason
        return {
            "Rehearsal": True,
            "Target": self.target,
            "BeginsAt": _iso(self.begin),
            "EndsAt": _iso(self.end),
            "Calendar": [{"From": _iso(s.begin), "To": _iso(s.end), "Rows": s.calls} for s in self.calendar],
            "Summary": result.summary.as_json(),
            "Throttled": self.throttled,
            "Notices": [{"Source": label, "Code": n.code, "Message": n.message} for label, n in self.survey.notices],
            **(result.problems.as_json() if result.problems else {}),
            "Warnings": [problem.as_json() for problem in self.survey.warnings.shown],
            **stopped_json(reason),
            "ExitCode": int(self.exit_code),
        }


def rehearse(intake: Intake, connection: Connection) -> Rehearsal:
    """Plays an import. Nothing is sent to its target or written into its ledger, and nobody is asked.

    Args:
        intake: The sources.
        connection: The ledger that knows what is spent and created, who is told, and when the sitting ends.

    Raises:
        SourceError: There is no row.
        ConfigurationError: The ledger cannot be read, or existing records would be changed.
    """
    config = intake.config
    if config.existing is Existing.UPDATE:
        message = "Which records would be changed cannot be rehearsed: the target alone knows them."
        raise ConfigurationError(Code.CHANGES_UNREHEARSED, message)
    clock = VirtualTime(connection.runtime.now())
    begin = clock.moment()
    calendar = _Calendar(connection.observer, clock)
    sandbox = _sandbox(config, clock)
    with _temporary_ledger() as (folder, ledger):
        _remember(connection.ledger, ledger, intake, sandbox)
        played = importing(intake, ReportDir(folder=folder / "reports"), _played(connection, calendar, sandbox), ledger)
        result = played.result()
    if played.survey is None:
        raise ValueError("a new run has a survey")
    return Rehearsal(
        result=replace(result, reports=()),
        survey=played.survey,
        target=config.target_name or config.base_url,
        begin=begin,
        end=clock.moment(),
        calendar=calendar.sittings,
        throttled=sandbox.injected[Fault.OVER_LIMIT.value],
    )


@contextlib.contextmanager
def _temporary_ledger() -> Iterator[tuple[Path, Ledger]]:
    with (
        tempfile.TemporaryDirectory(prefix="nexudus-import-") as name,
        contextlib.closing(Ledger(str(Path(name) / "ledger.db"), durable=False)) as ledger,
    ):
        yield Path(name), ledger


def _sandbox(config: RunConfig, clock: VirtualTime) -> Sandbox:
    """A target that keeps to the limits which the import expects of it."""
    faults = Faults(
        latency_s=min(ANSWER_TIME_S, config.timeout_s / 2),
        limits=tuple((limit.calls, limit.seconds) for limit in config.limits if limit.scope is Scope.MODIFYING),
    )
    return Sandbox(
        store=Store(now=clock.moment, first_id=_FIRST_ID),
        tokens=Tokens(DEFAULT_USERS, now=clock.moment),
        plan=FaultPlan(faults),
        now=clock.moment,
    )


def _played(connection: Connection, calendar: _Calendar, sandbox: Sandbox) -> Connection:
    runtime = replace(
        connection.runtime,
        now=calendar.clock.now,
        run=calendar.clock.run,
        open_transport=lambda _base_url, _connections: InProcessTransport(sandbox),
        handle_signals=False,
    )
    return replace(connection, credentials=from_environment(SIGN_IN), sign_ins=None, observer=calendar, runtime=runtime)


def _remember(location: str, ledger: Ledger, intake: Intake, sandbox: Sandbox) -> None:
    """Lets ledger and sandbox know what the real ones know: which calls were made, and what was created."""
    if not Ledger.is_there(location):
        return
    config = intake.config
    target = config.target_url(intake.endpoint)
    with contextlib.closing(Ledger(location)) as original, original.connection() as connection:
        ledger.take_excerpt(connection, target, _keys(intake))
    with ledger.snapshot() as snapshot:
        for moment in sorted(snapshot.spent(target, config.limits).modifying):
            sandbox.plan.over_limit(moment)


def _keys(intake: Intake) -> Iterator[list[str]]:
    for batch in intake.checked():
        yield [key.folded for key in batch.keys if key is not None]


def _iso(moment: datetime) -> str:
    return moment.astimezone().isoformat(timespec="seconds")


@dataclass
class _Calendar:
    """Notes when rows are created, and lets somebody follow.

    Attributes:
        inner: Who follows.
        clock: The time that is played.
        sittings: When rows were created so far.
    """

    inner: Observer
    clock: VirtualTime
    sittings: list[Sitting] = field(default_factory=list)
    asks = False
    previews = False
    follows_rows = False

    def looking(self, _told: str) -> None:
        """Of no interest: nothing is looked up before."""

    def confirm(self, _preview: Preview) -> bool:
        """Nobody is asked."""
        return True

    def begin(self, run: Run, total: int | None) -> None:
        self.inner.begin(replace(run, run_id=_RUN_ID), total)

    def read(self, rows: int, settled: int) -> None:
        self.inner.read(rows, settled)

    def row_ended(self, result: RowResult) -> None:
        if result.status is Status.CREATED:
            self._note(self.clock.moment())
        self.inner.row_ended(result)

    def stands(self, _standing: Standing) -> None:
        """Of no interest: days are over at once."""

    def interrupted(self) -> None:
        self.inner.interrupted()

    def finish(self) -> None:
        self.inner.finish()

    def _note(self, moment: datetime) -> None:
        last = self.sittings[-1] if self.sittings else None
        if last is None or (moment - last.end).total_seconds() > LONG_WAIT_S:
            self.sittings.append(Sitting(begin=moment, end=moment, calls=1))
        else:
            self.sittings[-1] = replace(last, end=moment, calls=last.calls + 1)
