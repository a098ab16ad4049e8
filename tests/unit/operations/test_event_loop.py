"""The loop that operations run in."""

import asyncio
import sys

import pytest

from pipeline.operations.event_loop import run_in_loop


async def kind_of_loop():
    return type(asyncio.get_running_loop()).__module__.partition(".")[0]


@pytest.mark.skipif(sys.platform == "win32", reason="there is no uvloop")
def test_operations_run_in_uvloop():
    assert run_in_loop(kind_of_loop()) == "uvloop"


def test_where_there_is_no_uvloop_they_run_in_pythons_own(monkeypatch):
    monkeypatch.setitem(sys.modules, "uvloop", None)
    assert run_in_loop(kind_of_loop()) == "asyncio"


def test_what_goes_wrong_comes_out_as_it_is():
    async def work():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_in_loop(work())
