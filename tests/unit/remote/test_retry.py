"""Which attempts are repeated, how often, and after how long."""

import asyncio

import pytest

from pipeline.errors import Code, StoppedError
from pipeline.remote.responses import CallResult, Verdict
from pipeline.remote.retry import NotProcessed, NotSent, Throttled, TokenRenewed, with_retries
from pipeline.stop import Stop, Stopping

SLOW = CallResult(verdict=Verdict.THROTTLED, retry_after_s=1.0)
SILENT = CallResult(verdict=Verdict.THROTTLED)


class Script:
    """Raises what it is given, one after the other, then answers."""

    def __init__(self, *errors):
        self.left = list(errors)
        self.calls = 0

    async def __call__(self):
        self.calls += 1
        if self.left:
            raise self.left.pop(0)
        return "answer"


def run(script, attempts=3):
    waits = []

    async def sleep(seconds):
        waits.append(seconds)

    return asyncio.run(with_retries(script, attempts, Stop(sleep))), waits


def test_what_succeeds_is_done_once_and_waits_for_nothing():
    script = Script()
    assert run(script) == ("answer", [])
    assert script.calls == 1


def test_what_was_not_sent_is_repeated_up_to_the_number_of_attempts():
    script = Script(NotSent(), NotSent())
    answer, waits = run(script)
    assert (answer, script.calls, len(waits)) == ("answer", 3, 2)


@pytest.mark.parametrize("attempts", [1, 2, 5])
def test_the_last_failure_to_leave_is_raised_as_it_is(attempts):
    errors = [NotSent() for _ in range(attempts + 1)]
    script = Script(*errors)
    with pytest.raises(NotSent) as caught:
        run(script, attempts)
    assert script.calls == attempts
    assert caught.value is errors[attempts - 1]


def test_throttling_and_a_new_token_use_up_no_attempt():
    script = Script(
        *(Throttled(SLOW) for _ in range(50)), NotSent(), TokenRenewed(), *(Throttled(SILENT) for _ in range(5))
    )
    answer, _ = run(script, attempts=2)
    assert (answer, script.calls) == ("answer", 58)


def test_failures_to_leave_add_up_whatever_comes_between():
    script = Script(NotSent(), Throttled(SLOW), NotSent(), Throttled(SLOW), NotSent())
    with pytest.raises(NotSent):
        run(script, attempts=3)
    assert script.calls == 5


def test_anything_else_is_not_repeated():
    script = Script(ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        run(script)
    assert script.calls == 1


def test_anything_else_is_not_repeated_later_either():
    script = Script(NotSent(), ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        run(script)
    assert script.calls == 2


def test_waits_grow_at_random_up_to_half_a_minute():
    waits = [run(Script(*(NotSent() for _ in range(12))), attempts=20)[1] for _ in range(40)]
    for place in range(12):
        longest = min(0.5 * 2**place, 30.0)
        found = [one[place] for one in waits]
        assert all(0 <= wait <= longest for wait in found)
        assert len(set(found)) > 1
    assert max(one[11] for one in waits) > 2.0


def test_a_new_token_is_used_at_once():
    assert run(Script(TokenRenewed()))[1] == [0.0]


@pytest.mark.parametrize("error", [SLOW, SILENT, None])
def test_after_throttling_the_pacer_does_the_waiting(error):
    assert run(Script(Throttled(error), Throttled(error)))[1] == [0.0, 0.0]


def test_a_run_that_is_to_end_waits_for_nothing():
    script = Script(NotSent(), NotSent())

    async def work():
        stop = Stop()
        stop.because(StoppedError(Code.STOPPED_ON_REQUEST, "enough"))
        await with_retries(script, 5, stop)

    with pytest.raises(Stopping):
        asyncio.run(work())
    assert script.calls == 1


def test_a_failure_keeps_what_is_known_of_it():
    assert NotProcessed(SLOW).result is SLOW
    assert NotProcessed().result is None
