"""Turns of the contenders, and which of them count."""

from pathlib import Path

from benchmarks.comparison import Comparison, played, trouble_with
from benchmarks.contenders import Contender
from benchmarks.measure import Measured


def contender(name, **updater):
    return Contender(name=name, argv=lambda _: ["true"], **updater)


def comparison(*contenders):
    return Comparison(title="2 rows", source=Path("a.csv"), rows=2, contenders=contenders)


def measured(code=0, wall_s=1.0, said=""):
    return Measured(wall_s=wall_s, cpu_s=1, peak_mb=1, code=code, said=said)


def playing(log, ends=None):
    """What a turn of each contender comes to, by name; it succeeds where nothing is said."""

    def play(one):
        log.append(one.name)
        return (ends or {}).get(one.name, measured())

    return play


def test_contenders_take_turns_round_after_round():
    log = []
    found = played(comparison(contender("ours"), contender("k6")), 3, playing(log), 60)
    assert log == ["ours", "k6"] * 3
    assert {name: one.rounds for name, one in found.medians.items()} == {"ours": 3, "k6": 3}


def test_a_slow_peer_takes_fewer_turns():
    log = []
    found = played(comparison(contender("ours"), contender("slow", at_most=1)), 3, playing(log), 60)
    assert log == ["ours", "slow", "ours", "ours"]
    assert found.medians["slow"].rounds == 1


def test_a_peer_that_fails_takes_no_further_turn_and_has_no_figures():
    log = []
    ends = {"k6": measured(code=107, said="no such file")}
    found = played(comparison(contender("ours"), contender("k6")), 3, playing(log, ends), 60)
    assert log == ["ours", "k6", "ours", "ours"]
    assert found.troubles == {"k6": "exit code 107: no such file"}
    assert set(found.medians) == {"ours"}


def test_a_peer_that_cannot_be_had_is_never_called():
    log = []
    found = played(comparison(contender("ours"), contender("k6", missing="needs Python 3.12")), 2, playing(log), 60)
    assert log == ["ours", "ours"]
    assert found.troubles == {"k6": "needs Python 3.12"}


def test_a_command_that_was_ended_is_no_measurement():
    assert trouble_with(contender("a"), measured(code=None), 60) == "not done after 60 s, and ended then"


def test_a_command_that_crashed_is_told_by_its_signal():
    assert trouble_with(contender("a"), measured(code=-11, said="last words"), 60) == "ended by SIGSEGV: last words"


def test_an_exit_code_that_is_expected_is_no_trouble():
    bad_rows = contender("validate", codes=frozenset({3}))
    assert trouble_with(bad_rows, measured(code=3), 60) == ""
    assert trouble_with(bad_rows, measured(code=0, said="all valid"), 60) == "exit code 0: all valid"
