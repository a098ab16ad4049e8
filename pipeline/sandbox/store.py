"""The sandbox's records, in memory.

Written by the server's event loop and read by tests from their own thread, hence the lock. Knows records and
queries; must not know HTTP, users or faults. May import `rules` and `listing`.
"""

import threading
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from pipeline.sandbox.listing import Page, Query, Record, partial, stamp
from pipeline.sandbox.rules import FIELDS, Kind

FIRST_ID = 87654321
"""Source: post-emailaccounts, the Id of the example."""

# Source: developers.nexudus.com/rest-api/crm/get-emailaccounts-by-id, the example: what an unset field reads as.
_UNSET: dict[Kind, object] = {Kind.STRING: None, Kind.BOOLEAN: False, Kind.INT32: 0, Kind.INT64: 0}
_BLANK: Record = {field.name: _UNSET[field.kind] for field in FIELDS}


def utc_now() -> datetime:
    """The system's clock, aware, in UTC."""
    return datetime.now(UTC)


class Store:
    """Email accounts by Id. There is no uniqueness rule: the same account sent twice is there twice.

    Source: post-emailaccounts, which documents none.

    Args:
        now: the clock, answering an aware datetime; `CreatedOn` and `UpdatedOn` come from it.
        first_id: the Id of the first record.
    """

    def __init__(self, *, now: Callable[[], datetime] = utc_now, first_id: int = FIRST_ID) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._records: dict[int, Record] = {}
        self._born: dict[object, datetime] = {}
        self._next_id = first_id
        # The last listing, all its pages, until a write: otherwise each page of a long listing sorts all records.
        self._listing: tuple[Query, list[Record]] | None = None

    def __len__(self) -> int:
        return len(self._records)

    def records(self) -> list[Record]:
        """A copy of every record, in the order of creation."""
        with self._lock:
            return [dict(record) for record in self._records.values()]

    def create(self, body: Mapping[str, object], *, by: str = "admin@example.com") -> Record:
        """Keep a new record, under the next Id.

        Args:
            body: a body that `rules.check` accepts; properties that are not documented are dropped.
            by: the user's name, for `UpdatedBy`.

        Returns:
            A copy of the record with all the fields of a read by Id.
        """
        with self._lock:
            born = self._now()
            moment = stamp(born)
            record = _documented(body) | {
                "Id": self._next_id,
                "UniqueId": str(uuid.uuid4()),
                "CreatedOn": moment,
                "UpdatedOn": moment,
                "UpdatedBy": by,
                "IsNew": False,
                "SystemId": None,
            }
            self._born[self._next_id] = born
            self._keep(self._next_id, record)
            self._next_id += 1
            return dict(record)

    def read(self, record_id: int) -> Record | None:
        """A copy of the record with this Id, or None."""
        with self._lock:
            record = self._records.get(record_id)
            return None if record is None else dict(record)

    def update(self, record_id: int, body: Mapping[str, object], *, by: str = "admin@example.com") -> Record | None:
        """Replace the documented fields of a record; optional ones that `body` leaves out are cleared.

        Source: learn.nexudus.com/rest-api/crm/get-emailaccounts-batch: "missing fields may be unintentionally cleared".

        Returns:
            A copy of the new record, or None where there is none with this Id.
        """
        with self._lock:
            held = self._records.get(record_id)
            if held is None:
                return None
            record = held | _documented(body) | {"UpdatedOn": stamp(self._now()), "UpdatedBy": by}
            self._keep(record_id, record)
            return dict(record)

    def delete(self, record_id: int) -> bool:
        """Remove a record for good; False where there is none with this Id."""
        with self._lock:
            self._listing = None
            return self._records.pop(record_id, None) is not None

    def find(self, query: Query, *, lag_s: float = 0) -> Page:
        """One page of the records that match, as partial records.

        Args:
            query: what is asked for.
            lag_s: records show up so many seconds after they were created.
        """
        with self._lock:
            found = self._select(query)
            if lag_s:
                shown_from = self._now() - timedelta(seconds=lag_s)
                found = [record for record in found if self._born[record["Id"]] <= shown_from]
        first = (query.page - 1) * query.size
        records = [partial(record) for record in found[first : first + query.size]]
        return Page(query=query, records=records, total=len(found))

    def _keep(self, record_id: int, record: Record) -> None:
        # A record is replaced and never changed in place: a listing may still be holding the old one.
        self._records[record_id] = record
        self._listing = None

    def _select(self, query: Query) -> list[Record]:
        whole = Query(order_by=query.order_by, descending=query.descending, filters=query.filters)
        if self._listing is None or self._listing[0] != whole:
            self._listing = (whole, whole.select(list(self._records.values())))
        return self._listing[1]


def _documented(body: Mapping[str, object]) -> Record:
    """Every documented field of a body; what it leaves out, or sends as null, as unset."""
    return _BLANK | {name: value for name, value in body.items() if name in _BLANK and value is not None}
