"""What files and servers say is shown as text, whatever it is."""

import pytest

from pipeline.reports.display import cut, shown


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (993, "993"),
        ({"a": [1]}, '{"a": [1]}'),
        ("Größe 大 👩‍💻", "Größe 大 👩‍💻"),
        ("\x1b[2J", "\\x1b[2J"),
        ("a\r\nb\tc\x00", "a\\r\\nb\\tc\\x00"),
        ("\x7f\x85", "\\x7f\\x85"),
        ("\u202egpj.exe\u2066", "\\u202egpj.exe\\u2066"),
        ("a\ufeffb\u200b", "a\\ufeffb\\u200b"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\ue0041"),
    ],
)
def test_nothing_acts_or_hides(value, text):
    assert shown(value) == text


def test_long_text_is_cut_and_says_how_long_it_was():
    assert shown("x" * 10_000, 5) == "xxxxx… (10,000 characters)"
    assert shown("x" * 5, 5) == "xxxxx"


def test_what_was_cut_before_still_says_how_long_it_was():
    kept = cut("x" * 10_000, 200)
    assert shown(kept, 5) == "xxxxx… (10,000 characters)"
    assert shown(kept) == f"{'x' * 200}… (10,000 characters)"
