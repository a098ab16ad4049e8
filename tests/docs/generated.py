"""Writes a page that is made of the program, or checks that it is current."""

import sys
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def write_or_check(page: Path, text: str) -> int:
    """Writes the page, or with `--check` compares it; returns the exit code."""
    if "--check" not in sys.argv:
        page.write_text(text, encoding="utf-8")
        return 0
    current = page.exists() and page.read_text(encoding="utf-8") == text
    if not current:
        sys.stderr.write(f"docs/{page.name} is not current: run `make docs`.\n")
    return 0 if current else 1
