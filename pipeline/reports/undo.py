"""`undo.json` and `undo.csv`: what became of each record of a run that was undone."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.errors import Code, ConfigurationError
from pipeline.model.undo import UndoOutcome
from pipeline.private_files import make_private_folder, open_private
from pipeline.reports.base import CsvFile
from pipeline.reports.json_list import JsonList

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.model.rows import RowResult
    from pipeline.model.runs import Run


@dataclass(frozen=True, kw_only=True)
class UndoEntry:
    """What became of one record.

    Attributes:
        end: The row that had created or changed it.
        undone: deleted, gone, restored, kept, refused, or left where nothing was done about it yet.
        reason: Why that, where it needs a word.
    """

    end: RowResult
    undone: str
    reason: str | None


def write_undo_reports(run: Run, entries: Iterable[UndoEntry], *, key: tuple[str, ...], dry_run: bool) -> list[Path]:
    """Writes both files into the run's folder.

    Args:
        run: The run that was undone.
        entries: Its records, in the order of its sources.
        key: The fields of the endpoint's key.
        dry_run: Whether the entries say what would become of the records.

    Raises:
        ConfigurationError: The folder cannot be written.
    """
    try:
        make_private_folder(run.report_dir)
        return _write(run, entries, key, dry_run)
    except OSError as error:
        reason = str(error.strerror or error)
        message = f"The reports cannot be written to {run.report_dir} ({reason})."
        facts = {"run_id": run.run_id, "folder": str(run.report_dir), "reason": reason}
        raise ConfigurationError(Code.UNDO_REPORTS_NOT_WRITTEN, message, **facts) from error


def _told(undone: str, dry_run: bool) -> str:
    """What became of a record, in words: nobody may take a trial for what was done."""
    return undone if undone == "left" else UndoOutcome(undone).told(dry_run=dry_run)


def _write(run: Run, entries: Iterable[UndoEntry], key: tuple[str, ...], dry_run: bool) -> list[Path]:
    records, counts = JsonList(), Counter[str]()
    table = CsvFile(run.report_dir / "undo.csv", ["Row", "Source", "Id", *key, "Undone", "Reason"])
    for entry in entries:
        end = entry.end
        source = run.label_of(end.ref.source)
        values = end.key.named(key) if end.key else {}
        place = {"Row": end.ref.row, "Source": source, "Id": end.remote_id}
        records.add({**place, "Key": values, "Undone": entry.undone, "Reason": entry.reason})
        table.write([*place.values(), *values.values(), _told(entry.undone, dry_run), entry.reason])
        counts[entry.undone] += 1
    table.close()
    path = run.report_dir / "undo.json"
    head = {"Run": run.as_json(), "DryRun": dry_run, "Summary": {k.title(): n for k, n in sorted(counts.items())}}
    with open_private(path, "utf-8") as stream:
        stream.write(json.dumps(head, ensure_ascii=False, indent=1).removesuffix("\n}") + ',\n "Records": [')
        records.pour_into(stream)
        stream.write("]\n}\n")
    return [table.path, path]
