"""The last start as a text file of Prometheus metrics, for the collector of a node exporter.

May import `errors`, `model` and `operations.ending`; the library only when asked for. A file that cannot be written
changes nothing about how a run ended.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import Code, ConfigurationError
from pipeline.model.runs import REPORTED

if TYPE_CHECKING:
    from pipeline.operations.ending import Ending

LAST_SUCCESS = "nexudus_import_last_success_timestamp_seconds"
METRICS: Mapping[str, str] = {
    "nexudus_import_last_run_timestamp_seconds": "When the last start ended, in seconds since 1970.",
    "nexudus_import_last_run_duration_seconds": "How long it took.",
    "nexudus_import_last_run_exit_code": "Its exit code.",
    "nexudus_import_last_run_runs": "How many runs were at work in it.",
    "nexudus_import_last_run_warnings": "Warnings of these runs.",
    "nexudus_import_last_run_rows": "Rows of these runs, by how they ended.",
    LAST_SUCCESS: "When a start last ended with exit code 0.",
}
"""Each metric with its help. All are gauges; only `…_rows` has a label, `status`."""

_log = logging.getLogger(__name__)


class MetricsFile:
    """Writes the metrics of a start.

    Args:
        path: The file; replaced at once, so that nobody reads half of it.

    Raises:
        ConfigurationError: The library is not installed.
    """

    def __init__(self, path: Path) -> None:
        try:
            import prometheus_client  # noqa: F401 - whether it is there is told before anything is sent
        except ImportError as error:
            raise ConfigurationError(Code.METRICS_MISSING, "Metrics need prometheus-client.") from error
        self._path = path

    def tell(self, ending: Ending) -> None:
        """Writes how a start ended; the moment of the last success outlives a failure."""
        from prometheus_client import CollectorRegistry, Gauge, write_to_textfile

        registry = CollectorRegistry()
        for name, value in self._values(ending).items():
            Gauge(name, METRICS[name], registry=registry).set(value)
        rows = "nexudus_import_last_run_rows"
        gauge = Gauge(rows, METRICS[rows], ["status"], registry=registry)
        for status in REPORTED:
            gauge.labels(status=status.value).set(sum(result.summary.count(status) for result in ending.results))
        try:
            write_to_textfile(str(self._path), registry)
        except OSError as error:
            _log.error("The metrics file %s cannot be written (%s).", self._path, error.strerror or error)

    def _values(self, ending: Ending) -> dict[str, float]:
        values = {
            "nexudus_import_last_run_timestamp_seconds": ending.ended_at,
            "nexudus_import_last_run_duration_seconds": ending.ended_at - ending.started_at,
            "nexudus_import_last_run_exit_code": float(ending.exit_code),
            "nexudus_import_last_run_runs": float(len(ending.results)),
            "nexudus_import_last_run_warnings": float(sum(result.summary.warnings for result in ending.results)),
        }
        last_success = self._last_success() if ending.is_trouble else ending.ended_at
        return values if last_success is None else values | {LAST_SUCCESS: last_success}

    def _last_success(self) -> float | None:
        """What the file that is there says of it."""
        from prometheus_client.parser import text_string_to_metric_families

        try:
            families = list(text_string_to_metric_families(self._path.read_text(encoding="utf-8")))
        except (OSError, ValueError):
            return None
        return next((family.samples[0].value for family in families if family.name == LAST_SUCCESS), None)
