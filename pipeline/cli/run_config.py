"""From the options of a command to a `RunConfig`.

May import `model`, `intake.mapping` and `remote.urls`; must know nothing of Click.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.cli.limits_file import read_limits_file
from pipeline.model.config import ENDPOINT_NAME
from schemas import endpoints
from schemas.endpoint import RateLimit

if TYPE_CHECKING:
    from pipeline.model.config import ReadOptions, RunConfig


def build_run_config(options: Mapping[str, Any], sources: Sequence[str]) -> RunConfig:
    """The job that a command's options describe.

    Args:
        options: The command's.
        sources: What the person calls the sources.

    Raises:
        ConfigurationError: They contradict each other, or name what does not exist.
    """
    from pipeline.intake.mapping.file import read_mapping_file
    from pipeline.intake.mapping.options import SettingNames, field_mapping
    from pipeline.model.config import Existing, ReadOptions, RunConfig
    from pipeline.remote.urls import checked_base_url

    endpoint = endpoints()[ENDPOINT_NAME]
    file = read_mapping_file(options["mapping"], endpoint) if options["mapping"] else None
    config = RunConfig(
        endpoint=ENDPOINT_NAME,
        read=_read_options(options, sources, file.reading if file else ReadOptions()),
        mapping=field_mapping(
            endpoint,
            columns=options["map"],
            constants=options["set"],
            defaults=options["default"],
            file=file.mapping if file else None,
            called=SettingNames(columns="--map", constants="--set", defaults="--default"),
        ),
        mapping_file=str(Path(options["mapping"]).absolute()) if options["mapping"] else None,
        strict=options["strict"],
        limit=options["limit"],
    )
    if "base_url" not in options:
        return config
    from dataclasses import replace

    return replace(
        config,
        base_url=checked_base_url(options["base_url"]),
        require_valid=options["require_valid"],
        existing=Existing(options["existing"]),
        limits=limits_of(options),
        stop_on_quota=options["on_quota"] == "stop",
        stop_after=options["stop_after"],
        max_errors=max_errors_of(options["max_errors"]),
        concurrency=options["concurrency"],
        attempts=options["attempts"],
        timeout_s=options["timeout"],
        settle_s=options["settle"],
        max_lag_s=options["max_lag"],
    )


def _read_options(options: Mapping[str, Any], sources: Sequence[str], below: ReadOptions) -> ReadOptions:
    """The options of the command before those of a mapping file."""
    from pipeline.intake.mapping.reading import DELIMITER_WORDS, first_given
    from pipeline.model.config import MAX_UNPACKED, ReadOptions

    delimiter = options["delimiter"]
    given = ReadOptions(
        sheets=tuple(options["sheet"]),
        header_row=options["header_row"],
        delimiter=DELIMITER_WORDS.get(delimiter, delimiter),
        encoding=options["encoding"],
        max_unpacked=options["max_unpacked"] or MAX_UNPACKED,
    )
    return first_given(given, below, sources)


def max_errors_of(text: str | None) -> Any:
    """How many rows with errors an option allows."""
    from pipeline.model.config import MaxErrors

    if text is None:
        return MaxErrors()
    return MaxErrors(percent=float(text[:-1])) if text.endswith("%") else MaxErrors(rows=int(text))


def named_limits(options: Mapping[str, Any]) -> str:
    """What --limits stands for where it is not given."""
    return options["limits"] or ("none" if options.get("sandbox") else "documented")


def limits_of(options: Mapping[str, Any]) -> tuple[RateLimit, ...]:
    """The rate limits that a command's options describe.

    Raises:
        ConfigurationError: The file of limits cannot be read.
    """
    from pipeline.cli.parameters import parse_rate

    named = named_limits(options)
    rate = (parse_rate(options["rate"]),) if options["rate"] else ()
    if named == "none":
        return rate
    return rate + (endpoints()[ENDPOINT_NAME].limits if named == "documented" else read_limits_file(Path(named)))
