"""Writes the hard files of `tests/files/cases/` that are made: `python -m tests.support.case_files [FOLDER]`."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.support.case_files.every import all_files

CASES = Path(__file__).parents[2] / "files" / "cases"


def main(folder: Path) -> None:
    """Writes them all."""
    for name, content in all_files().items():
        (folder / name).write_bytes(content)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else CASES)
