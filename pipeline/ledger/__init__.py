"""The ledger: what was read, intended, answered, spent. All SQL of the project is in this package.

May import `pipeline.model`, `pipeline.errors` and `schemas.endpoint`; knows nothing of files, networks or reports.
"""
