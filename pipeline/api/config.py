"""The one configuration of imports from Python, and the `RunConfig` that it stands for.

May import `model`, `intake.mapping`, `remote`'s credentials and URLs, `operations.connection` and `schemas`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import Code, ConfigurationError
from pipeline.model.config import DEFAULT_BASE_URL, ENDPOINT_NAME, Existing, MaxErrors, ReadOptions, RunConfig
from pipeline.operations.places import default_ledger
from pipeline.remote.credentials import Credentials, from_environment
from pipeline.remote.urls import checked_base_url
from schemas import endpoints
from schemas.endpoint import RateLimit

if TYPE_CHECKING:
    from pipeline.model.mapping import FieldMapping
    from schemas.endpoint import Endpoint

_INFINITE = float("inf")
_BOUNDS: Mapping[str, tuple[float, float]] = {
    "limit": (1, _INFINITE),
    "stop_after": (0, _INFINITE),
    "concurrency": (1, 500),
    "attempts": (1, 100),
    "timeout_s": (0.001, 86_400),
    "settle_s": (0, 86_400),
    "max_lag_s": (0, 86_400),
}
"""The smallest and the largest value of each number."""


@dataclass(frozen=True, kw_only=True)
class ImportConfig:
    """How rows are read, checked and imported; every attribute has the default of the command line's option.

    Its `repr` shows neither secrets nor the ledger, whose URL may hold a password.

    Attributes:
        base_url: The target.
        credentials: Who we are to it; by default what the environment says (`NEXUDUS_TOKEN` and so on).
        ledger: Where runs and rows are kept: a path or a SQLAlchemy URL; by default in the user's data folder.
        report_dir: The folder of the reports; by default `reports/` and the run's name.
        read: How files are read, where that is not to be found out; not for DataFrames.
        mapping: A mapping file for foreign headers and values (TOML).
        columns: Header to field, before what the mapping file says; a blank field leaves the column out.
        constants: Field to its value for all rows.
        defaults: Field to its value where a cell is blank.
        strict: Warnings refuse the row, and what had to be guessed about a source refuses it.
        require_valid: Nothing is sent unless every row is valid.
        limit: Only so many rows, the first ones.
        existing: What to do with a row whose record exists at the target.
        limits: The target's rate limits; by default the documented ones, empty for none.
        stop_on_quota: Whether a spent quota ends the run instead of waiting.
        stop_after: So many refusals alike, one after another, end the run; 0 for no such limit.
        max_errors: More errors than this end the run.
        concurrency: Creating calls in flight.
        attempts: How often a row may be sent, or fail to be sent.
        timeout_s: How long a connection or an answer may take.
        settle_s: How long to wait before a row in doubt is looked up.
        max_lag_s: How long to wait before it is sent again, unless the target's list is seen to have caught up.
    """

    base_url: str = DEFAULT_BASE_URL
    credentials: Credentials | None = None
    ledger: str | Path | None = field(default=None, repr=False)
    report_dir: str | Path | None = None
    read: ReadOptions = field(default_factory=ReadOptions)
    mapping: str | Path | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    strict: bool = RunConfig.strict
    require_valid: bool = RunConfig.require_valid
    limit: int | None = None
    existing: Existing = RunConfig.existing
    limits: Sequence[RateLimit] | None = None
    stop_on_quota: bool = RunConfig.stop_on_quota
    stop_after: int = RunConfig.stop_after
    max_errors: MaxErrors = field(default_factory=MaxErrors)
    concurrency: int = RunConfig.concurrency
    attempts: int = RunConfig.attempts
    timeout_s: float = RunConfig.timeout_s
    settle_s: float = RunConfig.settle_s
    max_lag_s: float = RunConfig.max_lag_s

    def __post_init__(self) -> None:
        for name, (least, most) in _BOUNDS.items():
            value = getattr(self, name)
            if value is not None and not least <= value <= most:
                bounds = f"from {least} to {most}" if most < _INFINITE else f"{least} or more"
                message = f"{name}={value!r}: is out of bounds ({bounds})."
                raise ConfigurationError(Code.SETTING_OUT_OF_BOUNDS, message, setting=name, bounds=bounds)
        if not all(isinstance(one, RateLimit) for one in self.limits or ()):
            message = f"limits={self.limits!r}: is no sequence of RateLimit; () stands for no limits."
            raise ConfigurationError(Code.SETTING_OUT_OF_BOUNDS, message, setting="limits", bounds="RateLimit")
        if any(one.calls < 1 or not 0 < one.seconds < _INFINITE for one in self.limits or ()):
            message = "limits: calls and seconds must be above 0; () stands for no limits."
            raise ConfigurationError(Code.SETTING_OUT_OF_BOUNDS, message, setting="limits", bounds="above 0")


def run_config(config: ImportConfig, files: Sequence[str]) -> RunConfig:
    """The options of a run that a configuration stands for.

    Args:
        config: What was asked for.
        files: What the sources are called that are files.

    Raises:
        ConfigurationError: The mapping file cannot be read, or something names what does not exist.
    """
    from pipeline.intake.mapping.reading import first_given

    endpoint = endpoints()[ENDPOINT_NAME]
    mapping, below = _mapping(config, endpoint)
    return RunConfig(
        endpoint=endpoint.name,
        read=first_given(config.read, below, files),
        mapping=mapping,
        mapping_file=str(Path(config.mapping).absolute()) if config.mapping is not None else None,
        strict=config.strict,
        require_valid=config.require_valid,
        limit=config.limit,
        base_url=checked_base_url(config.base_url),
        existing=Existing(config.existing),
        limits=endpoint.limits if config.limits is None else tuple(config.limits),
        stop_on_quota=config.stop_on_quota,
        stop_after=config.stop_after,
        max_errors=config.max_errors,
        concurrency=config.concurrency,
        attempts=config.attempts,
        timeout_s=config.timeout_s,
        settle_s=config.settle_s,
        max_lag_s=config.max_lag_s,
    )


def _mapping(config: ImportConfig, endpoint: Endpoint) -> tuple[FieldMapping, ReadOptions]:
    from pipeline.intake.mapping.file import read_mapping_file
    from pipeline.intake.mapping.options import field_mapping

    file = read_mapping_file(Path(config.mapping), endpoint) if config.mapping is not None else None
    mapping = field_mapping(
        endpoint,
        columns=tuple(config.columns.items()),
        constants=tuple(config.constants.items()),
        defaults=tuple(config.defaults.items()),
        file=file.mapping if file else None,
    )
    return mapping, file.reading if file else ReadOptions()


def credentials_of(config: ImportConfig) -> Credentials:
    """Who we are to the target.

    Raises:
        SignInError: Neither the configuration nor the environment says so.
    """
    return config.credentials or from_environment(os.environ)


def ledger_of(ledger: str | Path | None) -> str:
    """Where the ledger is."""
    return str(ledger) if ledger is not None else default_ledger()


def report_dir_of(config: ImportConfig) -> Path | None:
    """Where the reports go; `None` for a folder of the run's name."""
    return Path(config.report_dir) if config.report_dir is not None else None
