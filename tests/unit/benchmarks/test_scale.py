"""All sizes follow from one."""

from benchmarks.scale import scale_of


def test_the_whole_benchmark_has_the_sizes_that_the_targets_are_about():
    scale = scale_of(20_000, None)
    assert (scale.rows, scale.many_rows, scale.workbook_rows) == (20_000, 100_000, 100_000)
    assert (scale.validated_rows, scale.long_rows) == (1_000_000, 10_000_000)
    assert (scale.faulty_rows, scale.throttled_rows, scale.rounds) == (2_000, 400, 3)
    assert scale.is_whole


def test_a_small_form_takes_one_round_and_says_that_it_is_small():
    scale = scale_of(1_000, None)
    assert (scale.rounds, scale.is_whole) == (1, False)
    assert (scale.faulty_rows, scale.throttled_rows) == (200, 140)


def test_rounds_can_be_asked_for():
    assert scale_of(1_000, 5).rounds == 5
    assert scale_of(20_000, 1).rounds == 1
