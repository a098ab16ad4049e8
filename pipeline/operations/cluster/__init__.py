"""One run on many machines: Dask moves and retries batches, the ledger in PostgreSQL holds the truth.

`delivery.ClusterDelivery` is the process that leads the run: it reads, hands out, follows and reports. `tasks` is what
its workers do: they check and send, with the same code as a run in one process. `bench` is what a worker keeps between
two batches. May import the other operations and all rooms below.
"""
