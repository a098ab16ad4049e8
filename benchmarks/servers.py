"""The targets that imports are measured against, each a process on this machine for as long as it is needed."""

import json
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_HERE = Path(__file__).parent
_PATIENCE_S = 10
_NGINX_PLACES = "/usr/sbin:/usr/local/sbin"
# The Id is the connection's number and the request's on it, so that no two answers have the same.
_NGINX = """
worker_processes 1;
daemon off;
pid nginx.pid;
error_log error.log crit;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  default_type application/json;
  keepalive_requests 1000000000;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  map $connection_requests $turn {{
    ~^.$ 000000$connection_requests; ~^..$ 00000$connection_requests; ~^...$ 0000$connection_requests;
    ~^....$ 000$connection_requests; ~^.....$ 00$connection_requests; ~^......$ 0$connection_requests;
    default $connection_requests;
  }}
  map $request_method $answer {{
    GET '{{"Records":[],"CurrentPage":1,"CurrentPageSize":0,"TotalItems":0,"TotalPages":0,"HasNextPage":false}}';
    default '{{"Status":200,"Message":"EmailAccount was successfully created.","Value":{{"Id":$connection$turn}},"Errors":null,"WasSuccessful":true}}';
  }}
  server {{
    listen 127.0.0.1:{port} backlog=1024;
    location / {{ return 200 $answer; }}
    location = /calls {{ stub_status; }}
  }}
}}
"""  # noqa: E501 - an answer stands on one line


@dataclass(frozen=True, kw_only=True)
class Server:
    """A target that is up.

    Attributes:
        name: what it is, for the table.
        base_url: where it is; the endpoint stands below it.
        requests: how many requests it has answered so far, so that a tool which leaves rows out is seen.
    """

    name: str
    base_url: str
    requests: Callable[[], int]


def nginx_program() -> str | None:
    """Where nginx is, if it is installed; for people other than root not every folder is on the search path."""
    return shutil.which("nginx") or shutil.which("nginx", path=_NGINX_PLACES)


@contextmanager
def fixed_reply(folder: Path) -> Iterator[Server]:
    """A server that answers at once: nginx where it is installed, else our own."""
    nginx = nginx_program()
    with _nginx(nginx, folder) if nginx else slow_reply(0) as server:
        yield server


@contextmanager
def _nginx(program: str, folder: Path) -> Iterator[Server]:
    port = _free_port()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "nginx.conf").write_text(_NGINX.format(port=port))
    command = [program, "-p", str(folder), "-c", "nginx.conf", "-e", "error.log"]
    base_url = f"http://127.0.0.1:{port}"
    asked = 0

    def requests() -> int:
        nonlocal asked
        asked += 1
        return int(_get(base_url + "/calls").split()[9]) - asked

    with _serving(command, port):
        yield Server(name="nginx with a fixed reply", base_url=base_url, requests=requests)


@contextmanager
def slow_reply(delay_s: float) -> Iterator[Server]:
    """Our own server, whose every answer takes so long."""
    port = _free_port()
    base_url = f"http://127.0.0.1:{port}"
    name = f"a server of our own that takes {delay_s * 1000:.0f} ms"
    with _serving([sys.executable, str(_HERE / "instant_server.py"), str(port), str(delay_s)], port):
        yield Server(name=name, base_url=base_url, requests=lambda: int(json.loads(_get(base_url + "/calls"))["calls"]))


@contextmanager
def _serving(command: list[str], port: int) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        _wait_until_it_listens(process, port)
        yield
    finally:
        process.terminate()
        process.wait(_PATIENCE_S)


def _wait_until_it_listens(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not _listens(port):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{process.args!r} does not serve on port {port}")
        time.sleep(0.02)


def _listens(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _get(url: str) -> str:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=_PATIENCE_S) as answer:
        return str(answer.read().decode())
