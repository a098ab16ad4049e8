"""`nexudus-import nightly`: the one line of a schedule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from pipeline.cli import options as opt
from pipeline.cli.aftermath import tells_others
from pipeline.cli.context import CREDENTIALS, EXIT_CODES
from pipeline.cli.inbox import take_inbox

if TYPE_CHECKING:
    from collections.abc import Sequence

_IMPLIED = {"yes": True, "on_quota": "stop", "no_progress": True}


@click.command(context_settings=opt.CONTEXT, epilog=f"{CREDENTIALS}\n\n{EXIT_CODES}")
@click.argument("inboxes", metavar="INBOX...", nargs=-1, required=True)
@opt.reading_options
@opt.sending_options
@opt.inbox_options
@opt.report_dir_option
@opt.engine_options
@opt.sitting_options
@opt.ledger_option
@opt.yes_option
@opt.config_options
@opt.output_options
@tells_others
def nightly(inboxes: Sequence[str], **options: Any) -> None:
    """Resume what is open, then take the inbox: the one line of a schedule.

    INBOX is a folder, a pattern or a file. Implies --yes, --on-quota stop and --no-progress. Finished files go to
    `done` in the inbox, or to --done-dir; the exit code is the most severe of all.
    """
    take_inbox(inboxes, options | _IMPLIED, resume_first=True)
