"""Whether a commit arrived whose answer was lost with the connection.

Each transaction leaves its number in the ledger, in the writer's own line; whoever is not told how a commit went looks
there. PostgreSQL's own `pg_xact_status` was looked at: after a crash a transaction's number may be given out again, and
would then tell of somebody else's commit.
May import `ledger.tables`.
"""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field

import sqlalchemy as sa

from pipeline.ledger.tables import RECEIPTS

# A transaction that has only read leaves nothing: there is nothing of it that could be lost.
_NOTE = sa.text(
    "INSERT INTO receipts (writer, number, at) SELECT :writer, :number, :at "
    "WHERE pg_current_xact_id_if_assigned() IS NOT NULL "
    "ON CONFLICT (writer) DO UPDATE SET number = excluded.number, at = excluded.at"
)
# It writes, so that it waits for the lost connection's transaction, should the server be at work on it still.
_ASK = sa.text(
    "INSERT INTO receipts (writer, number, at) VALUES (:writer, 0, :at) "
    "ON CONFLICT (writer) DO UPDATE SET at = excluded.at RETURNING number"
)


@dataclass
class Receipts:
    """The receipts of one writer, whose transactions follow one another.

    Attributes:
        writer: A name that nobody else has.
    """

    writer: str = field(default_factory=lambda: uuid.uuid4().hex)
    _number: int = 0

    def next_number(self) -> int:
        """The number of the next transaction."""
        self._number += 1
        return self._number

    def note(self, connection: sa.Connection, number: int) -> None:
        """Leaves a transaction's number in it."""
        connection.execute(_NOTE, {"writer": self.writer, "number": number, "at": time.time()})

    def has_arrived(self, connection: sa.Connection, number: int) -> bool:
        """Whether the transaction of that number is in the ledger."""
        found = connection.execute(_ASK, {"writer": self.writer, "at": time.time()}).scalar_one()
        return bool(found == number)

    def forget(self, connection: sa.Connection) -> None:
        """Takes the writer's line out: it writes no more."""
        connection.execute(sa.delete(RECEIPTS).where(RECEIPTS.c.writer == self.writer))


def forget_before(connection: sa.Connection, moment: float) -> None:
    """Takes out the lines of writers that have not written since then: their processes have died."""
    connection.execute(sa.delete(RECEIPTS).where(RECEIPTS.c.at < moment))
