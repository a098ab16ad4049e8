"""The peers and what they are given."""

import ast
import re
import sys
from pathlib import Path

import pytest

from benchmarks import peers
from benchmarks.contenders import Job
from benchmarks.environments import Unavailable
from tests.support.command_line import ROOT

ALL = (*peers.SENDERS, *peers.CHECKERS, *peers.READERS)
JOB = Job(source=Path("a.csv"), folder=Path("work"), rows=7, base_url="http://127.0.0.1:1", in_flight=9)


def words_of(peer):
    return [str(word) for word in peer.argv(Path("bin"), JOB)]


def scripts_of(peer):
    return [Path(word) for word in words_of(peer) if word.startswith(str(peers.SCRIPTS))]


def imported_by(script):
    """The modules outside the standard library that a script of Python imports."""
    nodes = list(ast.walk(ast.parse(script.read_text(encoding="utf-8"))))
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module for node in nodes if isinstance(node, ast.ImportFrom)]
    return {name.split(".")[0] for name in names} - sys.stdlib_module_names


@pytest.mark.parametrize("peer", ALL, ids=lambda peer: peer.name)
def test_a_peer_reads_the_jobs_file(peer):
    assert any("a.csv" in word for word in words_of(peer))


@pytest.mark.parametrize("peer", peers.SENDERS, ids=lambda peer: peer.name)
def test_a_sender_is_told_where_to_send_and_how_many_at_a_time(peer):
    words = words_of(peer)
    assert any("http://127.0.0.1:1/api/crm/emailaccounts" in word for word in words)
    assert any(word in {"9", "IN_FLIGHT=9"} for word in words)
    assert any("sandbox-token" in word for word in words)


@pytest.mark.parametrize("peer", ALL, ids=lambda peer: peer.name)
def test_a_peers_script_is_there_and_imports_what_its_environment_has(peer):
    required = {re.split("[=<>]", text)[0].replace("-", "_") for text in peer.requirements}
    for script in scripts_of(peer):
        assert script.exists()
        if script.suffix == ".py":
            assert imported_by(script) <= required


def test_every_script_belongs_to_a_peer():
    used = {script.name for peer in ALL for script in scripts_of(peer)} | {"k6_job.js"}
    assert {path.name for path in peers.SCRIPTS.iterdir() if path.suffix in {".py", ".js"}} == used


def test_a_peer_that_cannot_be_installed_is_a_contender_with_the_reason(monkeypatch):
    def refuse(*_):
        raise Unavailable("cannot be installed: no such package")

    monkeypatch.setattr(peers, "environment", refuse)
    assert peers.CHECKERS[0].contender().missing == "cannot be installed: no such package"


def test_environments_stand_where_git_does_not_look():
    assert "/.bench/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
