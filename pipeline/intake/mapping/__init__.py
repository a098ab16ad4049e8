"""From a source's columns to the endpoint's fields.

May import `model`, `errors` and `schemas`. Must know nothing of file formats or of rules about values.
"""
