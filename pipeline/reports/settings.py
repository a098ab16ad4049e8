"""A run's settings by the names of their options. `RunConfig` holds no secret.

May import `pipeline.model`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from pipeline.model.config import Existing

if TYPE_CHECKING:
    from pipeline.model.config import MaxErrors, RunConfig
    from schemas.endpoint import RateLimit

_FOUND = "found by itself"


def settings_of(config: RunConfig) -> Iterator[tuple[str, str]]:
    """Each option of reading, with its value."""
    yield "sheet", ", ".join(config.read.sheets) or _FOUND
    yield "header-row", str(config.read.header_row or _FOUND)
    yield "delimiter", config.read.delimiter or _FOUND
    yield "encoding", config.read.encoding or _FOUND
    yield "mapping", config.mapping_file or "none"
    yield "map", "; ".join(f"{one.header}={one.field}" for one in config.mapping.columns) or "none"
    yield "set", _pairs(config.mapping.constants)
    yield "default", _pairs(config.mapping.defaults)
    yield "strict", _yes(config.strict)
    yield "limit", f"{config.limit:,} rows" if config.limit is not None else "all rows"


def sending_settings_of(config: RunConfig) -> Iterator[tuple[str, str]]:
    """Each option of sending, with its value."""
    yield "require-valid", _yes(config.require_valid)
    yield "existing", config.existing.value
    yield "limits", "; ".join(map(_limit, config.limits)) or "none"
    yield "on-quota", "stop" if config.stop_on_quota else "wait"
    yield "concurrency", str(config.concurrency)
    yield "attempts", str(config.attempts)
    yield "timeout", f"{config.timeout_s:g} s"
    yield "settle", f"{config.settle_s:g} s"
    yield "max-lag", f"{config.max_lag_s:g} s"
    yield "stop-after", f"{config.stop_after} refusals alike" if config.stop_after else "never"
    yield "max-errors", _max_errors(config.max_errors)


def reading_options_of(config: RunConfig) -> Iterator[str]:
    """The words of a command that reads and checks rows as this run did; those of a mapping file are in the file."""
    read, mapping = config.read, config.mapping
    columns = [one for one in mapping.columns if one.place.startswith("--map") or not config.mapping_file]
    given = [
        ("--mapping", config.mapping_file),
        *(("--sheet", name) for name in read.sheets),
        ("--header-row", read.header_row),
        ("--delimiter", "tab" if read.delimiter == "\t" else read.delimiter),
        ("--encoding", read.encoding),
        *(("--map", f"{one.header}={one.field}") for one in columns),
        *(("--set", f"{name}={value}") for name, value in mapping.constants.items()),
        *(("--default", f"{name}={value}") for name, value in mapping.defaults.items()),
        ("--existing", config.existing.value if config.existing is not Existing.SKIP else None),
    ]
    yield from (word for name, value in given if value is not None for word in (name, str(value)))
    yield from ["--strict"] if config.strict else []


def _pairs(values: Mapping[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in values.items()) or "none"


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _limit(limit: RateLimit) -> str:
    return f"{limit.calls:,} {limit.scope.value} calls in {limit.seconds:,g} s"


def _max_errors(most: MaxErrors) -> str:
    if most.percent is not None:
        return f"{most.percent:g} %"
    return f"{most.rows:,}" if most.rows is not None else "no limit"
