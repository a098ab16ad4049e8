"""Who sends the rows of a run: this process, or the workers of a Dask cluster.

May import `model` and `errors`. Dask is an extra, looked for only when it is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.errors import Code, ConfigurationError


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """Where batches are worked on.

    Attributes:
        scheduler: The address of a scheduler; `None` for workers on this machine.
    """

    scheduler: str | None = None

    def check(self, ledger: str, *, embedded: bool) -> None:
        """Makes sure that a run can be worked on there, before anything is done.

        Args:
            ledger: The run's ledger: a path or a URL.
            embedded: Whether the target is a sandbox in this process.

        Raises:
            ConfigurationError: Dask is not installed, or the workers would not reach the ledger or the target.
        """
        _demand_dask()
        if not ledger.startswith("postgresql"):
            message = "Dask's workers cannot share the ledger: it is a SQLite file, which one process at a time writes."
            raise ConfigurationError(Code.ENGINE_NEEDS_POSTGRESQL, message)
        if self.scheduler is not None and embedded:
            message = "Workers elsewhere cannot reach a sandbox that is embedded in this process."
            raise ConfigurationError(Code.ENGINE_OUT_OF_REACH, message, scheduler=self.scheduler)


def _demand_dask() -> None:
    try:
        import distributed  # noqa: F401 - whether it is there
    except ImportError as error:
        message = f"Dask is not installed ({error})."
        raise ConfigurationError(Code.ENGINE_NOT_INSTALLED, message, reason=str(error)) from error
