"""Several commands for one job, taking turns, so that what slows the machine for a while slows them all."""

import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks.contenders import Contender, Job, environment_of
from benchmarks.measure import Measured, measure, median
from benchmarks.scale import Scale
from benchmarks.servers import Server
from benchmarks.targets import Growth, Target

Serving = Callable[[], AbstractContextManager[Server]]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One table.

    Attributes:
        title: what is done.
        source: the file that all read.
        rows: how many rows it has.
        contenders: ours first; the others' ratios are to it.
        targets: what ours is to reach.
        serving: the server, started anew for this table; None where nothing is sent.
        in_flight: how many calls at a time.
        before: a command that is called once, first, and not measured.
        has_ratios: whether the contenders do the same, so that ratios mean something.
        patience: how many times as long as usual a command may take.
        note: a line below the table.
    """

    title: str
    source: Path
    rows: int
    contenders: Sequence[Contender]
    targets: Sequence[Target | Growth] = ()
    serving: Serving | None = None
    in_flight: int = 32
    before: Contender | None = None
    has_ratios: bool = True
    patience: float = 1
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Compared:
    """What a comparison came to.

    Attributes:
        medians: by the contender's name, of those that did what was asked.
        troubles: by the contender's name, why the others have no figures.
    """

    medians: Mapping[str, Measured] = field(default_factory=dict)
    troubles: Mapping[str, str] = field(default_factory=dict)


class NotPreparedError(Exception):
    """What has to be done before anything is measured did not work."""


def compare(comparison: Comparison, scale: Scale) -> Compared:
    """Measures all contenders in turn, round after round; one that fails takes no further turn.

    Raises:
        NotPreparedError: What has to come first did not work.
    """
    with server_of(comparison) as server:
        job = job_of(comparison, server)
        limit_s = scale.limit_s * comparison.patience
        _prepare(comparison, job, limit_s)
        return played(comparison, scale.rounds, lambda contender: one_turn(contender, job, limit_s, server), limit_s)


def played(comparison: Comparison, rounds: int, play: Callable[[Contender], Measured], limit_s: float) -> Compared:
    """Lets all contenders take their turns.

    Args:
        comparison: whose contenders these are.
        rounds: how many turns each may take.
        play: one turn of one contender.
        limit_s: what a turn may take, for the words of one that took longer.
    """
    troubles = {one.name: one.missing for one in comparison.contenders if one.missing}
    taken: dict[str, list[Measured]] = {}
    for number, contender in _turns(comparison, rounds):
        if contender.name not in troubles:
            say(f"{comparison.title}: {contender.name}, round {number}")
            measured = play(contender)
            trouble = trouble_with(contender, measured, limit_s)
            troubles |= {contender.name: trouble} if trouble else {}
            taken.setdefault(contender.name, []).append(measured)
    medians = {name: median(all_of) for name, all_of in taken.items() if name not in troubles}
    return Compared(medians=medians, troubles=troubles)


def _turns(comparison: Comparison, rounds: int) -> Iterator[tuple[int, Contender]]:
    for number in range(1, rounds + 1):
        for contender in comparison.contenders:
            if number <= (contender.at_most or rounds):
                yield number, contender


def one_turn(contender: Contender, job: Job, limit_s: float, server: Server | None) -> Measured:
    """One measurement in a folder that is empty before and gone after."""
    asked = server.requests() if server else 0
    with fresh_folder(job.folder) as folder:
        alone = replace(job, folder=folder)
        measured = measure(contender.argv(alone), environment_of(alone), folder, limit_s)
    return replace(measured, requests=server.requests() - asked) if server else measured


def trouble_with(contender: Contender, measured: Measured, limit_s: float) -> str:
    """Why a measurement does not count, or nothing."""
    if measured.code is None:
        return f"not done after {limit_s:.0f} s, and ended then"
    if measured.code not in contender.codes:
        return f"{_ended(measured.code)}: {measured.said}"
    return ""


def _ended(code: int) -> str:
    """An exit code in words; a negative one is the signal that ended the process."""
    return f"exit code {code}" if code >= 0 else f"ended by {signal.Signals(-code).name}"


def _prepare(comparison: Comparison, job: Job, limit_s: float) -> None:
    if comparison.before:
        say(f"{comparison.title}: first, {comparison.before.name}")
        trouble = trouble_with(comparison.before, one_turn(comparison.before, job, limit_s, None), limit_s)
        if trouble:
            raise NotPreparedError(f"{comparison.before.name}: {trouble}")


@contextmanager
def server_of(comparison: Comparison) -> Iterator[Server | None]:
    """The server of a comparison, for as long as it is needed; None where nothing is sent."""
    if comparison.serving is None:
        yield None
        return
    with comparison.serving() as server:
        yield server


def job_of(comparison: Comparison, server: Server | None) -> Job:
    """What each command is to do."""
    return Job(
        source=comparison.source,
        folder=comparison.source.parent,
        rows=comparison.rows,
        base_url=server.base_url if server else "",
        in_flight=comparison.in_flight,
    )


@contextmanager
def fresh_folder(parent: Path) -> Iterator[Path]:
    """An empty folder for one command."""
    folder = Path(tempfile.mkdtemp(dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def say(words: str) -> None:
    """Tells whoever waits what is going on; the result itself goes to standard output."""
    sys.stderr.write(f"{words}\n")
