"""Generates `docs/commands.md` from the program's own help, or checks that it is current.

python -m tests.docs.help_pages [--check]
"""

import sys
from collections.abc import Iterator

import click

from pipeline.cli.examples import with_examples
from pipeline.cli.main import main
from tests.docs.generated import DOCS, write_or_check

PAGE = DOCS / "commands.md"
_INTRODUCTION = """# Commands

Generated from the program's help by `make docs`; `make check` fails where it is not current.
Every option can also stand in `nexudus-import.toml` and in the environment as `NEXUDUS_IMPORT_<OPTION>`.
"""


def rendered() -> str:
    """The whole page."""
    # With the settings that the program itself uses: Click keeps the help option that it was first asked for.
    root = click.Context(main, info_name="nexudus-import", terminal_width=110, **main.context_settings)
    return "\n".join([_INTRODUCTION, *_sections(root)])


def _sections(context: click.Context) -> Iterator[str]:
    """A command's help, and behind it that of its own commands."""
    name = context.command_path.removeprefix("nexudus-import").strip()
    yield _section(context.command_path, with_examples(name, context.command.get_help(context)))
    if isinstance(context.command, click.Group):
        for name in context.command.list_commands(context):
            command = context.command.get_command(context, name)
            assert command is not None
            settings = command.context_settings
            yield from _sections(click.Context(command, info_name=name, parent=context, terminal_width=110, **settings))


def _section(title: str, text: str) -> str:
    lines = "\n".join(line.rstrip() for line in text.splitlines())
    return f"## {title}\n\n```text\n{lines}\n```\n"


if __name__ == "__main__":
    sys.exit(write_or_check(PAGE, rendered()))
