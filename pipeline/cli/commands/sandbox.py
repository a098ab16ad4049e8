"""`nexudus-import sandbox`: a stand-in of the endpoint, served until Ctrl-C."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli import options as opt
from pipeline.cli import parameters
from pipeline.cli.printing import print_json
from pipeline.errors import Code, ConfigurationError
from schemas import endpoints
from schemas.endpoint import Scope

if TYPE_CHECKING:
    from pipeline.sandbox import Faults


_TOKEN = "sandbox-token"  # noqa: S105 - everybody may know it


@click.command(context_settings=opt.CONTEXT)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; loopback only.")
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="0 for any free one.")
@click.option("--latency", type=parameters.Duration(min=0), default=0, metavar="MS", help="Each call takes so long.")
@click.option(
    "--throttle", type=parameters.Share(), default=0.0, metavar="P%", help="Calls answered 409 with Retry-After."
)
@click.option("--errors", type=parameters.Share(), default=0.0, metavar="P%", help="Creating calls answered 500.")
@click.option("--lose-answers", type=parameters.Share(), default=0.0, metavar="P%", help="Created, but never answered.")
@click.option(
    "--drop", type=parameters.Share(), default=0.0, metavar="P%", help="Connections cut before the call is read."
)
@click.option("--expire-token", type=click.IntRange(min=1), metavar="N", help="A token dies after N calls.")
@click.option("--list-lag", type=parameters.Duration(min=0), default=0, metavar="SECONDS", help="The list is so late.")
@click.option("--limits", type=click.Choice(["none", "documented"]), default="none", show_default=True, help="Kept to.")
@click.option("--seed", type=int, default=0, show_default=True, help="Repeats the same faults.")
@opt.json_option
def sandbox(host: str, port: int, limits: str, json: bool, **faults: Any) -> None:
    """Serve a stand-in of the endpoint on this machine, to try things out.

    It has the token `sandbox-token`, and the user `admin@example.com` with the password `sandbox`.
    """
    from pipeline.cli.commands.sandbox import build_faults
    from pipeline.remote.urls import is_loopback
    from pipeline.sandbox.server import serve_forever

    if not is_loopback(f"http://[{host}]" if ":" in host else f"http://{host}"):
        message = f"--host {host}: the sandbox serves this machine only."
        raise ConfigurationError(Code.SANDBOX_NOT_LOCAL, message, host=host)
    try:
        on_ready = _ready_for_scripts if json else partial(_sandbox_ready, limits)
        serve_forever(on_ready=on_ready, host=host, port=port, faults=build_faults(limits, **faults))
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        message = f"Port {port} of {host} cannot be served ({reason})."
        raise ConfigurationError(Code.PORT_UNAVAILABLE, message, host=host, port=port, reason=reason) from error


def _sandbox_ready(limits: str, base_url: str) -> None:
    click.echo(f"Serving {base_url} - stop with Ctrl-C. Import into it with:")
    click.echo(f"  NEXUDUS_TOKEN={_TOKEN} nexudus-import run FILE --base-url {base_url} --limits {limits}")


def _ready_for_scripts(base_url: str) -> None:
    print_json({"BaseUrl": base_url, "Token": _TOKEN})


def build_faults(limits: str, *, latency: float, list_lag: float = 0, **faults: Any) -> Faults:
    """Faults as `nexudus-import sandbox` is asked for them.

    Args:
        limits: `documented` to throttle as the documentation says, or `none`.
        latency: Milliseconds that each call takes.
        list_lag: Seconds by which the list is late.
        **faults: The fields of `Faults` that have the name of their option.
    """
    from pipeline.sandbox import Faults

    documented = endpoints()["emailaccounts"].limits
    modifying = tuple((one.calls, one.seconds) for one in documented if one.scope is Scope.MODIFYING)
    kept = modifying if limits == "documented" else ()
    return Faults(latency_s=latency / 1000, list_lag_s=list_lag, limits=kept, **faults)
