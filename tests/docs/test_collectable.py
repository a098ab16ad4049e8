"""Every test module can be collected where Python lacks what only some systems have."""

import subprocess
import sys

from tests.support.command_line import ROOT, process_environment

# As on Windows; `fcntl` is left out, since pytest's own event loops are those of this system.
LACKING = ("grp", "pty", "pwd", "resource", "termios", "tty")
SCRIPT = f"""
import sys, distributed, pytest  # psutil, below distributed, takes `resource` here and something else there
for name in {LACKING}:
    sys.modules[name] = None
sys.exit(pytest.main(["--collect-only", "-qq", "-p", "no:cacheprovider", "-m", "soak or not soak", "tests"]))
"""


def test_every_module_is_collected_without_modules_that_some_systems_lack():
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, env=process_environment(), check=False, text=True, cwd=ROOT
    )
    assert ended.returncode == 0, ended.stdout[-2000:]
    collected = {line.split(":")[0] for line in ended.stdout.splitlines()}
    there = {path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").rglob("test_*.py")}
    assert there <= collected
