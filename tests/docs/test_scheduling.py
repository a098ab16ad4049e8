"""The examples for schedules: each is parsed by what would read it, and names commands and options that exist."""

import configparser
import json
import os
import py_compile
import re
import shlex
import shutil
import signal
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import click
import pytest
import yaml

from pipeline.cli.main import main
from pipeline.errors import EXIT_CODE_MEANINGS, ExitCode
from tests.support.command_line import ROOT

FOLDER = ROOT / "docs" / "scheduling"


def text_of(name):
    return (FOLDER / name).read_text(encoding="utf-8")


def units(name):
    """A unit file of systemd, whose keys may come more than once."""
    parser = configparser.ConfigParser(strict=False, interpolation=None, delimiters=("=",))
    parser.optionxform = str
    parser.read_string(text_of(name))
    return parser


def cron_lines():
    lines = [line for line in text_of("crontab").splitlines() if line and not line.startswith("#")]
    return [line.split(maxsplit=5) for line in lines if not re.match(r"\w+=", line)]


def container():
    job = yaml.safe_load(text_of("kubernetes-cronjob.yaml"))
    [found] = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    return found


def docker(instruction):
    """What follows an instruction of the Dockerfile, each with its continued lines."""
    joined = text_of("Dockerfile").replace("\\\n", " ")
    return re.findall(rf"^{instruction} (.*)$", joined, re.MULTILINE)


def commands():
    """Every call of the program in the examples: where it stands, and its arguments."""
    for line in cron_lines():
        yield "crontab", shlex.split(line[5])
    yield "service", shlex.split(units("nexudus-import.service")["Service"]["ExecStart"])
    [task] = ET.fromstring(text_of("windows-task.xml")).iterfind(".//{*}Exec")
    yield "windows", ["nexudus-import", *shlex.split(task.findtext("{*}Arguments"), posix=False)]
    yield "kubernetes", container()["command"]
    steps = yaml.safe_load(text_of("github-actions.yaml"))["jobs"]["import"]["steps"]
    for found in re.findall(r"^\s*(nexudus-import .*?) \|\|", steps[-2]["run"], re.MULTILINE):
        yield "github", shlex.split(found)
    yield "airflow", json.loads(re.search(r"command = (\[.*\])", text_of("airflow_dag.py")).group(1))
    yield "docker", json.loads(docker("CMD")[-1])[2:]
    yield "health", shlex.split(docker("HEALTHCHECK")[0].split(" CMD ")[1])


@pytest.mark.parametrize("command", [command for _, command in commands()])
def test_every_command_and_option_exists(command):
    assert Path(command[0]).name == "nexudus-import"
    name, *arguments = command[1:]
    subcommand = None
    context = main.commands[name].make_context(name, list(arguments), resilient_parsing=True)
    assert isinstance(context, click.Context)
    if isinstance(context.command, click.Group) and arguments[0] in context.command.commands:
        subcommand = arguments[0]
        context.command.commands[subcommand].make_context(subcommand, arguments[1:], parent=context)
    assert {"nightly": context.params.get("inboxes"), "runs": context.params.get("check") or subcommand}[name]


def test_every_example_is_there_once():
    assert sorted({where for where, _ in commands()}) == sorted(
        ["airflow", "crontab", "docker", "github", "health", "kubernetes", "service", "windows"]
    )
    listed = set(re.findall(r"\]\(([\w.-]+)\)", text_of("README.md")))
    assert listed == {path.name for path in FOLDER.iterdir() if path.is_file()} - {"README.md"}


def test_the_page_has_each_exit_code_with_its_meaning():
    rows = re.findall(r"^\| (\d) \| (.*?) \|", text_of("README.md"), re.MULTILINE)
    assert [int(code) for code, _ in rows] == [int(code) for code in ExitCode]
    for code, meaning in rows:
        known = set(re.findall(r"\w+", EXIT_CODE_MEANINGS[ExitCode(int(code))]))
        assert len(known & set(re.findall(r"\w+", meaning))) >= 2


class TestExitCodes:
    def test_stopped_early_is_no_failure_for_systemd(self):
        assert units("nexudus-import.service")["Service"]["SuccessExitStatus"] == str(int(ExitCode.STOPPED))

    def test_kubernetes_tries_again_what_stopped_early_and_nothing_else(self):
        job = yaml.safe_load(text_of("kubernetes-cronjob.yaml"))["spec"]["jobTemplate"]["spec"]
        [rule] = job["podFailurePolicy"]["rules"]
        refused = {int(code) for code in ExitCode} - {ExitCode.OK, ExitCode.STOPPED}
        assert (rule["action"], set(rule["onExitCodes"]["values"])) == ("FailJob", refused)
        assert rule["onExitCodes"]["containerName"] == container()["name"]
        assert job["template"]["spec"]["restartPolicy"] == "Never"  # without which the policy does not count

    def test_airflow_tries_again_what_stopped_early(self):
        assert f"STOPPED_EARLY = {ExitCode.STOPPED:d}" in text_of("airflow_dag.py")

    @pytest.mark.skipif(shutil.which("sh") is None, reason="there is no sh")
    @pytest.mark.parametrize("code", list(ExitCode))
    def test_the_step_of_github_passes_on_every_code_but_stopped_early(self, code, tmp_path):
        steps = yaml.safe_load(text_of("github-actions.yaml"))["jobs"]["import"]["steps"]
        _stub(tmp_path, f"exit {code:d}")
        ended = _sh("-e", "-c", steps[-2]["run"], path=tmp_path)
        assert ended.returncode == (0 if code is ExitCode.STOPPED else code)
        assert ended.stdout.startswith("::warning::" if code is ExitCode.STOPPED else "")


def _stub(folder, script):
    """A program of our name that does something else."""
    path = folder / "nexudus-import"
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)


def _sh(*arguments, path):
    env = {**os.environ, "PATH": f"{path}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(["sh", *arguments], capture_output=True, text=True, env=env, check=False)


def test_every_hour_of_cron_is_one():
    for *when, _command in cron_lines():
        assert all(re.fullmatch(r"[0-9*,/-]+", field) for field in when)


def test_the_dag_compiles(tmp_path):
    py_compile.compile(str(FOLDER / "airflow_dag.py"), cfile=str(tmp_path / "dag.pyc"), doraise=True)


def test_the_container_is_not_run_as_root_and_is_made_of_what_is_there():
    assert docker("USER") == ["importer"]
    assert f"--uid {_kubernetes_user()}" in docker("RUN")[-1]
    sources = [name for line in docker("COPY") if "--from" not in line for name in line.split()[:-1]]
    assert [name for name in sources if not (ROOT / name).exists()] == []


def _kubernetes_user():
    job = yaml.safe_load(text_of("kubernetes-cronjob.yaml"))
    return job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["securityContext"]["runAsUser"]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd")
def test_systemd_takes_the_units(tmp_path):
    program = tmp_path / "nexudus-import"
    _stub(tmp_path, "exit 0")
    service = text_of("nexudus-import.service").replace("/usr/local/bin/nexudus-import", str(program))
    (tmp_path / "nexudus-import.service").write_text(service, encoding="utf-8")
    shutil.copy(FOLDER / "nexudus-import.timer", tmp_path)
    names = [str(tmp_path / f"nexudus-import.{kind}") for kind in ("service", "timer")]
    ended = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", *names],
        capture_output=True,
        text=True,
        check=False,
    )
    assert [line for line in ended.stderr.splitlines() if "nexudus-import" in line] == []


@pytest.mark.skipif(shutil.which("sh") is None or os.name == "nt", reason="there is no sh")
class TestEvery:
    def test_is_a_script(self):
        assert _sh("-n", str(FOLDER / "every.sh"), path=FOLDER).returncode == 0

    def test_starts_the_command_again_after_it_failed_and_ends_with_it(self, tmp_path):
        _stub(tmp_path, 'echo started\n[ -e "$0.second" ] && kill -TERM "$PPID"\ntouch "$0.second"\nexit 5')
        ended = _sh(str(FOLDER / "every.sh"), "0", str(tmp_path / "nexudus-import"), path=tmp_path)
        assert (ended.returncode, ended.stdout) == (0, "started\nstarted\n")
        assert ended.stderr.startswith("exit code 5; next start in 0 s\n")

    def test_hands_the_order_to_end_on(self, tmp_path):
        _stub(tmp_path, 'trap "echo ended well; exit 5" TERM\necho started\nwhile :; do sleep 0.01; done')
        command = ["sh", str(FOLDER / "every.sh"), "3600", str(tmp_path / "nexudus-import")]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout.readline() == "started\n"
            process.send_signal(signal.SIGTERM)
            assert process.stdout.read() == "ended well\n"
            assert process.wait() == 0
