"""The lines of the table: which jobs are compared, among which tools, and what ours is to reach in each."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from benchmarks import peers
from benchmarks.comparison import Comparison
from benchmarks.contenders import Contender, our_help, our_run, our_validate
from benchmarks.files import write_csv, write_workbook
from benchmarks.scale import Scale
from benchmarks.servers import fixed_reply, slow_reply
from benchmarks.targets import Growth, Quantity, Target

_RUN, _VALIDATE = our_run(), our_validate()
_IN_FLIGHT = 32
_SLOW_IN_FLIGHT = 25
_DELAY_S = 0.02
_BAD_EVERY = 100
_LONG_PATIENCE = 5
_MEMORY_MB = 500
_FINGERPRINT_BYTES = 16


def instant(scale: Scale, folder: Path) -> Comparison:
    """A server that answers at once, and everybody who can send."""
    work = f"{scale.rows:,} rows, a server that answers at once, {_IN_FLIGHT} in flight"
    return Comparison(
        title=work,
        source=write_csv(folder / f"rows-{scale.rows}.csv", scale.rows),
        rows=scale.rows,
        contenders=[_RUN, *peers.senders()],
        serving=partial(fixed_reply, folder / "nginx"),
        in_flight=_IN_FLIGHT,
        targets=[
            _faster(work, 12, peers.SCRIPT),
            Target(work=work, words="no slower than k6", ours=_RUN.name, limit=1, others=peers.K6, unit=" of its time"),
        ],
    )


def many(scale: Scale, folder: Path) -> Comparison:
    """Five times as many rows, against the fastest peer."""
    work = f"{scale.many_rows:,} rows, the same"
    wall = Target(
        work=work,
        words="at most 0.75 of k6's wall time",
        ours=_RUN.name,
        limit=0.75,
        others=peers.K6,
        unit=" of its time",
    )
    memory = [
        Target(
            work=work,
            words=f"a tenth of the memory of {name}",
            ours=_RUN.name,
            limit=0.1,
            quantity=Quantity.MEMORY,
            others=(name,),
            unit=" of it",
        )
        for name in peers.K6
    ]
    return Comparison(
        title=work,
        source=write_csv(folder / f"rows-{scale.many_rows}.csv", scale.many_rows),
        rows=scale.many_rows,
        contenders=[_RUN, *(one for one in peers.senders() if one.name in peers.K6)],
        serving=partial(fixed_reply, folder / "nginx-many"),
        in_flight=_IN_FLIGHT,
        targets=[wall, *memory],
    )


def slow(scale: Scale, folder: Path) -> Comparison:
    """A server that takes as long as a real one may, so that nobody can be faster than its floor."""
    floor_s = scale.rows / _SLOW_IN_FLIGHT * _DELAY_S
    work = f"{scale.rows:,} rows at {_DELAY_S * 1000:.0f} ms, {_SLOW_IN_FLIGHT} in flight"
    target = Target(
        work=work,
        words=f"at most 1.08 times the floor of {floor_s:.1f} s, the whole process",
        ours=_RUN.name,
        limit=1.08,
        base=floor_s,
        unit=" times the floor",
    )
    return Comparison(
        title=work,
        source=write_csv(folder / f"rows-{scale.rows}.csv", scale.rows),
        rows=scale.rows,
        contenders=[_RUN, *peers.senders()],
        serving=partial(slow_reply, _DELAY_S),
        in_flight=_SLOW_IN_FLIGHT,
        targets=[target],
    )


def validate(scale: Scale, folder: Path) -> Comparison:
    """The check of a long file, with reports for ours and without for the others."""
    ours = our_validate(code=3)
    work = f"validate {scale.validated_rows:,} rows, 1 % of them bad"
    return Comparison(
        title=work,
        source=write_csv(folder / f"bad-{scale.validated_rows}.csv", scale.validated_rows, _BAD_EVERY),
        rows=scale.validated_rows,
        contenders=[ours, *peers.checkers()],
        targets=[_faster(work, 1.7, peers.PYDANTIC, ours.name, " without reports")],
        note="Ours writes all its reports, the others write none.",
    )


def workbook(scale: Scale, folder: Path) -> Comparison:
    """The check of a workbook, beside those that only read it."""
    work = f"validate a workbook of {scale.workbook_rows:,} rows"
    return Comparison(
        title=work,
        source=write_workbook(folder / f"rows-{scale.workbook_rows}.xlsx", scale.workbook_rows),
        rows=scale.workbook_rows,
        contenders=[_VALIDATE, *peers.readers()],
        targets=[_faster(work, 4, peers.OPENPYXL, _VALIDATE.name, " reads it")],
        note="The others read every cell and do nothing with it.",
    )


def again(scale: Scale, folder: Path) -> Comparison:
    """A file whose every row the ledger knows as created."""
    ledger = ("--ledger", folder / "known.db")
    run = our_run(*ledger, name="nexudus-import run, all rows known")
    work = f"{scale.many_rows:,} known rows again"
    target = Target(
        work=work,
        words="under 2.5 times the time of `validate` on the same file",
        ours=run.name,
        limit=2.5,
        others=(_VALIDATE.name,),
        unit=" times its time",
    )
    return Comparison(
        title=work,
        source=write_csv(folder / f"rows-{scale.many_rows}.csv", scale.many_rows),
        rows=scale.many_rows,
        contenders=[run, _VALIDATE],
        serving=partial(fixed_reply, folder / "nginx-again"),
        before=our_run(*ledger, name="the run that makes them known"),
        targets=[target],
    )


def start(_: Scale, folder: Path) -> Comparison:
    """What is there before the first row."""
    ours = [our_run(name="nexudus-import run, 2 rows"), our_validate(), our_help()]
    target = Target(work="--help", words="at most 0.15 s", ours=our_help().name, limit=0.15, unit=" s")
    return Comparison(
        title="Start-up: 2 rows",
        source=write_csv(folder / "rows-2.csv", 2),
        rows=2,
        contenders=ours,
        serving=partial(fixed_reply, folder / "nginx-start"),
        targets=[target],
        has_ratios=False,
    )


def long_validate(scale: Scale, folder: Path) -> Comparison:
    """The check of a very long file, for its memory, and of a tenth of it, for how memory grows."""
    work = f"validate {scale.long_rows:,} rows"
    tenth_rows = scale.long_rows // 10
    tenth = our_validate("--limit", tenth_rows, name=f"{_VALIDATE.name}, the first {tenth_rows:,}")
    growth = Growth(
        work=work,
        words=f"grows by {_FINGERPRINT_BYTES} bytes a row at most",
        ours=_VALIDATE.name,
        shorter=tenth.name,
        rows=scale.long_rows - tenth_rows,
        limit_bytes=_FINGERPRINT_BYTES,
    )
    return Comparison(
        title=work,
        source=write_csv(folder / "long.csv", scale.long_rows),
        rows=scale.long_rows,
        contenders=[replace(_VALIDATE, at_most=1), replace(tenth, at_most=1)],
        targets=[_bounded(work, _VALIDATE), growth],
        has_ratios=False,
        patience=_LONG_PATIENCE,
    )


def long_run(scale: Scale, folder: Path) -> Comparison:
    """A very long import, for its memory."""
    work = f"run of {scale.validated_rows:,} rows, a server that answers at once"
    return Comparison(
        title=work,
        source=write_csv(folder / f"rows-{scale.validated_rows}.csv", scale.validated_rows),
        rows=scale.validated_rows,
        contenders=[replace(_RUN, at_most=1)],
        serving=partial(fixed_reply, folder / "nginx-long"),
        targets=[_bounded(work, _RUN)],
        has_ratios=False,
        patience=_LONG_PATIENCE,
    )


def _faster(work: str, times: float, peer: str, ours: str = _RUN.name, what: str = "") -> Target:
    words = f"at least {times:g} times as fast as {peer}{what}"
    return Target(work=work, words=words, ours=ours, limit=1 / times, others=(peer,), as_speed=True)


def _bounded(work: str, ours: Contender) -> Target:
    return Target(
        work=work,
        words="peak memory under 500 MB",
        ours=ours.name,
        limit=_MEMORY_MB,
        quantity=Quantity.MEMORY,
        unit=" MB",
    )


Work = Callable[[Scale, Path], Comparison]
WORKS: dict[str, Work] = {
    "instant": instant,
    "many": many,
    "slow": slow,
    "validate": validate,
    "workbook": workbook,
    "again": again,
    "start": start,
}
LONG_WORKS: dict[str, Work] = {"long-validate": long_validate, "long-run": long_run}
