"""Checked batches into records at the target, each of them once.

May import `remote`, `ledger`, `model`, `stop`, `errors` and `schemas`. Must know nothing of files, reports or people.
"""
