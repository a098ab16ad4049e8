"""Transports that are opened in threads which come and go."""

import subprocess
import sys
import threading

import pytest

from pipeline.remote.transports.loading import load_for_good

# A process of its own: a crash ends it, and here the library is loaded already.
IN_THREADS = """
import threading

def work():
    from pipeline.remote.transports import open_transport
    from pyreqwest.http import HeaderMap
    open_transport("https://spaces.example", 2)
    [HeaderMap() for _ in range(1000)]

for _ in range(4):
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
print("done")
"""


def test_transports_work_in_threads_after_the_one_that_opened_the_first_has_ended():
    ended = subprocess.run([sys.executable, "-c", IN_THREADS], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (0, "done\n"), ended.stderr


def test_a_library_that_is_not_there_is_said_in_whatever_thread_asks():
    said = []

    def ask():
        with pytest.raises(ModuleNotFoundError) as refused:
            load_for_good("no_such_library_at_all")
        said.append(refused.value.name)

    ask()
    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    assert said == ["no_such_library_at_all"] * 2
