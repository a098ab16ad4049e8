"""Whole runs against targets whose limits nobody has told, in virtual time: what is throttled, and how much is used."""

from datetime import UTC, datetime

import pytest

from pipeline.operations.runtime import Runtime
from pipeline.operations.virtual_time import VirtualTime
from pipeline.sandbox.accounts import DEFAULT_USERS, Tokens
from pipeline.sandbox.api import Sandbox
from pipeline.sandbox.faults import FaultPlan, Faults
from pipeline.sandbox.in_process import InProcessTransport
from pipeline.sandbox.store import Store
from tests.support.command_line import accounts, call, write_csv

START = datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp()
GRACE_S = 5.0


class CountingPlan(FaultPlan):
    """Keeps when each changing call arrived, and whether it was throttled."""

    def __init__(self, faults):
        super().__init__(faults)
        self.seen = []

    def over_limit(self, at_s):
        throttled = super().over_limit(at_s)
        self.seen.append((at_s - START, throttled))
        return throttled


def imported(rows, *args, limits):
    """When the changing calls of a run arrived, and which of them were throttled; every row must have been created."""
    clock = VirtualTime(START)
    plan = CountingPlan(Faults(latency_s=0.02, limits=limits))
    sandbox = Sandbox(
        store=Store(now=clock.moment), tokens=Tokens(DEFAULT_USERS, now=clock.moment), plan=plan, now=clock.moment
    )
    runtime = Runtime(
        now=clock.now, run=clock.run, open_transport=lambda *_: InProcessTransport(sandbox), handle_signals=False
    )
    write_csv("a.csv", accounts(rows))
    signed_in = {"NEXUDUS_USERNAME": "admin@example.com", "NEXUDUS_PASSWORD": "sandbox"}
    options = ("--base-url", "https://spaces.example", "--yes", "--existing", "ignore", *args)
    ended = call("run", "a.csv", *options, token=None, runtime=runtime, **signed_in)
    assert (ended.exit_code, len(sandbox.store)) == (0, rows), ended.output
    return plan.seen


def share_throttled(seen, since):
    within = [throttled for at, throttled in seen if at > since]
    return sum(within) / len(within)


@pytest.mark.parametrize("concurrency", ["8", "32"])
def test_a_rate_that_nobody_told_is_learned_with_hardly_a_throttled_call(concurrency):
    seen = imported(400, "--limits", "none", "--concurrency", concurrency, limits=((20, 1.0),))
    took_s = seen[-1][0] - seen[0][0]
    assert share_throttled(seen, seen[0][0] + GRACE_S) <= 0.02
    assert 400 / (20 * took_s) >= 0.95


def test_a_target_that_allows_less_than_is_documented_is_paced_to():
    limits = Faults(limits=((30, 60.0),)).limits
    seen = imported(300, limits=limits)
    took_s = seen[-1][0] - seen[0][0]
    assert share_throttled(seen, seen[0][0] + 60.0) <= 0.05
    assert 300 / (30 / 60 * took_s) >= 0.9


def test_at_the_documented_limits_nearly_all_is_used_and_hardly_a_call_throttled():
    seen = imported(300, limits=((60, 60.0), (5_000, 86_400.0)))
    took_s = seen[-1][0] - seen[0][0]
    assert sum(throttled for _, throttled in seen) <= took_s / 60
    assert took_s <= 4 * 60 / 0.98 + 6.0  # four windows and the sixty calls of the fifth, 100 ms apart
