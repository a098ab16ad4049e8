"""Which calls a run has made so far: what the estimate of the others rests on.

May import nothing of the project.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class CallCounts:
    """Calls that a run has made.

    Attributes:
        modifying: Attempts that change something.
        repeated: Those of them that repeat a call which was not processed.
        reading: Attempts that only read.
    """

    modifying: int = 0
    repeated: int = 0
    reading: int = 0

    def made(self, *, modifying: bool, again: bool) -> None:
        """Counts an attempt that may leave.

        Args:
            modifying: Whether it changes something.
            again: Whether it repeats a call.
        """
        if not modifying:
            self.reading += 1
            return
        self.modifying += 1
        self.repeated += again

    @property
    def first(self) -> int:
        """Modifying calls that were made, however often each was repeated."""
        return self.modifying - self.repeated

    @property
    def attempts_per_call(self) -> float:
        """How often a modifying call is made on average."""
        return self.modifying / self.first if self.first else 1.0
