"""Environments of peers: which Python, and why there may be none."""

import sys
from pathlib import Path

import pytest

from benchmarks import environments
from benchmarks.environments import Unavailable, environment, python_of


def test_our_own_python_is_taken_where_it_is_new_enough():
    assert python_of(None) == python_of((3, 8)) == Path(sys.executable)


def test_a_python_that_this_machine_lacks_is_a_reason():
    with pytest.raises(Unavailable, match=r"needs Python 3\.99 or later, which this machine does not have"):
        python_of((3, 99))


def test_an_environment_that_was_installed_is_not_installed_again(monkeypatch, tmp_path):
    monkeypatch.setattr(environments, "CACHE", tmp_path)
    made = []
    monkeypatch.setattr(environments, "_install", lambda folder, *_: (made.append(folder), folder.mkdir()))
    first = environment("csv2http", ["csv2http==1"])
    assert environment("csv2http", ["csv2http==1"]) == first
    assert environment("csv2http", ["csv2http==2"]) != first
    assert len(made) == 2
