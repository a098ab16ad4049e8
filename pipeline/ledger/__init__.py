"""What is known across runs: what was read, intended, answered, spent. All SQL of the project is in this room.

`ledger.Ledger` opens it, `snapshot.Snapshot` reads it, `run_ledger.RunLedger` is a run's way to write it. May import
`model`, `errors` and `schemas.endpoint`. Must know nothing of files, networks or reports.
"""
