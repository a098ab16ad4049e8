"""`--help`: quick, and complete for scripts."""

import subprocess
import sys

import pytest

from pipeline.cli.main import main
from pipeline.errors import ExitCode
from tests.support.command_line import call, process_environment


@pytest.mark.parametrize("command", [None, *main.commands])
def test_help_is_quick_because_it_imports_nothing_heavy(command):
    heavy = ["pandas", "numpy", "pyarrow", "pandera", "sqlalchemy", "alembic", "httpx", "aiohttp", "rich", "tenacity"]
    code = f"""
import sys
from pipeline.cli.main import main
try:
    main({[*([command] if command else []), "--help"]!r})
except SystemExit as end:
    assert end.code == 0, end.code
print([name for name in {heavy!r} if name in sys.modules], file=sys.stderr)
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, env=process_environment(), check=True)
    assert ended.stderr.strip() == b"[]"
    assert b"Usage: " in ended.stdout


@pytest.mark.parametrize("command", ["run", "validate", "resume", "undo"])
def test_help_of_what_scripts_call_names_the_exit_codes(command):
    shown = call(command, "-h").stdout
    assert all(f"  {code:d}  " in shown for code in ExitCode)
