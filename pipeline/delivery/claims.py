"""Who may send a row of a key: the claim in the ledger, and keys that another row holds.

May import `delivery.lookup`, `ledger`, `stop` and `model`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.model.findings import envelope
from pipeline.model.rows import Outcome, Record, Status
from pipeline.model.waits import Cause, Why

if TYPE_CHECKING:
    from pipeline.delivery.lookup import Lookup
    from pipeline.delivery.work_item import SendOptions
    from pipeline.ledger.claims import KeyOwner
    from pipeline.ledger.run_ledger import RunLedger
    from pipeline.remote.clock import TargetClock
    from pipeline.stop import Stop

_ASK_AGAIN_S = 0.5


class KeyHeld(Exception):
    """Another row owns the key: nothing was sent.

    Args:
        outcome: How this row ends.
    """

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


@dataclass(frozen=True, kw_only=True)
class Claims:
    """Claims keys for rows that are about to be sent.

    Attributes:
        ledger: Where claims are kept.
        lookup: Settles what a dead process left in doubt.
        clock: The target's clock.
        options: How long doubts take.
        stop: Interrupts every wait.
    """

    ledger: RunLedger
    lookup: Lookup
    clock: TargetClock
    options: SendOptions
    stop: Stop

    async def claim(self, record: Record) -> None:
        """Notes the intent to send a row, as soon as its key is free.

        Raises:
            KeyHeld: Another row has created the record, or nobody can say whether it has.
            Stopping: The run is to end.
        """
        while (owner := await self.ledger.claim(record)) is not None:
            if owner.remote_id is not None:
                reason = f"created by {owner}"
                raise KeyHeld(Outcome(status=Status.SKIPPED, remote_id=owner.remote_id, reason=reason))
            if await self.ledger.is_at_work(owner):
                self._check_patience(owner)
                await self.stop.sleep(_ASK_AGAIN_S, Cause(why=Why.KEY))
                continue
            await self._succeed(record, owner)

    def _check_patience(self, owner: KeyOwner) -> None:
        """Two runs that each keep a row in doubt that the other needs would wait for each other forever.

        Raises:
            KeyHeld: The owner is in doubt for longer than it takes to settle that.
        """
        if owner.in_doubt and self.clock.now() - (owner.last_at or 0.0) > self.options.longest_doubt_s:
            message = f"{owner} has the same key and is in doubt: resume this run when that one has ended"
            raise KeyHeld(Outcome(status=Status.IN_DOUBT, response=envelope([], message)))

    async def _succeed(self, record: Record, owner: KeyOwner) -> None:
        """Takes a key over from a row in doubt whose process has ended, once it is known to have created nothing."""
        now = self.clock.now()
        wait_s = self.options.still_at_work_for(now - owner.last_at if owner.last_at is not None else None)
        found = await self.lookup.find_when_settled(record.key, owner.intent_at or 0.0, owner.last_at or now, wait_s)
        if found.remote_id is not None:
            reason = f"exists at the target (sent by {owner})"
            raise KeyHeld(Outcome(status=Status.SKIPPED, remote_id=found.remote_id, reason=reason))
        if not found.absent or owner.final_because:
            message = f"{owner} has the same key and is in doubt: {owner.final_because or found.why}"
            raise KeyHeld(Outcome(status=Status.IN_DOUBT, response=envelope([], message)))
        await self.ledger.take_over(record, owner)
