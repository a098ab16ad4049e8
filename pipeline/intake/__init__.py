"""From files to checked batches of rows: reading, mapping and validation.

May import `model`, `errors` and `schemas`. Must know nothing of networks, ledgers or reports.
"""
