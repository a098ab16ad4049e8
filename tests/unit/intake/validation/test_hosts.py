"""What is no host, and what was probably meant by it."""

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from pipeline.intake.validation.hosts import ODD_HOST, host_hint, is_host


@pytest.mark.parametrize(
    "text",
    [
        "imap.example.com",
        "imap.example.com.",
        "imap_1.example.com",
        "localhost",
        "mail-1",
        "3m.example",
        "xn--mller-kva.example",
        "imap.m\u00fcller.example",
        "\u092d\u093e\u0930\u0924.\u092d\u093e\u0930\u0924",
        "192.0.2.1",
        "::1",
        "2001:db8::1",
        "[2001:db8::1]",
        "fe80::1%eth0",
    ],
)
def test_names_and_numbers_of_hosts(text):
    assert is_host(text)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("'imap.example.com", ": probably meant imap.example.com"),
        ('"imap.example.com"', ": probably meant imap.example.com"),
        ("<imap.example.com>", ": probably meant imap.example.com"),
        ("[imap.example.com]", ": probably meant imap.example.com"),
        ("imap.example.com;", ": probably meant imap.example.com"),
        ("\u2022imap.example.com", ": probably meant imap.example.com"),
        ("imap.example.com\u2026", ": probably meant imap.example.com"),
        ("-imap.example.com", ": probably meant imap.example.com"),
        ("imap..example.com", ": probably meant imap.example.com"),
        ("imap,example.com", ": probably meant imap.example.com"),
        ("imaps://imap.example.com:993/x", ": probably meant imap.example.com"),
        ("192.0.2.1:993", ": probably meant 192.0.2.1"),
        ("993", ": probably a port"),
        ("192.0.2.300", ""),
        ("1.2.3", ""),
        ("*.example.com", ""),
        ("imap-.example.com", ""),
        ("imap\u20131.example.com", ""),
        ("a.example.com,b.example.com", ""),
        ("desk@example.com", ""),
        ("localhost:993", ""),
    ],
)
def test_what_is_no_host_and_what_was_meant(text, hint):
    assert not is_host(text)
    assert host_hint(text) == hint
    assert pc.match_substring_regex(pa.array([text]), ODD_HOST).to_pylist() == [True]  # Arrow finds it, too


def test_a_text_too_long_for_a_host_is_not_searched_for_one():
    assert host_hint(f"imap{' ' * 200_000}.example.com") == ""
