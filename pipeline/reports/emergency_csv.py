"""`emergency.csv`: how rows ended, written while a run is at work, for the day on which its ledger is lost.

It is there only while the run is at work, and stays only where the ledger that would tell the same has gone.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Self

from pipeline.private_files import make_private_folder
from pipeline.reports.base import CsvFile

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.model.rows import Outcome, Record
    from pipeline.model.runs import Run

_log = logging.getLogger(__name__)
_NAME, _HIDDEN = "emergency.csv", ".emergency.csv"


class EmergencyCsv:
    """A line for each answer of the target, in the order in which they came; as a context, gone at its end.

    Args:
        run: The run at work.
        key: The fields of the endpoint's key.
    """

    def __init__(self, run: Run, key: tuple[str, ...]) -> None:
        self._run = run
        self._key = key
        self._file: CsvFile | None = None
        self._failed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()
        (self._run.report_dir / _HIDDEN).unlink(missing_ok=True)  # also what a killed process has left

    def note(self, record: Record, outcome: Outcome) -> None:
        """Takes an end down, before the ledger does. A file that cannot be written ends nothing: the ledger counts."""
        if self._failed:
            return
        try:
            file = self._file or self._open()
            source = self._run.label_of(record.ref.source)
            message = (outcome.response or {}).get("Message") or outcome.reason
            place = [record.ref.row, source, outcome.status.value, outcome.remote_id]
            file.write([*place, *record.key.values, message])
        except OSError as error:
            self._failed = True
            _log.warning("%s cannot be written (%s).", self._run.report_dir / _NAME, error.strerror or error)

    def _open(self) -> CsvFile:
        make_private_folder(self._run.report_dir)
        header = ["Row", "Source", "Status", "Id", *self._key, "Message"]
        self._file = CsvFile(self._run.report_dir / _HIDDEN, header)
        return self._file

    def keep(self) -> Path | None:
        """Keeps the file, for a person to read; `None` where there is nothing in it."""
        if not self._close():
            return None
        path = self._run.report_dir / _NAME
        try:
            return (self._run.report_dir / _HIDDEN).replace(path)
        except OSError as error:
            _log.warning("%s cannot be written (%s).", path, error.strerror or error)
            return None

    def _close(self) -> bool:
        if self._file is None:
            return False
        file, self._file = self._file, None
        try:
            file.close()
        except OSError as error:  # a full disk: what was flushed before is there
            _log.warning("%s is not complete (%s).", self._run.report_dir / _NAME, error.strerror or error)
        return True
