"""Where CPU time is booked."""

import json
from types import SimpleNamespace

import pytest

from benchmarks.sampled import place_of

PIPELINE = "/home/me/work/pipeline/"


def frames(*files):
    """A stack of frames, the innermost first."""
    frame = None
    for name in reversed(files):
        frame = SimpleNamespace(f_code=SimpleNamespace(co_filename=name), f_back=frame)
    return frame


@pytest.mark.parametrize(
    ("files", "place"),
    [
        ([PIPELINE + "delivery/sender.py", PIPELINE + "cli/main.py"], "pipeline.delivery"),
        ([PIPELINE + "stop.py"], "pipeline.stop"),
        (["/home/me/work/schemas/words/vocabulary.py"], "schemas"),
        (["/v/lib/python3.11/site-packages/sqlalchemy/engine/base.py", PIPELINE + "ledger/writer.py"], "sqlalchemy"),
        (["/v/lib/python3.11/site-packages/typing_extensions.py"], "typing_extensions"),
        (["C:\\v\\site-packages\\pandas\\core\\frame.py"], "pandas"),
        (["/usr/lib/python3.11/json/encoder.py", PIPELINE + "reports/report_json.py"], "pipeline.reports"),
        (["/usr/lib/python3.11/selectors.py", "/usr/lib/python3.11/asyncio/base_events.py"], "asyncio"),
        (["/usr/lib/python3.11/threading.py"], "standard library"),
        ([PIPELINE + "intake/intake.py", "<frozen importlib._bootstrap>", PIPELINE + "cli/main.py"], "imports"),
    ],
)
def test_time_is_booked_on_the_innermost_frame_that_is_not_of_the_standard_library(files, place):
    assert place_of(frames(*files)) == place


def test_the_standard_library_counts_with_its_caller():
    assert place_of(frames(json.__file__, PIPELINE + "ledger/entry.py")) == "pipeline.ledger"
