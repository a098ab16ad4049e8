"""An import into a target that allows fewer calls than anybody has told: how many it refuses, how much is used."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.comparison import one_turn, say, trouble_with
from benchmarks.contenders import Job, our_run
from benchmarks.files import write_csv
from benchmarks.scale import Scale
from benchmarks.table import markdown
from benchmarks.targets import Verdict
from pipeline.sandbox import Faults, SandboxServer

_ALLOWED = 20
_WINDOW_S = 1.0
_LEARNING_S = 5
_MOST_REFUSED = 0.02
_LEAST_USED = 0.95
_EVERY_S = 0.02
_POST = "POST /api/crm/emailaccounts"


@dataclass(frozen=True, kw_only=True)
class Sample:
    """The target's counts at one moment.

    Attributes:
        at_s: the moment, on any clock.
        posts: creating calls so far.
        refused: how many of them were throttled.
    """

    at_s: float
    posts: int
    refused: int

    @property
    def let_through(self) -> int:
        """Creating calls that were not throttled."""
        return self.posts - self.refused


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How an import went under a limit.

    Attributes:
        refused: throttled calls in all.
        refused_share: of the calls after the first seconds, how many were throttled; None if there were none.
        used_share: the rate of the calls that were let through after the first seconds, to the rate allowed; None if
            there were none.
    """

    refused: int
    refused_share: float | None
    used_share: float | None


def pace(samples: Sequence[Sample], rate: float) -> Pace:
    """Reads the pace from counts over time.

    Args:
        samples: in order; at least one with a call.
        rate: so many calls a second are allowed.
    """
    begun = next(sample for sample in samples if sample.posts)
    learned = next((sample for sample in samples if sample.at_s >= begun.at_s + _LEARNING_S), samples[-1])
    later = samples[-1].posts - learned.posts
    return Pace(
        refused=samples[-1].refused,
        refused_share=(samples[-1].refused - learned.refused) / later if later else None,
        used_share=_used(samples, learned, rate),
    )


def _used(samples: Sequence[Sample], learned: Sample, rate: float) -> float | None:
    """Counted between moments at which a call was let through, so that the end does not distort it."""
    last = next(sample for sample in samples if sample.let_through == samples[-1].let_through)
    first = next((sample for sample in samples if sample.let_through > learned.let_through), last)
    later, took_s = last.let_through - first.let_through, last.at_s - first.at_s
    return later / took_s / rate if later else None


def throttling_section(scale: Scale, folder: Path) -> tuple[str, list[Verdict]]:
    """The table of one import under a limit that is not known, and its verdicts."""
    rows = scale.throttled_rows
    title = f"{rows} rows, the server allows {_ALLOWED}/s and nobody told us"
    say(title)
    with SandboxServer(faults=Faults(limits=((_ALLOWED, _WINDOW_S),))) as target, _sampled(target) as samples:
        source = write_csv(folder / f"rows-{rows}.csv", rows)
        job = Job(source=source, folder=folder, rows=rows, base_url=target.base_url, in_flight=25)
        trouble = trouble_with(our_run(), one_turn(our_run(), job, scale.limit_s, None), scale.limit_s)
    if trouble or not any(sample.posts for sample in samples):
        return f"### {title}\n\n{trouble}\n", [Verdict(work=title, words="2 %, 95 %", reached=trouble, met=None)]
    found = pace(samples, _ALLOWED / _WINDOW_S)
    return f"### {title}\n\n{_table(found, samples[-1])}\n", _verdicts(title, found)


@contextmanager
def _sampled(target: SandboxServer) -> Iterator[list[Sample]]:
    samples: list[Sample] = []
    over = threading.Event()

    def watch() -> None:
        while not over.wait(_EVERY_S):
            counts = target.calls[_POST], target.injected["over_limit"]
            samples.append(Sample(at_s=time.monotonic(), posts=counts[0], refused=counts[1]))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield samples
    finally:
        over.set()
        thread.join()


def _table(found: Pace, last: Sample) -> str:
    header = [
        "creating calls",
        "throttled",
        f"throttled after {_LEARNING_S} s",
        f"of the rate used after {_LEARNING_S} s",
    ]
    return markdown(
        header, [[str(last.posts), str(found.refused), _percent(found.refused_share), _percent(found.used_share)]]
    )


def _verdicts(title: str, found: Pace) -> list[Verdict]:
    refused, used = found.refused_share, found.used_share
    return [
        Verdict(
            work=title,
            words=f"at most 2 % of the calls throttled after the first {_LEARNING_S} s",
            reached=_percent(refused),
            met=None if refused is None else refused <= _MOST_REFUSED,
        ),
        Verdict(
            work=title,
            words=f"95 % of the rate used after the first {_LEARNING_S} s",
            reached=_percent(used),
            met=None if used is None else used >= _LEAST_USED,
        ),
    ]


def _percent(share: float | None) -> str:
    return "no call to judge by" if share is None else f"{share:.1%}"
