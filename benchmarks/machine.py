"""What was measured on, and which versions: a figure without them says nothing."""

import os
import platform
import re
import subprocess
import tomllib
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from benchmarks.environments import ROOT
from benchmarks.servers import nginx_program

_CPU_INFO = Path("/proc/cpuinfo")


def machine_lines() -> str:
    """The day, the commit, the machine and our dependencies, as a list."""
    return "\n".join(
        f"- {line}"
        for line in (
            f"measured on {datetime.now(UTC):%Y-%m-%d}, at commit {_commit()}",
            f"{_cores()} cores ({_processor()}), {_memory_gib():.0f} GiB of memory, {platform.system()}",
            f"Python {platform.python_version()}, {_nginx()}",
            f"with {', '.join(_versions())}",
        )
    )


def _commit() -> str:
    told = _output(["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--exclude", "*"])
    return f"`{told}`" if told else "unknown"


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _processor() -> str:
    text = _CPU_INFO.read_text() if _CPU_INFO.exists() else ""
    found = re.search(r"^model name\s*: (.*)$", text, re.MULTILINE)
    return found.group(1).strip() if found else platform.machine()


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)


def _nginx() -> str:
    program = nginx_program()
    found = re.search(r"nginx/([\d.]+)", _output([program, "-v"])) if program else None
    return f"nginx {found.group(1)}" if found else "no nginx: the instant answers are our own server's"


def _versions() -> list[str]:
    """Each direct dependency with the version that is installed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = sorted((re.split(r"[^\w-]", text, maxsplit=1)[0] for text in project["dependencies"]), key=str.lower)
    return [f"{name} {metadata.version(name)}" for name in names]


def _output(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).strip() if done.returncode == 0 else ""
