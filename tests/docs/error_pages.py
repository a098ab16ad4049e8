"""Generates `docs/errors.md` from the codes, the places that raise them and the hints, or checks that it is current.

python -m tests.docs.error_pages [--check]
"""

import sys
from collections.abc import Mapping

from pipeline.cli.hints import placeholders, texts_of
from pipeline.cli.hints.needless import NEEDS_NONE
from pipeline.errors import EXIT_CODE_MEANINGS, Code, ExitCode, facts_json
from pipeline.model.finding_codes import MEANINGS, FindingCode
from tests.docs.generated import DOCS, write_or_check
from tests.support.raise_sites import facts_of, sites

PAGE = DOCS / "errors.md"
_INTRODUCTION = """# Errors

Generated from the program by `make docs`; `make check` fails where it is not current.

Whatever ends a command, or stops a run early, has a code. It keeps its meaning from version to version; the words of
messages may change, so scripts and programs should look at the code.

- **With `--json`** a command that fails prints `{"Error", "Code", "Facts", "Advice", "ExitCode"}`. The result of a run
  that stopped early has `Code` and `Facts` beside `StoppedBecause`; all three are null where it did not. Each finding
  of `check`, and what `runs --check` says, has them beside its `Message`.
- **From Python** every `ImportFailure` has `code` (a `pipeline.Code`, which is text), `message`, `facts` and
  `exit_code`. The names of facts are written like this there: `run_id` for `RunId`.
- **On the terminal** the message stands on one line and what to do next on the next.

Facts are what the message is made of; one that is not known is null or left out. In *what to do next* they stand in
capitals. Where it says *or*, the first is said whose facts are known.
"""
_ABOUT_FINDINGS = """## Findings

What is wrong or odd about cells, rows and sources has a code, too: in `report.json` (`Codes` beside a row's `Response`,
in step with its `Errors`; `Code` of a warning) and in Python (`Finding.code`, `RowResult.codes`).
"""


def rendered() -> str:
    """The whole page."""
    facts = facts_of(sites())
    return "\n".join([_INTRODUCTION, *(_section(code, facts) for code in ExitCode if _codes(code)), _findings()])


def _findings() -> str:
    lines = "\n".join(f"| `{code.value}` | {MEANINGS[code]} |" for code in FindingCode)
    return f"{_ABOUT_FINDINGS}\n| code | what was found |\n|---|---|\n{lines}\n"


def _codes(exit_code: ExitCode) -> list[Code]:
    return [code for code in Code if code.exit_code is exit_code]


def _section(exit_code: ExitCode, facts: Mapping[Code, frozenset[str]]) -> str:
    lines = "\n".join(_line(code, facts[code]) for code in _codes(exit_code))
    title = f"## Exit code {exit_code:d}: {EXIT_CODE_MEANINGS[exit_code]}"
    return f"{title}\n\n| code | what has happened | facts | what to do next |\n|---|---|---|---|\n{lines}\n"


def _line(code: Code, facts: frozenset[str]) -> str:
    named = ", ".join(f"`{name}`" for name in facts_json(dict.fromkeys(sorted(facts))))
    return f"| `{code.value}` | {code.meaning} | {named} | {_hint(code)} |"


def _hint(code: Code) -> str:
    texts = [text.format(**{name: name.upper() for name in placeholders(text)}) for text in texts_of(code)]
    return " *or* ".join(texts) if texts else f"({NEEDS_NONE[code]})"


if __name__ == "__main__":
    sys.exit(write_or_check(PAGE, rendered()))
