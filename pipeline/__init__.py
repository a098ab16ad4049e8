"""The way of the rows: readers, mapping, validation, submission, ledger, reports.

`importer` knows all of them, `cli` alone knows Click; data flows one way. See `docs/architecture.md`.
"""
