"""The way of the rows: intake, delivery, remote and ledger, reports.

`operations` knows all of them, `cli` alone knows Click; data flows one way. See `docs/architecture.md`.
"""
