"""A faithful local stand-in of `/api/crm/emailaccounts`, on loopback, with faults that can be switched on.

`SandboxServer` serves it, `Store` holds its records, `Faults` says what goes wrong. It answers as the
documentation does, by its own reading of it: it imports nothing of `schemas` nor of the rest of `pipeline`, so
that a mistake there shows up here.
"""

from pipeline.sandbox.faults import Faults
from pipeline.sandbox.server import SandboxServer
from pipeline.sandbox.store import Store

__all__ = ["Faults", "SandboxServer", "Store"]
