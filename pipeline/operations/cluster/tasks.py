"""What Dask's workers are asked to do with a batch: check it, enter it, send it.

Each may be done again by another worker: checking changes nothing, entering what is entered changes nothing, and what
was sent by a worker that has died is in doubt and is looked up. What goes wrong is returned and not raised: Dask would
log the arguments.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from pipeline.delivery.existing import parts_of_new
from pipeline.errors import ImportFailure
from pipeline.model.config import Existing
from pipeline.operations.cluster.bench import bench_of
from pipeline.operations.cluster.job import Entered, Sent
from schemas import endpoints

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.intake.validation.text_batch import TextBatch
    from pipeline.ledger.entry import PendingRow
    from pipeline.model.findings import CheckedBatch
    from pipeline.model.rows import Key
    from pipeline.operations.cluster.job import Job


def check(job: Job, text: TextBatch) -> CheckedBatch:
    """Converts and checks a batch."""
    return text.checked(endpoints()[job.config.endpoint], strict=job.config.strict)


def enter(job: Job, batch: CheckedBatch) -> Entered:
    """Enters a batch into the ledger. Batches are entered in their order: of equal rows the first one counts."""
    try:
        pending = bench_of(job).enter(batch)
    except ImportFailure as reason:
        return Entered(reason=reason)
    return Entered(
        invalid=len(batch.errors),
        pending=frozenset(batch.rows[row.position] for row in pending),
        unknown=_unknown(job, batch, pending),
    )


def _unknown(job: Job, batch: CheckedBatch, pending: Sequence[PendingRow]) -> dict[Any, list[Key]]:
    unknown: dict[Any, list[Key]] = defaultdict(list)
    if job.config.existing is not Existing.IGNORE:
        for part, key in parts_of_new(endpoints()[job.config.endpoint], batch, pending).values():
            unknown[part].append(key)
    return dict(unknown)


def send(job: Job, batch: CheckedBatch) -> Sent:
    """Sends what is left of a batch that is entered, each row to its end."""
    try:
        return bench_of(job).send(batch)
    except ImportFailure as reason:
        return Sent(reason=reason)
