"""The query of a list call: which records, in which order, which page of them.

Knows the query parameters and how a record is compared with them. May import `rules` for the fields; must not
know HTTP.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

from pipeline.sandbox.rules import FIELDS, Error, Kind, error

Record = dict[str, object]
"""A stored record by its documented names."""

DEFAULT_SIZE = 25
MAX_SIZE = 100
"""The most records on a page, the sandbox's own choice: the real cap is not documented, a client goes by the answer."""

_DATE_FIELDS = frozenset({"CreatedOn", "UpdatedOn"})
_TEXT_FIELDS = frozenset({field.name for field in FIELDS if field.kind is Kind.STRING} | {"UniqueId", "UpdatedBy"})
_BOOLEAN_FIELDS = frozenset(field.name for field in FIELDS if field.kind is Kind.BOOLEAN)
# The business is filtered by `EmailAccount_Business`; `EmailAccount_BusinessId` is not a parameter and is ignored.
_INTEGER_FIELDS = frozenset({field.name for field in FIELDS if field.kind in {Kind.INT32, Kind.INT64}} - {"BusinessId"})
_ORDER_FIELDS = frozenset({"Id", "BusinessId"}) | _DATE_FIELDS | _TEXT_FIELDS | _BOOLEAN_FIELDS | _INTEGER_FIELDS
_BOOLEANS = {"true": True, "false": False}
_PREFIX = "EmailAccount_"

# Source: learn.nexudus.com/rest-api/crm/get-emailaccounts, "Partial records": these are not populated in a list.
_LEFT_OUT = frozenset(
    {
        "SendNotificationOnNewMessages",
        "NotificationEmailAddress",
        "IncomingServer",
        "IncomingServerType",
        "IncomingServerPort",
        "IncomingServerSSL",
        "IncomingServerUsername",
        "DeleteMessageSettings",
        "OutgoingServer",
        "OutgoingServerPort",
        "OutgoingServerSSL",
        "OutgoingServerUsername",
        "ReplyToEmail",
        "LastCheckTime",
        "LastMessageId",
    }
)


class QueryError(ValueError):
    """A parameter that cannot be read; `error` is its entry for the 400 envelope."""

    def __init__(self, name: str, message: str, attempted: str) -> None:
        super().__init__(f"{name}: {message}")
        self.error: Error = error(name, message, attempted)


class Comparison(Enum):
    """How a filter compares a record's value with its own."""

    CONTAINS = "contains"
    EQUALS = "equals"
    FROM = "from"
    TO = "to"


@dataclass(frozen=True, kw_only=True, slots=True)
class Filter:
    """One condition on one field; text in `value` is already case-folded."""

    field: str
    comparison: Comparison
    value: str | int

    def matches(self, record: Mapping[str, object]) -> bool:
        """Whether the record meets the condition; a null meets none."""
        held = record[self.field]
        if self.comparison is Comparison.EQUALS:
            return held == self.value
        if isinstance(held, str) and isinstance(self.value, str):
            return self._matches_text(held, self.value)
        if isinstance(held, int) and isinstance(self.value, int):
            return held >= self.value if self.comparison is Comparison.FROM else held <= self.value
        return False

    def _matches_text(self, held: str, wanted: str) -> bool:
        if self.comparison is Comparison.CONTAINS:
            return wanted in held.casefold()
        # Timestamps are kept as ISO 8601 in UTC, whose text order is the order in time.
        return held >= wanted if self.comparison is Comparison.FROM else held <= wanted


@dataclass(frozen=True, kw_only=True, slots=True)
class Query:
    """A list call. The default order, by Id, is the sandbox's own choice: the real one is not documented."""

    page: int = 1
    size: int = DEFAULT_SIZE
    order_by: str = "Id"
    descending: bool = False
    filters: tuple[Filter, ...] = ()

    def select(self, records: Sequence[Record]) -> list[Record]:
        """Every matching record in order, all pages together."""
        found = [record for record in records if all(entry.matches(record) for entry in self.filters)]
        found.sort(key=self._sort_key, reverse=self.descending)
        return found

    def _sort_key(self, record: Record) -> tuple[bool, object]:
        value = record[self.order_by]
        return (value is not None, value.casefold() if isinstance(value, str) else value)


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """One page of an answer: its partial records and where it lies among all that match."""

    query: Query
    records: list[Record]
    total: int

    def payload(self) -> dict[str, object]:
        """The body of a list answer.

        Source: developers.nexudus.com/rest-api/crm/get-emailaccounts.
        """
        query = self.query
        first = (query.page - 1) * query.size
        pages = -(-self.total // query.size)
        return {
            "Records": self.records,
            "CurrentPage": query.page,
            "CurrentPageSize": query.size,
            "CurrentOrderField": query.order_by,
            "CurrentSortDirection": -1 if query.descending else 1,
            "FirstItem": first + 1 if self.records else 0,
            "LastItem": first + len(self.records) if self.records else 0,
            "TotalItems": self.total,
            "TotalPages": pages,
            "HasNextPage": query.page < pages,
            "HasPreviousPage": query.page > 1,
        }


def partial(record: Mapping[str, object]) -> Record:
    """The record as a list shows it: without servers, ports, users, policies, reply-to and last-check fields."""
    return {name: value for name, value in record.items() if name not in _LEFT_OUT}


def parse(parameters: Mapping[str, str]) -> Query:
    """Read the query parameters of a list call. Unknown ones are ignored, and so are blank filters.

    Text filters mean "contains", in any case: undocumented, so the worst case for a client that expects "equals".

    Source: developers.nexudus.com/rest-api/crm/get-emailaccounts: `dir` is 1 for ascending and -1 for descending.
    (learn.nexudus.com says 0 and 1 of the same parameter: a client does well not to depend on the order.)

    Raises:
        QueryError: a parameter has a value that cannot be read.
    """
    order_by = parameters.get("orderBy", "Id")
    filters = (_filter(name, value) for name, value in parameters.items() if value.strip())
    return Query(
        page=_positive(parameters, "page", 1),
        size=min(_positive(parameters, "size", DEFAULT_SIZE), MAX_SIZE),
        order_by=order_by if order_by in _ORDER_FIELDS else "Id",
        descending=parameters.get("dir", "1").casefold() in {"-1", "desc", "descending"},
        filters=tuple(entry for entry in filters if entry is not None),
    )


def _positive(parameters: Mapping[str, str], name: str, default: int) -> int:
    text = parameters.get(name)
    if text is None:
        return default
    number = _integer(name, text)
    if number < 1:
        raise QueryError(name, "is not 1 or more", text)
    return number


def _filter(name: str, value: str) -> Filter | None:
    """The filter of one parameter, or None for a parameter that is not a known filter."""
    if name.startswith(_PREFIX):
        return _plain_filter(name, name.removeprefix(_PREFIX), value)
    for comparison in (Comparison.FROM, Comparison.TO):
        start = f"{comparison.value}_{_PREFIX}"
        if name.startswith(start):
            return _range_filter(name, name.removeprefix(start), comparison, value)
    return None


def _plain_filter(name: str, field: str, value: str) -> Filter | None:
    if field == "Business":
        return Filter(field="BusinessId", comparison=Comparison.EQUALS, value=_integer(name, value))
    if field in _TEXT_FIELDS:
        return Filter(field=field, comparison=Comparison.CONTAINS, value=value.casefold())
    if field in _INTEGER_FIELDS or field == "Id":
        return Filter(field=field, comparison=Comparison.EQUALS, value=_integer(name, value))
    if field in _BOOLEAN_FIELDS:
        if value.casefold() not in _BOOLEANS:
            raise QueryError(name, "is not true or false", value)
        return Filter(field=field, comparison=Comparison.EQUALS, value=_BOOLEANS[value.casefold()])
    return None


def _range_filter(name: str, field: str, comparison: Comparison, value: str) -> Filter | None:
    if field in _DATE_FIELDS:
        return Filter(field=field, comparison=comparison, value=_minute(name, value))
    if field in _INTEGER_FIELDS:
        return Filter(field=field, comparison=comparison, value=_integer(name, value))
    return None


def _integer(name: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise QueryError(name, "is not an integer", text) from None


def _minute(name: str, text: str) -> str:
    """The moment as records keep theirs. Seconds are dropped: the documented form has none.

    Source: developers.nexudus.com/rest-api/crm/get-emailaccounts: "Format: YYYY-MM-DDTHH:mm". Whether the real
    endpoint reads finer values, and in which zone, is not documented: here it is UTC, unless an offset says otherwise.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise QueryError(name, "is not a date of the form YYYY-MM-DDTHH:mm", text) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return stamp(moment.replace(second=0, microsecond=0))


def stamp(moment: datetime) -> str:
    """A moment as the API writes it: ISO 8601 in UTC, to the second, with Z.

    Source: post-emailaccounts, "UpdatedOn" of the example.
    """
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
