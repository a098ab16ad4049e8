"""The profile as a table."""

from benchmarks.profiling import profile_table


def test_places_stand_by_size_and_what_is_small_is_summed_up():
    spent = {"sqlalchemy": 3.0, "native threads": 6.0, "jinja2": 0.05, "rich": 0.05, "pipeline.ledger": 0.9}
    assert profile_table(spent).splitlines()[2:] == [
        "| native threads of libraries (parsers, the network) | 60% | 6.00 s |",
        "| sqlalchemy | 30% | 3.00 s |",
        "| pipeline.ledger | 9% | 0.90 s |",
        "| others | 1% | 0.10 s |",
    ]


def test_nothing_small_leaves_no_line_for_it():
    assert "others" not in profile_table({"pandas": 1.0})
