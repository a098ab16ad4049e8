"""`sandbox`: serves until it is asked to end."""

import json
import signal
import socket
import subprocess
import sys
from contextlib import closing
from urllib.request import Request, urlopen

import pytest

from pipeline.errors import ExitCode
from tests.support.command_line import TOKEN, accounts, call, process_environment, write_csv
from tests.support.refusals import refused


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no such signals")
@pytest.mark.parametrize("limits", ["none", "documented"])
def test_the_sandbox_command_serves_until_it_is_asked_to_end(limits):
    process = subprocess.Popen(
        [sys.executable, "-m", "pipeline", "sandbox", "--port", "0", "--limits", limits],
        stdout=subprocess.PIPE,
        text=True,
        env=process_environment(PYTHONUNBUFFERED="1"),
    )
    try:
        assert process.stdout is not None
        first, second = process.stdout.readline(), process.stdout.readline()
        base_url = first.split()[1]
        assert second.rstrip().endswith(f"--limits {limits}")
        write_csv("a.csv", accounts(2))
        result = call(*second.split()[2:3], "a.csv", *second.split()[4:], "--report-dir", "out")
        assert result.exit_code == 0
        query = Request(
            f"{base_url}/api/crm/emailaccounts",
            headers={"Authorization": f"Bearer {TOKEN}", "Accept": "application/json"},
        )
        with closing(urlopen(query)) as answer:
            assert json.load(answer)["TotalItems"] == 2
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_a_port_in_use():
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        message = f"Port {port} of 127.0.0.1 cannot be served (Address already in use)."
        result = call("sandbox", "--port", port)
        refused(result, ExitCode.USAGE, message, advice="Choose another --port, or 0 for any free one.")


@pytest.mark.parametrize("host", ["0.0.0.0", "10.0.0.1", "a.example", "127.a.example", "::"])
def test_the_sandbox_serves_this_machine_only(host):
    message = f"--host {host}: the sandbox serves this machine only."
    refused(call("sandbox", "--host", host, "--port", "0"), ExitCode.USAGE, message, advice="Use 127.0.0.1.")
