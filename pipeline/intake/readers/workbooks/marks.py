"""Marks that go through fastexcel as the text of a cell, for what it does not tell: errors, formulas without a value.

A mark begins with a character for private use and letters that no file can foresee, so that no person's text is one.
May import nothing of the project.
"""

from __future__ import annotations

import secrets

TOKEN = f"\ue000{secrets.token_hex(8)}"

UNSTORED = f"{TOKEN}f"
"""Stands for the value of a formula that no program has stored."""

ERROR = f"{TOKEN}e"
"""Stands before the text of an error cell."""
