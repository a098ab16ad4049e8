"""Leads a run whose rows are sent by the workers of a cluster.

May import the rest of `operations.cluster` and all rooms below.
"""

from __future__ import annotations

import asyncio
import uuid
from importlib.metadata import version
from typing import TYPE_CHECKING

from pipeline.errors import ClusterUnavailable
from pipeline.operations.cluster.bench import PACKAGE
from pipeline.operations.cluster.connection import joined
from pipeline.operations.cluster.delivery import BATCH_ROWS, ClusterDelivery
from pipeline.operations.cluster.job import Job
from pipeline.operations.connection import locked

if TYPE_CHECKING:
    from pipeline.delivery.engine import Engine
    from pipeline.intake.intake import Intake
    from pipeline.ledger.ledger import Ledger
    from pipeline.operations.connection import Connection
    from pipeline.operations.engines import Cluster


async def led(cluster: Cluster, connection: Connection, ledger: Ledger, engine: Engine, intake: Intake) -> int:
    """Has a run's rows sent by workers; returns the rows that were read.

    Args:
        cluster: Where the workers are.
        connection: What those on this machine need to know.
        ledger: The ledger, with the run's lock held.
        engine: The run's delivery as this process would do it; enters what is left where the cluster has gone.
        intake: The run's rows.
    """
    job = Job(
        run_id=engine.ledger.run.run.run_id,
        session=uuid.uuid4().hex,
        ledger=ledger.url_without_password,
        config=engine.config,
        version=version(PACKAGE),
    )
    try:
        async with joined(cluster, connection) as client:
            delivery = ClusterDelivery(client=client, job=job, engine=engine)
            with locked(ledger, job.go) as go:
                return await delivery.deliver(intake.unchecked(BATCH_ROWS), end=go.release)
    except ClusterUnavailable as reason:
        engine.stop.because(reason)
        return await engine.deliver(intake.checked())
    except asyncio.CancelledError:
        if engine.stop.is_set:  # by the second signal: the report names every row all the same
            await engine.deliver(intake.checked())
        raise
