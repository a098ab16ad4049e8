"""What was lost and doubled, by what the target holds."""

from benchmarks.faults import Harm, harm


def test_each_row_once_is_no_harm():
    assert harm(["b", "a"], ["a", "b"]) == Harm(lost=0, doubled=0)


def test_a_row_without_a_record_is_lost():
    assert harm(["a"], ["a", "b", "c"]) == Harm(lost=2, doubled=0)


def test_every_record_after_a_rows_first_is_doubled():
    assert harm(["a", "a", "a", "b", "b"], ["a", "b"]) == Harm(lost=0, doubled=3)


def test_what_is_lost_does_not_make_good_what_is_doubled():
    assert harm(["a", "a"], ["a", "b"]) == Harm(lost=1, doubled=1)
