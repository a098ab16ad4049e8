"""What is said of a cell: its kind and its words. May import `model`."""

from __future__ import annotations

from typing import TypeAlias

from pipeline.model.finding_codes import FindingCode

Said: TypeAlias = tuple[FindingCode, str]
"""The kind of a finding, and its message."""
