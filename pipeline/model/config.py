"""What a run is asked to do: kept in the ledger, so that `resume` asks for the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from pipeline.model.mapping import FieldMapping
from schemas.endpoint import Endpoint, RateLimit, Scope

ENDPOINT_NAME = "emailaccounts"
"""The endpoint that is imported into unless another is named."""

DEFAULT_BASE_URL = "https://spaces.nexudus.com"
"""The target unless another is named."""


@dataclass(frozen=True, kw_only=True)
class MaxErrors:
    """`--max-errors`: a number of rows, or a percentage of those read."""

    rows: int | None = None
    percent: float | None = None


MAX_UNPACKED = 512_000_000
"""How many bytes a compressed file may unpack to, unless the person allows more: ten times a large list."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadOptions:
    """How to read a source; `None` leaves it to be found out.

    Attributes:
        sheets: A workbook's sheets, each by name or by 1-based number, or `all`; empty for the one that fits.
        header_row: The row that holds the headers, 1-based.
        delimiter: The character between the cells of a text file.
        encoding: A text file's encoding, by any name that Python knows.
        max_unpacked: How many bytes a compressed file may unpack to.
    """

    sheets: tuple[str, ...] = ()
    header_row: int | None = None
    delimiter: str | None = None
    encoding: str | None = None
    max_unpacked: int = MAX_UNPACKED


class Existing(StrEnum):
    """What to do with a row whose record exists at the target."""

    SKIP = "skip"
    UPDATE = "update"
    IGNORE = "ignore"


@dataclass(frozen=True, kw_only=True)
class RunConfig:
    """The options of an import. Holds no secret: it is written into the ledger.

    Attributes:
        endpoint: The endpoint's name.
        base_url: The target's.
        target_name: What the ledger calls the target, where that is not its URL.
        read: How sources are read.
        mapping: How columns become fields.
        mapping_file: The file that says so, if there is one, wherever it is called from.
        strict: Warnings refuse the row.
        require_valid: Nothing is sent unless every row is valid.
        limit: Only so many rows, the first ones.
        existing: What to do with a row whose record exists.
        limits: The budget; empty for none.
        stop_on_quota: Whether a spent quota ends the run instead of waiting.
        stop_after: So many refusals alike, one after another, end the run; 0 for no such limit.
        max_errors: More errors than this end the run.
        concurrency: POSTs in flight.
        attempts: How often a row may be sent, or fail to be sent.
        timeout_s: How long an answer may take.
        settle_s: How long a record usually takes to show up in the list.
        max_lag_s: How long it is given where nothing proves that the list has caught up.
    """

    endpoint: str
    base_url: str = ""
    target_name: str | None = None
    read: ReadOptions = field(default_factory=ReadOptions)
    mapping: FieldMapping = field(default_factory=FieldMapping)
    mapping_file: str | None = None
    strict: bool = False
    require_valid: bool = False
    limit: int | None = None
    existing: Existing = Existing.SKIP
    limits: tuple[RateLimit, ...] = ()
    stop_on_quota: bool = False
    stop_after: int = 50
    max_errors: MaxErrors = field(default_factory=MaxErrors)
    concurrency: int = 25
    attempts: int = 5
    timeout_s: float = 30.0
    settle_s: float = 5.0
    max_lag_s: float = 30.0

    def target_url(self, endpoint: Endpoint) -> str:
        """What the ledger and the reports call the target."""
        return self.target_name or self.base_url + endpoint.path

    def as_json(self) -> dict[str, Any]:
        """For the ledger; `from_json` reads it back."""
        return asdict(self)

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> RunConfig:
        """What `as_json` wrote."""
        return cls(
            **{
                **found,
                "read": ReadOptions(**{**found["read"], "sheets": tuple(found["read"]["sheets"])}),
                "mapping": FieldMapping.from_json(found["mapping"]),
                "existing": Existing(found["existing"]),
                "limits": tuple(RateLimit(**{**one, "scope": Scope(one["scope"])}) for one in found["limits"]),
                "max_errors": MaxErrors(**found["max_errors"]),
            }
        )
