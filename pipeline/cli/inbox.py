"""What `run --done-dir` and `nightly` have in common: an inbox from options, and what became of its files.

May import `cli` modules other than `main` and `commands`. Policy is in `operations.inbox` and `operations.nightly`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NoReturn

import click

from pipeline.cli import run_config
from pipeline.cli.aftermath import note
from pipeline.cli.context import connection_from, ledger_location, output_options, print_error
from pipeline.cli.hints import error_object, explained, in_a_line
from pipeline.cli.printing import print_json
from pipeline.cli.runtime import runtime
from pipeline.operations.ending import Failure

if TYPE_CHECKING:
    from pipeline.cli.console import Console
    from pipeline.errors import ExitCode, ImportFailure
    from pipeline.operations.inbox import Taken
    from pipeline.operations.inbox_files import FilesFound, Inbox
    from pipeline.operations.nightly import OpenRuns


def take_inbox(places: Sequence[str], options: dict[str, Any], *, resume_first: bool = False) -> NoReturn:
    """Takes each file that is ready as a run of its own; ends the command.

    Args:
        places: Folders, patterns and files.
        options: The command's.
        resume_first: Whether runs that are open are taken up before.
    """
    from pipeline.cli.console import Console
    from pipeline.operations.inbox import note_start, worst
    from pipeline.operations.nightly import OpenRuns, look_back
    from schemas import endpoints

    inbox = _inbox(places, options)
    config = run_config.build_run_config(options, places)
    console = Console(output_options(options))
    found = inbox.look(runtime().now())
    opened = look_back(inbox, ledger_location(options), config.base_url) if resume_first else OpenRuns()
    _say_abandoned(opened)
    if found.ready or opened.resumable:
        taken = _work(inbox, options, console, config.base_url if resume_first else None)
    else:
        taken = _idle(console, inbox, found)
    code = worst([one.exit_code for one in taken])
    note_start(ledger_location(options), config.target_url(endpoints()[config.endpoint]), code, runtime().now())
    _finish(options, taken, code)


def _inbox(places: Sequence[str], options: dict[str, Any]) -> Inbox:
    from pipeline.operations.inbox_files import Inbox, default_done_dir

    if "-" in places:
        raise click.UsageError("Standard input is no inbox: name a folder, a pattern or files.")
    if options["sandbox"]:
        message = "Files of an inbox are taken away for good: try one with `nexudus-import run FILE --sandbox`."
        raise click.UsageError(message)
    if options["dry_run"]:
        raise click.UsageError("--dry-run shows one import: name its files, without --done-dir.")
    if options.get("rehearse"):
        raise click.UsageError("--rehearse plays one import: name its files, without --done-dir.")
    inbox = Inbox(
        places=tuple(places),
        done_dir=options["done_dir"] or default_done_dir(places[0]),
        unchanged_s=options["unchanged_for"],
    )
    if (folder := inbox.own_folder_among()) is not None:
        message = f"Files are taken to {folder}, which is the inbox itself: name another folder with --done-dir."
        raise click.UsageError(message)
    return inbox


def _work(inbox: Inbox, options: dict[str, Any], console: Console, resume_at: str | None) -> list[Taken]:
    """Takes what is there; with the URL of a target, after its open runs."""
    from pipeline.operations.inbox import InboxTaker, alone
    from pipeline.operations.new_run import ReportDir
    from pipeline.operations.nightly import nightly

    taker = InboxTaker(
        inbox=inbox,
        configure=lambda label: run_config.build_run_config(options, [label]),
        report_dir=ReportDir(parent=options["report_dir"] or inbox.done_dir / "reports"),
        connection=connection_from(options, console, dict(os.environ)),
        explain=explained,
    )
    with alone(inbox, taker.connection, wait=options["lock"] == "wait"):
        work = nightly(taker, resume_at) if resume_at is not None else taker.take()
        return [_shown(one, console, options) for one in work]


def _idle(console: Console, inbox: Inbox, found: FilesFound) -> list[Taken]:
    from pipeline.operations.inbox import left_alone

    left = left_alone(found)
    for one in left:
        if one.failure is not None:
            print_error(_named(one, explained(one.failure)))
    told = [f"{one.label}: left, since {one.left_because}" for one in left if one.failure is None]
    console.say("; ".join([f"There is nothing to do in {', '.join(inbox.places)}", *told]) + ".")
    return left


def _say_abandoned(opened: OpenRuns) -> None:
    """Says it in a quiet log, too: nobody goes on with them by itself."""
    for run in opened.abandoned:
        files = ", ".join(source.label for source in run.run.sources)
        print_error(
            f"Run {run.run.run_id} is open and not taken up: {files} is no longer in the inbox as that run read it. "
            f"`nexudus-import resume {run.run.run_id} --source FILE` goes on with the file as it was."
        )


def _shown(taken: Taken, console: Console, options: dict[str, Any]) -> Taken:
    """Tells at once how a file ended."""
    if options["json"]:
        return taken
    if options["quiet"]:
        _say_trouble(taken, console)
        return taken
    if taken.result is not None:
        console.result(taken.result)
    if taken.failure is not None:
        print_error(_named(taken, explained(taken.failure)))
    if taken.is_empty:
        console.say(f"{taken.label} has a header and no row: there is nothing to do.")
    if taken.left_because is not None:
        console.say(f"{taken.label}: left, since {taken.left_because}.")
    if taken.moved_to is not None:
        console.say(f"{taken.label} is now {taken.moved_to}.")
    return taken


def _say_trouble(taken: Taken, console: Console) -> None:
    """One line for a run that did not end well, and one for a file that could not be imported, with where it is."""
    if taken.result is not None:
        console.result(taken.result)
    if taken.failure is not None:
        where = f" {taken.label} is now {taken.moved_to}." if taken.moved_to is not None else ""
        print_error(f"{_named(taken, in_a_line(taken.failure))}{where}")


def _told(taken: Taken, failure: ImportFailure) -> Failure:
    """Its failure for others, who do not see which file it was of."""
    named = {"Error": _named(taken, failure.message)}
    return Failure(words=_named(taken, explained(failure)), as_json=error_object(failure) | named)


def _named(taken: Taken, text: str) -> str:
    return text if text.startswith(taken.label) else f"{taken.label}: {text}"


def _finish(options: dict[str, Any], taken: Sequence[Taken], code: ExitCode) -> NoReturn:
    failures = [_told(one, one.failure) for one in taken if one.failure is not None]
    note([one.result for one in taken if one.result is not None], failures)
    if options["json"]:
        print_json({"Taken": [_as_json(one) for one in taken], "ExitCode": int(code)})
    raise click.exceptions.Exit(int(code))


def _as_json(taken: Taken) -> dict[str, Any]:
    from pipeline.cli.summary import result_json

    failure = taken.failure
    return {
        "Name": taken.label,
        "MovedTo": str(taken.moved_to) if taken.moved_to is not None else None,
        "LeftBecause": taken.left_because,
        "IsEmpty": taken.is_empty,
        "Result": result_json(taken.result) if taken.result is not None else None,
        "Failure": error_object(failure) if failure is not None else None,
        "ExitCode": int(taken.exit_code),
    }
