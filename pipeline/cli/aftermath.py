"""What happens after a command: people, a dead man's switch, a program and a metrics file are told how it ended.

May import `hints`, `options`, `operations.ending` and, when asked for, the rest of `operations`. Nothing here changes
an exit code.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.hints import error_object, in_a_line
from pipeline.cli.options import F, combined
from pipeline.cli.runtime import runtime
from pipeline.errors import Code, ConfigurationError, ExitCode, ImportFailure, InternalError, Interrupted
from pipeline.operations.ending import Ending, Failure

if TYPE_CHECKING:
    from pipeline.operations.result import Result

_NOTED = "nexudus_import.noted"

_options = combined(
    click.option(
        "--notify",
        metavar="URL",
        multiple=True,
        help="Tell people how it ended, through Apprise: mail, Slack, Teams, a webhook; repeatable.",
    ),
    click.option(
        "--notify-on",
        type=click.Choice(["trouble", "success", "always"]),
        default="trouble",
        show_default=True,
        help="When they are told; trouble is any exit code but 0.",
    ),
    click.option("--heartbeat", metavar="URL", help="A dead man's switch: URL/start, then URL or URL/fail."),
    click.option("--on-finish", metavar="CMD", help="Start a program that gets the result as JSON on its stdin."),
    click.option(
        "--metrics-file",
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="FILE",
        help="Write how it ended as Prometheus text.",
    ),
)


def note(results: Sequence[Result], failures: Sequence[Failure] = ()) -> None:
    """Keeps what a command has come to, for those who are told at its end."""
    context = click.get_current_context()
    context.meta[_NOTED] = (list(results), list(failures))


def told(error: ImportFailure) -> Failure:
    """What people and programs are told of an error."""
    return Failure(words=in_a_line(error), as_json=error_object(error))


def tells_others(command: F) -> F:
    """Gives a command the options by which others are told how it ended."""

    @wraps(command)
    def followed(
        *args: Any,
        notify: Sequence[str],
        notify_on: str,
        heartbeat: str | None,
        on_finish: str | None,
        metrics_file: Path | None,
        **options: Any,
    ) -> Any:
        is_trial = options.get("rehearse") or options.get("dry_run")  # nothing is imported: there is nothing to tell
        if is_trial or not (notify or heartbeat or on_finish or metrics_file):
            return command(*args, **options)
        others = _Others(notify, notify_on, heartbeat, on_finish, metrics_file)
        return others.follow(lambda: command(*args, **options))

    return _options(followed)  # type: ignore[return-value]  # the command as Click calls it


class _Others:
    """Those who are told. Whatever they are told by is looked at before anything is sent."""

    def __init__(
        self,
        notify: Sequence[str],
        notify_on: str,
        heartbeat: str | None,
        on_finish: str | None,
        metrics_file: Path | None,
    ) -> None:
        from pipeline.operations.metrics import MetricsFile
        from pipeline.operations.notify import Heartbeat, Notifier, NotifyOn
        from pipeline.operations.on_finish import OnFinish

        self._now = runtime().now
        self._started_at = self._now()
        self._heartbeat = Heartbeat(heartbeat) if heartbeat else None
        self._on_finish = OnFinish(on_finish) if on_finish else None
        told: list[Any] = [self._heartbeat, Notifier(notify, NotifyOn(notify_on)) if notify else None]
        told.append(MetricsFile(metrics_file) if metrics_file else None)
        self._told = [one for one in told if one is not None]

    def follow(self, work: Callable[[], Any]) -> Any:
        """Lets a command work, and tells the others however it ends."""
        if self._heartbeat is not None:
            self._heartbeat.begin()
        code: ExitCode = ExitCode.OK
        why: ImportFailure | None = None
        try:
            return work()
        except click.exceptions.Exit as end:
            code = ExitCode(end.exit_code)
            raise
        except (Exception, KeyboardInterrupt) as error:
            why = _as_failure(error)
            code = why.exit_code
            raise
        finally:
            self._tell(code, why)

    def _tell(self, code: ExitCode, why: ImportFailure | None) -> None:
        ending = self._ending(code, why)
        for one in self._told:
            one.tell(ending)
        if self._on_finish is not None:
            self._on_finish.tell(_as_json(ending))

    def _ending(self, code: ExitCode, why: ImportFailure | None) -> Ending:
        results, failures = click.get_current_context().meta.get(_NOTED, ([], []))
        return Ending(
            exit_code=code,
            results=results,
            failures=[*failures, *([told(why)] if why is not None else [])],
            started_at=self._started_at,
            ended_at=self._now(),
        )


def _as_failure(error: BaseException) -> ImportFailure:
    """Whatever ends a command, as one of our own; of a defect its kind alone, since its words may hold a row's data."""
    if isinstance(error, ImportFailure):
        return error
    if isinstance(error, click.ClickException):
        return ConfigurationError(Code.USAGE, error.format_message())
    if isinstance(error, KeyboardInterrupt | click.Abort):
        return Interrupted(Code.INTERRUPTED, "Stopped by hand.")
    kind = type(error).__name__
    return InternalError(Code.DEFECT, f"A defect in nexudus-import: {kind}.", kind=kind)


def _as_json(ending: Ending) -> dict[str, Any]:
    from pipeline.cli.summary import result_json

    return {
        "ExitCode": int(ending.exit_code),
        "Results": [result_json(result) for result in ending.results],
        "Failures": [failure.as_json for failure in ending.failures],
    }
