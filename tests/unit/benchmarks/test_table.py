"""Measurements as Markdown."""

from pathlib import Path

from benchmarks.comparison import Compared, Comparison
from benchmarks.contenders import Contender
from benchmarks.measure import Measured
from benchmarks.table import comparison_table, markdown, megabytes, seconds, shortened, verdict_table
from benchmarks.targets import Verdict

OURS, PEER = (Contender(name=name, argv=lambda _: ["true"]) for name in ("ours", "k6"))


def measured(wall_s, cpu_s, peak_mb, **updater):
    return Measured(wall_s=wall_s, cpu_s=cpu_s, peak_mb=peak_mb, code=0, rounds=3, **updater)


def comparison(**updater):
    given = {"title": "2 rows", "source": Path("a.csv"), "rows": 2, "contenders": [OURS, PEER]} | updater
    return Comparison(**given)


def lines_of(table):
    return [line for line in table.splitlines() if line.startswith("|")][2:]


def test_figures_stand_to_the_right():
    assert markdown(["tool", "wall"], [["k6", "1 s"]]) == "| tool | wall |\n| --- | --: |\n| k6 | 1 s |"


def test_a_bar_in_a_cell_does_not_end_it():
    assert markdown(["a"], [["x|y"]]).endswith("| x\\|y |")


def test_each_figure_of_a_peer_has_its_ratio_to_ours():
    medians = {"ours": measured(2, 4, 100, requests=20), "k6": measured(3, 2, 1250, requests=20)}
    table = comparison_table(comparison(serving=lambda: None), Compared(medians=medians))
    assert lines_of(table) == [
        "| ours | 2.00 s | 1.00 | 4.00 s | 1.00 | 100 MB | 1.00 | 3 | 20 |",
        "| k6 | 3.00 s | 1.50 | 2.00 s | 0.50 | 1,250 MB | 12.50 | 3 | 20 |",
    ]


def test_a_peer_without_figures_is_a_row_with_its_reason():
    compared = Compared(medians={"ours": measured(2, 4, 100)}, troubles={"k6": "not done after 60 s, and ended then"})
    [_, row] = lines_of(comparison_table(comparison(), compared))
    assert row == "| k6 | not done after 60 s, and ended then |  |  |  |  |  |  |  |"


def test_without_ours_there_are_figures_but_no_ratios():
    compared = Compared(medians={"k6": measured(3, 2, 1250)}, troubles={"ours": "exit code 1"})
    assert lines_of(comparison_table(comparison(), compared))[0].startswith("| k6 | 3.00 s | - | 2.00 s | - |")


def test_where_nothing_is_compared_there_are_no_ratios():
    table = comparison_table(comparison(has_ratios=False), Compared(medians={"ours": measured(2, 4, 100, said="ok")}))
    assert lines_of(table) == ["| ours | 2.00 s | 4.00 s | 100 MB | 3 | ok |"]


def test_a_note_stands_below_its_table():
    assert comparison_table(comparison(note="They write no reports."), Compared()).endswith(
        "\nThey write no reports.\n"
    )


def test_a_verdict_says_met_missed_or_nothing():
    verdicts = [Verdict(work="w", words="t", reached="r", met=met) for met in (True, False, None)]
    assert [line.split(" | ")[-1] for line in lines_of(verdict_table(verdicts))] == ["met |", "**missed** |", "- |"]


def test_times_and_sizes_have_the_digits_that_can_be_believed():
    assert [seconds(0.1234), seconds(12.34), seconds(1234.5)] == ["0.12 s", "12.3 s", "1,234.5 s"]
    assert megabytes(3481.6) == "3,482 MB"


def test_long_words_are_cut():
    assert shortened("a" * 100) == "a" * 100
    assert shortened("a" * 101) == "a" * 99 + "…"
