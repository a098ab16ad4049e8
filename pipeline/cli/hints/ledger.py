"""What to do next about the ledger. May import `errors`."""

from __future__ import annotations

from pipeline.errors import Code


def _and_emergency_report(text: str) -> tuple[str, ...]:
    return f"{text} {{emergency_report}} lists how rows ended in this process, with their Ids.", text


HINTS: dict[Code, str | tuple[str, ...]] = {
    # The program itself.
    Code.ILLEGAL_TRANSITION: "Please report it, with the version.",
    # Rows in doubt, settled by a person.
    Code.ROW_NOT_IN_DOUBT: "`nexudus-import show {run_id}` says how its rows stand.",
    Code.RECORD_TAKEN: "Check the Id; nothing was settled.",
    # The ledger.
    Code.LEDGER_LOCATION: "Check --ledger.",
    Code.LEDGER_NOT_OPENED: (
        "Install nexudus-import with {extra}, and give postgresql+psycopg://…",
        "Check --ledger, and whether this user may write there.",
    ),
    Code.LEDGER_UNREACHABLE: "Nothing was begun: the next start goes on once the database answers. Check --ledger.",
    Code.LEDGER_TOO_OLD: "Move it away and keep it, or name another one with --ledger.",
    Code.LEDGER_TOO_NEW: "Update nexudus-import, or name another file with --ledger.",
    Code.LEDGER_GONE: _and_emergency_report(
        "Bring the file back from where it went, then `nexudus-import resume --last`."
    ),
    Code.LEDGER_NOT_EMPTY: "Name a database or a file that is new; two ledgers cannot be made one.",
    Code.LEDGER_COPY_DIFFERS: "Nothing was kept of the copy. Please report it, with the version.",
    Code.RUN_TAKEN_UP: _and_emergency_report("`nexudus-import runs` lists the runs and who works on them."),
    Code.LEDGER_NOT_WRITTEN: _and_emergency_report(
        "Make room or bring the database back, then `nexudus-import resume --last`; nothing is lost."
    ),
}
