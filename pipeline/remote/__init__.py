"""The target over HTTP: calls, responses, tokens, rate limits.

May import `model`, `stop`, `errors` and `schemas.endpoint`. Must know nothing of the ledger or of the rows of a file.
"""
