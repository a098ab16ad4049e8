"""The way to a Dask cluster: one that is there, or one on this machine for as long as the run lasts.

No secret goes through it: workers sign in as their own environment says; those on this machine are given this
process's.
May import `operations.cluster.environment` and `unprofiled`, `operations.connection` and `errors`.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from pipeline.errors import ClusterUnavailable, Code
from pipeline.operations.cluster.environment import environment, of_workers

if TYPE_CHECKING:
    from pipeline.operations.connection import Connection
    from pipeline.operations.engines import Cluster

_log = logging.getLogger(__name__)

_WORKERS_WITHIN_S = 60.0
_THREADS = 4
"""Batches that a worker on this machine has at the same time: while one waits for its last rows, others go on."""


@contextlib.asynccontextmanager
async def joined(cluster: Cluster, connection: Connection) -> AsyncIterator[Any]:
    """A client of the cluster, which has workers.

    Args:
        cluster: Where it is.
        connection: What workers on this machine need to know.

    Raises:
        ClusterUnavailable: Nobody answers there, or no worker comes.
    """
    from distributed import Client

    from pipeline.operations.cluster.unprofiled import Unprofiled

    async with contextlib.AsyncExitStack() as held:
        try:
            address = cluster.scheduler or await held.enter_async_context(_on_this_machine(connection))
            client = await held.enter_async_context(Client(address, asynchronous=True, set_as_default=False))
            await client.wait_for_workers(1, timeout=_WORKERS_WITHIN_S)
            await client.register_plugin(Unprofiled())
        except ImportError as error:
            raise lacking(error) from error
        except (OSError, TimeoutError, ValueError) as error:
            where = cluster.scheduler or "on this machine"
            message = f"The Dask cluster {where} cannot be reached, or has no workers ({error})."
            raise ClusterUnavailable(Code.CLUSTER_UNREACHABLE, message, scheduler=where) from error
        yield client


def lacking(error: ImportError) -> ClusterUnavailable:
    """The error for a worker on which something is not installed."""
    message = f"A worker of the Dask cluster lacks a part ({error})."
    return ClusterUnavailable(Code.WORKER_DIFFERS, message, reason=str(error))


@contextlib.asynccontextmanager
async def _on_this_machine(connection: Connection) -> AsyncIterator[Any]:
    from dask.system import CPU_COUNT
    from distributed import LocalCluster

    with environment(of_workers(connection)):
        async with LocalCluster(
            n_workers=CPU_COUNT,
            threads_per_worker=_THREADS,
            dashboard_address="127.0.0.1:0",
            asynchronous=True,
            protocol="tcp://",
            # A worker that dies is replaced, and its rows are looked up: Dask's lines are for whoever asks for details.
            silence_logs=logging.WARNING if _log.isEnabledFor(logging.DEBUG) else logging.ERROR,
        ) as cluster:
            yield cluster
