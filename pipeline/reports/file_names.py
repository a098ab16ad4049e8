"""How the files are called that reports are.

Imports nothing of the project.
"""

from __future__ import annotations

import re

_WHOLE = {
    "report.html",
    "report.json",
    "created.csv",
    "updated.csv",
    "errors.csv",
    "warnings.csv",
    "unprocessed.csv",
    "in_doubt.csv",
    "undo.csv",
    "undo.json",
    "emergency.csv",
    ".emergency.csv",
}
_OF_A_SOURCE = re.compile(r"rejected(-[0-9]+)?\.(csv|xlsx)")


def is_report(name: str) -> bool:
    """Whether a run writes, replaces or removes a file of that name in the folder of its reports.

    In whatever case: some file systems do not tell it apart.
    """
    return name.casefold() in _WHOLE or _OF_A_SOURCE.fullmatch(name.casefold()) is not None
