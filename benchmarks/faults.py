"""What each tool loses or doubles while the target fails; the truth is what the target holds in the end."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import peers
from benchmarks.comparison import one_turn, say
from benchmarks.contenders import Contender, Job, our_run
from benchmarks.files import row, write_csv
from benchmarks.measure import Measured
from benchmarks.scale import Scale
from benchmarks.table import markdown, seconds, shortened
from benchmarks.targets import Verdict
from pipeline.sandbox import Faults, SandboxServer

_LATENCY_S = 0.02
_IN_FLIGHT = 25
_LONGEST_S = 120
_NOTE = "csv2http sends every cell as text, which the endpoint refuses: to it, all rows are lost, and it ends with 0.\n"
_SEED = 12
_SETS = {
    "no faults": Faults(latency_s=_LATENCY_S),
    "2 % of the answers are lost after the record was created": Faults(
        latency_s=_LATENCY_S, lose_answers=0.02, seed=_SEED
    ),
    "2 % of the calls are answered 500, and create nothing": Faults(latency_s=_LATENCY_S, errors=0.02, seed=_SEED),
    "5 % of the calls are throttled (409, Retry-After: 1)": Faults(latency_s=_LATENCY_S, throttle=0.05, seed=_SEED),
}


@dataclass(frozen=True, kw_only=True)
class Harm:
    """What became of the rows.

    Attributes:
        lost: rows without a record.
        doubled: records beyond the first of a row.
    """

    lost: int
    doubled: int


def harm(addresses: Iterable[str], expected: Iterable[str]) -> Harm:
    """Compares the e-mail addresses at the target, one for each record, with those that were to be created."""
    there = Counter(addresses)
    lost = sum(1 for address in expected if not there[address])
    return Harm(lost=lost, doubled=there.total() - len(there))


def fault_section(scale: Scale, folder: Path) -> tuple[str, list[Verdict]]:
    """A table for each set of faults, and whether ours lost or doubled anything."""
    source = write_csv(folder / f"rows-{scale.faulty_rows}.csv", scale.faulty_rows)
    job = Job(source=source, folder=folder, rows=scale.faulty_rows, in_flight=_IN_FLIGHT)
    contenders = [our_run(), *(one for one in peers.senders() if one.name != peers.K6[1])]
    parts, verdicts = [f"### {scale.faulty_rows:,} rows into a target that fails, {_IN_FLIGHT} in flight\n"], []
    for words, faults in _SETS.items():
        ends = {
            one.name: _end(one, faults, job, min(scale.limit_s, _LONGEST_S)) for one in contenders if not one.missing
        }
        parts.append(f"{words[0].upper()}{words[1:]}:\n\n{_table(contenders, ends)}\n")
        verdicts.append(_verdict(words, ends[contenders[0].name][1]))
    return "\n".join([*parts, _NOTE]), verdicts


def _end(contender: Contender, faults: Faults, job: Job, limit_s: float) -> tuple[Measured, Harm]:
    say(f"faults: {contender.name}")
    with SandboxServer(faults=faults) as target:
        served = Job(
            source=job.source, folder=job.folder, rows=job.rows, base_url=target.base_url, in_flight=_IN_FLIGHT
        )
        measured = one_turn(contender, served, limit_s, None)
        there = [str(record["EmailAddress"]) for record in target.store.records()]
    return measured, harm(there, (str(row(number)[2]) for number in range(job.rows)))


def _table(contenders: Sequence[Contender], ends: Mapping[str, tuple[Measured, Harm]]) -> str:
    rows = [_line(one, *ends[one.name]) for one in contenders if one.name in ends]
    rows += [[one.name, shortened(one.missing), "", "", ""] for one in contenders if one.missing]
    return markdown(["tool", "exit code", "lost", "doubled", "wall"], rows)


def _line(contender: Contender, measured: Measured, found: Harm) -> list[str]:
    ended = "none: it hung, and was ended" if measured.code is None else str(measured.code)
    return [contender.name, ended, str(found.lost), str(found.doubled), seconds(measured.wall_s)]


def _verdict(words: str, found: Harm) -> Verdict:
    return Verdict(
        work=words,
        words="nothing lost, nothing doubled",
        reached=f"{found.lost} lost, {found.doubled} doubled",
        met=not (found.lost or found.doubled),
    )
