"""Rows that repeat the key of an earlier row, over batches and sources."""

import numpy as np
import pandas as pd
import pytest

from pipeline.intake.validation.duplicates import DuplicateKeys

KEY = ("BusinessId", "EmailAddress")
LABELS = {1: "a.csv", 2: "b.csv"}


def finder():
    return DuplicateKeys(KEY, LABELS)


def found(repeats, rows, numbers, texts, source=1, passed_over=()):
    typed = pd.DataFrame({KEY[0]: pd.array(numbers, dtype="Int64"), KEY[1]: pd.array(texts, dtype="string[pyarrow]")})
    return dict(repeats.find(source, rows, typed, passed_over))


def repeats_of(row, source=""):
    return f"repeats row {row}{source} (same BusinessId and EmailAddress)"


def test_a_repeat_in_a_batch_names_the_first_row_each_time():
    assert found(finder(), [2, 3, 5, 9], [1, 1, 1, 1], ["a", "b", "a", "a"]) == {2: repeats_of(2), 3: repeats_of(2)}


def test_a_repeat_of_an_earlier_batch_is_found():
    repeats = finder()
    assert found(repeats, [2, 3], [1, 1], ["a", "b"]) == {}
    assert found(repeats, [4, 5], [1, 1], ["c", "b"]) == {1: repeats_of(3)}
    assert found(repeats, [6, 7], [1, 1], ["b", "c"]) == {0: repeats_of(3), 1: repeats_of(4)}


def test_a_repeat_of_another_source_names_it():
    repeats = finder()
    found(repeats, [2, 3], [1, 1], ["a", "b"])
    assert found(repeats, [2, 3], [1, 1], ["b", "x"], source=2) == {0: repeats_of(3, " of a.csv")}
    assert found(repeats, [4], [1], ["x"], source=2) == {0: repeats_of(3)}


@pytest.mark.parametrize(("one", "other"), [("a@b.c", "A@B.C"), ("zürich@x.de", "ZÜRICH@X.DE"), ("İ@x.tr", "i̇@x.tr")])
def test_addresses_are_compared_without_case_as_the_ledger_compares_them(one, other):
    assert one.lower() == other.lower()
    assert found(finder(), [2, 3], [1, 1], [one, other]) == {1: repeats_of(2)}


def test_another_business_is_another_key():
    assert found(finder(), [2, 3, 4], [1, 2, -1], ["a", "a", "a"]) == {}


@pytest.mark.parametrize(("number", "text"), [(None, "a"), (1, None), (None, None)])
def test_rows_that_lack_a_part_of_the_key_repeat_nothing(number, text):
    assert found(finder(), [2, 3, 4], [number, number, 1], [text, text, "z"]) == {}


def test_rows_that_cannot_be_trusted_are_passed_over():
    repeats = finder()
    assert found(repeats, [2, 3, 4], [1, 1, 1], ["a", "a", "a"], passed_over={0, 2}) == {}
    assert found(repeats, [5], [1], ["a"]) == {0: repeats_of(3)}


def test_a_source_without_a_part_of_the_key_repeats_nothing():
    typed = pd.DataFrame({KEY[0]: pd.array([1, 1], dtype="Int64")})
    assert list(finder().find(1, [2, 3], typed, ())) == []


def test_the_widest_numbers_are_told_apart():
    numbers = [2**63 - 1, -(2**63), 2**63 - 1]
    assert found(finder(), [2, 3, 4], numbers, ["a", "a", "a"]) == {2: repeats_of(2)}


def test_every_repeat_is_found_in_many_batches_of_uneven_length():
    random = np.random.default_rng(5)
    repeats, first, row = finder(), {}, 2
    for _ in range(60):
        size = int(random.integers(0, 40))
        numbers, texts = random.integers(0, 4, size).tolist(), [f"u{n}@x" for n in random.integers(0, 200, size)]
        rows = list(range(row, row + size))
        expected = {}
        for position, key in enumerate(zip(numbers, texts, strict=True)):
            if key in first:
                expected[position] = repeats_of(first[key])
            first.setdefault(key, rows[position])
        assert found(repeats, rows, numbers, texts) == expected
        row += size
    assert len(first) > 300
