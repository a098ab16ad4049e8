"""What exists at the target, looked up before anything is sent: told while it takes long, left at the first Ctrl-C.

May import `operations.survey`, `delivery.existing`, `stop` and `model`. Must know nothing of Click or of terminals.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipeline.stop import Stopping

if TYPE_CHECKING:
    from pipeline.delivery.existing import ExistingRecords
    from pipeline.ledger.run_ledger import RunLedger
    from pipeline.operations.observer import Observer
    from pipeline.operations.survey import Survey
    from pipeline.stop import Stop

_TELL_EVERY_S = 1.0


@dataclass(kw_only=True)
class LookUp:
    """One look at the target for the records of all keys that nobody knows yet.

    Attributes:
        found: What is known without it; short enough for its keys to be kept.
        records: Finds the records.
        ledger: Keeps what was found: nothing of it is asked for again while rows are sent.
        stop: The order to leave.
        observer: Who is told how far it is.
        now: Seconds since 1970.
    """

    found: Survey
    records: ExistingRecords
    ledger: RunLedger
    stop: Stop
    observer: Observer
    now: Callable[[], float] = time.time
    _parts_done: int = 0

    async def result(self) -> Survey:
        """The survey with what exists.

        Raises:
            TargetUnavailable: The target does not answer.
            WrongTarget: Something else answers in its place.
            Stopping: The run is to end: what is on its way is not waited for, since nothing comes of it.
        """
        looking = asyncio.create_task(self._looked_up())
        beside = [asyncio.create_task(self.stop.wait()), asyncio.create_task(self._tell())]
        try:
            await asyncio.wait([looking, beside[0]], return_when=asyncio.FIRST_COMPLETED)
            if not looking.done():
                raise Stopping
            return looking.result()
        finally:
            for task in (looking, *beside):
                task.cancel()
            await asyncio.gather(looking, *beside, return_exceptions=True)

    async def _looked_up(self) -> Survey:
        async for parts in self.records.find(self.found.new):
            self._parts_done += len(parts)
        keys = [key.folded for part in self.found.new.values() for key in part]
        listed = frozenset(await self.ledger.listed(keys))
        return replace(self.found, existing=len(listed), existing_keys=listed, looks_later=False)

    async def _tell(self) -> None:
        while True:
            await asyncio.sleep(_TELL_EVERY_S)
            self.observer.looking(self._in_words())

    def _in_words(self) -> str:
        field, wait = self.records.endpoint.partition, self.stop.waits.present
        waits = f"; {wait.in_words(self.now())}" if wait is not None else ""
        parts = f"{self._parts_done:,} of {len(self.found.new):,} of its {field}s"
        return f"Looking up what exists at the target: {parts}{waits}"
