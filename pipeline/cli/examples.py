"""Examples of each command, as `help COMMAND` and the page of commands show them; a test runs each of them.

May import nothing of the project.
"""

from __future__ import annotations

from dataclasses import dataclass

PROGRAM = "nexudus-import"


@dataclass(frozen=True, slots=True)
class Example:
    """One way to call a command.

    Attributes:
        purpose: What it is for.
        arguments: What follows the program's name.
    """

    purpose: str
    arguments: str

    @property
    def command(self) -> str:
        """What to type."""
        return f"{PROGRAM} {self.arguments}"


def examples_of(command: str) -> tuple[Example, ...]:
    """The examples of a command.

    Args:
        command: Its name, such as `run` or `config show`.
    """
    return tuple(Example(purpose, arguments) for purpose, arguments in _EXAMPLES.get(command, ()))


def with_examples(command: str, help_text: str) -> str:
    """The help of a command, with its examples."""
    lines = [line for one in examples_of(command) for line in (f"  {one.purpose}:", f"    {one.command}")]
    return "\n".join([help_text.rstrip(), "", "Examples:", *lines]) if lines else help_text.rstrip()


_EXAMPLES: dict[str, tuple[tuple[str, str], ...]] = {
    "run": (
        ("See what would happen", "run accounts.xlsx --dry-run"),
        ("Import a workbook", "run accounts.xlsx"),
        ("See when its rows would be sent, day by day", "run accounts.xlsx --rehearse"),
        ("Try it out, nothing real is touched", "run accounts.csv --sandbox"),
        (
            "The same business for all rows, and a value where a cell is blank",
            "run accounts.csv --set BusinessId=1 --default ErrorCount=0",
        ),
        (
            "What another system has written, with a mapping from `map`",
            "run export.csv --mapping export.csv.mapping.toml",
        ),
        ("Change the records that exist", "run accounts.csv --existing update"),
        ("Until six in the morning; `resume` goes on the next night", "run accounts.csv --yes --until 06:00"),
    ),
    "nightly": (
        ("Resume what is open, then take each file of a folder", "nightly inbox"),
        (
            "For eight hours at most, with the result for Prometheus",
            "nightly inbox --for 8h --metrics-file import.prom",
        ),
    ),
    "validate": (
        ("Check a workbook", "validate accounts.xlsx"),
        ("Refuse what is merely odd, too", "validate accounts.csv --strict"),
        ("The errors for a script", "validate accounts.csv --json"),
    ),
    "map": (
        ("Propose a mapping, and ask about what is doubtful", "map export.csv"),
        ("Take only what is sure", "map export.csv --yes -o sure.toml"),
    ),
    "template": (
        ("A workbook to fill in", "template -o empty.xlsx"),
        ("The same as CSV", "template -o empty.csv"),
    ),
    "resume": (
        ("Go on with the run that began last", "resume --last"),
        ("Go on with all that can be", "resume --all"),
        ("Send what the target refused once more, since its cause is mended", "resume last --retry rejected"),
    ),
    "settle": (
        ("Take in what you have filled in in in_doubt.csv", "settle last"),
        ("One row: its record is 4711", "settle last --row 2 --id 4711"),
        ("One row: it has no record, `resume` sends it", "settle last --row 3 --missing"),
    ),
    "undo": (
        ("See what deleting a run's records would do", "undo last --dry-run"),
        ("Delete what it created, put back what it changed", "undo last"),
    ),
    "runs": (
        ("All of them", "runs"),
        ("What was stopped since the first of March", "runs --status stopped --since 2026-03-01"),
        ("Did last night go well? Says so by the exit code", "runs --check --max-age 26h"),
    ),
    "show": (
        ("How far the last run is, and when it will be done", "show last"),
        ("The same for a script", "show last --json"),
    ),
    "report": (
        ("Write the reports of the last run again", "report last"),
        ("Look at them", "report last --open"),
    ),
    "runs prune": (("What is older than three months", "runs prune --older-than 90d --dry-run"),),
    "ledger copy": (("Move it to another file, or into PostgreSQL by a URL", "ledger copy old.db new.db"),),
    "login": (
        ("Sign in, with user name and password", "login"),
        ("Keep a token that you have", "login --token"),
    ),
    "logout": (("Forget the sign-in", "logout"),),
    "check": (
        ("Would a run work?", "check"),
        ("Would it, with this file?", "check accounts.xlsx"),
    ),
    "config show": (
        ("Where each setting comes from", "config show"),
        ("What a run would use with these options", "config show --limits none"),
    ),
    "fields": (
        ("What can stand in a spreadsheet", "fields"),
        ("For a program", "fields --format json-schema"),
    ),
    "sandbox": (
        ("Serve it until Ctrl-C", "sandbox"),
        ("One that loses answers and throttles", "sandbox --port 8766 --lose-answers 5% --throttle 10%"),
    ),
    "help": (("All about one command", "help run"),),
}
