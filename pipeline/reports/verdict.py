"""What a run came to, in one sentence, and what the person can do now, with the command that does it.

May import `reports.base`, `reports.settings`, `pipeline.errors` and `pipeline.model`.
"""

from __future__ import annotations

import glob
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import Code, ExitCode
from pipeline.model.counts import agreeing, counted
from pipeline.model.rows import Status
from pipeline.model.runs import RunStatus
from pipeline.reports.base import REFUSED, as_typed
from pipeline.reports.rejected import file_name
from pipeline.reports.settings import reading_options_of

if TYPE_CHECKING:
    from pipeline.model.runs import Summary
    from pipeline.reports.base import Conclusion, ReportContext

_IN_PLACE = (Status.CREATED, Status.UPDATED, Status.SKIPPED)


@dataclass(frozen=True, kw_only=True)
class Step:
    """Something to do now.

    Attributes:
        text: What.
        command: What to type, if anything.
    """

    text: str
    command: str | None = None


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a run came to.

    Attributes:
        tone: A class of the style sheet: good, attention or stopped.
        sentence: All of it in one sentence.
        reason: Why it stopped early, where that is known.
        steps: What to do now, most pressing first.
    """

    tone: str
    sentence: str
    reason: str | None
    steps: tuple[Step, ...]


def verdict_on(context: ReportContext, conclusion: Conclusion) -> Verdict:
    """What a run came to."""
    summary = conclusion.summary
    if context.is_check:
        tone, sentence = _checked(summary)
        return Verdict(tone=tone, sentence=sentence, reason=None, steps=tuple(_steps_when_checked(summary)))
    tone, sentence = _ran(conclusion) if not _all_or_nothing(context) else _sent_nothing(conclusion.summary)
    steps = tuple(_steps(context, conclusion))
    reason = context.stopped_because.message if context.stopped_because is not None else None
    return Verdict(tone=tone, sentence=sentence, reason=reason, steps=steps)


def _checked(summary: Summary) -> tuple[str, str]:
    invalid = summary.count(Status.INVALID)
    if not invalid:
        return "good", f"Valid: {counted(summary.rows_read, 'row')}, all of them. Nothing was sent."
    return "attention", f"Invalid: {invalid:,} of {counted(summary.rows_read, 'row')}. Nothing was sent."


def _all_or_nothing(context: ReportContext) -> bool:
    """Whether nothing was sent since rows are invalid (`--require-valid`): then nothing of the run can be resumed."""
    return context.stopped_because is not None and context.stopped_because.code is Code.ROWS_INVALID


def _sent_nothing(summary: Summary) -> tuple[str, str]:
    invalid = summary.count(Status.INVALID)
    verb = agreeing(invalid, "is", "are")
    return "stopped", f"Nothing was sent: {invalid:,} of {counted(summary.rows_read, 'row')} {verb} invalid."


def _ran(conclusion: Conclusion) -> tuple[str, str]:
    summary = conclusion.summary
    of = f"of {counted(summary.rows_read, 'row')}"
    in_place = sum(summary.count(status) for status in _IN_PLACE)
    refused = sum(summary.count(status) for status in REFUSED)
    if conclusion.run.status is not RunStatus.COMPLETED or summary.count(Status.UNPROCESSED):
        waiting = summary.count(Status.UNPROCESSED)
        how = "Not finished" if conclusion.run.status is RunStatus.RUNNING else "Stopped early"
        doubts = summary.count(Status.IN_DOUBT)
        others = (
            (waiting, agreeing(waiting, "waits for its turn", "wait for their turn")),
            (doubts, f"{agreeing(doubts, 'is', 'are')} in doubt"),
            (refused, "did not make it"),
        )
        told = [_are_in_place(in_place, of), *(f"{number:,} {what}" for number, what in others if number)]
        return "stopped", f"{how}: {', '.join(told)}."
    if doubts := summary.count(Status.IN_DOUBT):
        rest = f"; {refused:,} did not make it" if refused else ""
        return "attention", f"In doubt: {doubts:,} {of} may or may not exist at the target{rest}."
    if refused:
        return "attention", f"To fix: {refused:,} {of} did not make it; {_are_in_place(in_place)}."
    return "good", f"Done: {counted(summary.rows_read, 'row')} in place."


def _are_in_place(number: int, of: str = "") -> str:
    return " ".join(filter(None, (f"{number:,}", of, agreeing(number, "is", "are"), "in place")))


def _steps_when_checked(summary: Summary) -> Iterator[Step]:
    if summary.count(Status.INVALID):
        yield Step(text="Correct what stands below in the source and check it again; `run` would leave these rows out.")
    else:
        yield Step(text="Give the same sources and options to `nexudus-import run`.")


def _sign_in_first(context: ReportContext) -> Iterator[Step]:
    """What taking up a run needs before, if the target refused its user."""
    reason = context.stopped_because
    if reason is None or reason.exit_code is not ExitCode.SIGN_IN:
        return
    if reason.code is Code.ROLE_MISSING:
        yield Step(text=f"Have the user given the role {reason.facts['role']}.")
        return
    url = context.config.base_url
    command = as_typed(["nexudus-import", "login", *(["--base-url", url] if url else [])])
    yield Step(text="Set NEXUDUS_TOKEN to a token that holds, or sign in again:", command=command)


def _rejected_files(context: ReportContext) -> list[str]:
    """The names of the files with refused rows; those of several sources are told by one pattern for each kind."""
    names = {file_name(context, source.number) for source in context.run.sources}
    return sorted({re.sub("-[0-9]+", "-*", name) for name in names})


def _steps(context: ReportContext, conclusion: Conclusion) -> Iterator[Step]:
    run, summary = conclusion.run, conclusion.summary
    is_gone = run.target.startswith("sandbox:")
    if _all_or_nothing(context):
        yield Step(text="Correct the source, and import all of it again; or leave --require-valid out.")
        return
    is_open = run.status is not RunStatus.COMPLETED or summary.count(Status.UNPROCESSED)
    if is_open and not is_gone:
        yield from _sign_in_first(context)
        text = "Take the run up where it stopped, unless a process is still at work on it:"
        yield Step(text=text, command=context.command("resume", run.run_id))
    if summary.count(Status.IN_DOUBT) and not is_gone:
        which = "that are in doubt even then" if is_open else "in doubt"
        yield Step(text=f"Settle the rows {which}; how stands with them below.")
    if any(summary.count(status) for status in REFUSED):
        names = _rejected_files(context)
        told = names[0] if names in (["rejected.csv"], ["rejected.xlsx"]) else f"each {' and '.join(names)}"
        text = (
            f"Correct the rows in {told} beside this page (its last column says why), then give it to run, with what "
            "else of the settings at the end of this page is not as usual:"
        )
        url = context.config.base_url
        target = ["--sandbox"] if is_gone else ["--base-url", url] if url else []
        folder = str(context.folder.absolute())
        files = [str(Path(glob.escape(folder) if "*" in name else folder) / name) for name in names]
        words = ["run", *files, *target, *reading_options_of(context.config)]
        yield Step(text=text, command=context.command(*words))
