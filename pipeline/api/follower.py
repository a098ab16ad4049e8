"""The observer that hands on rows: asks nothing, prints nothing. May import `model` and `operations.observer`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pipeline.model.rows import RowRef, RowResult, Status

if TYPE_CHECKING:
    from pipeline.model.runs import Run
    from pipeline.model.standing import Standing
    from pipeline.operations.observer import Preview


class Follower:
    """Tells each row of a run once.

    Args:
        tell: Told of each row, in the thread that runs it.

    Attributes:
        asks: Nobody is asked.
        previews: Nobody is told before, either.
        follows_rows: Invalid and skipped rows are wanted, too.
        has_begun: Whether there is a run, which could be resumed.
    """

    asks: bool = False
    previews: bool = False
    follows_rows: bool = True
    has_begun: bool = False

    def __init__(self, tell: Callable[[RowResult], None]) -> None:
        self._tell = tell
        self._in_doubt: dict[RowRef, RowResult] = {}

    def looking(self, _told: str) -> None:
        """Of no interest: nothing is looked up before."""

    def confirm(self, _preview: Preview) -> bool:
        """Goes on: whoever calls a function has decided."""
        return True

    def begin(self, _run: Run, _total: int | None) -> None:
        """From now on there is something to resume."""
        self.has_begun = True

    def read(self, _rows: int, _settled: int) -> None:
        """Of no interest: rows are told one by one."""

    def row_ended(self, result: RowResult) -> None:
        """Tells the row; one that is in doubt may still be settled."""
        if result.status is Status.IN_DOUBT:
            self._in_doubt[result.ref] = result
        else:
            self._in_doubt.pop(result.ref, None)
            self._tell(result)

    def stands(self, _standing: Standing) -> None:
        """Of no interest: whoever takes the rows sees how far they are."""

    def interrupted(self) -> None:
        """Of no interest: whoever interrupts knows."""

    def finish(self) -> None:
        """Tells the rows that stay in doubt."""
        for result in self._in_doubt.values():
            self._tell(result)
        self._in_doubt.clear()
