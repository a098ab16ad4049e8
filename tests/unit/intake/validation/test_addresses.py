"""What has what no mailbox has, and what was probably meant by what is no e-mail address."""

import re

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from pipeline.intake.validation.addresses import ODD_ADDRESS, address_hint, is_address


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("Front Desk <a@b.example>", ": probably meant a@b.example"),
        ("mailto:a@b.example", ": probably meant a@b.example"),
        ("MAILTO: a@b.example", ": probably meant a@b.example"),
        ("a@b.example.", ": probably meant a@b.example"),
        ("a@b.example,", ": probably meant a@b.example"),
        ("a @b.example", ": probably meant a@b.example"),
        ("a@@b.example", ": probably meant a@b.example"),
        ("a@b..example", ": probably meant a@b.example"),
        ("'a@b.example'", ": probably meant a@b.example"),
        ("a@b.example; c@d.example", ": 2 addresses, and a row takes one"),
        ("a@b.example,c@d.example", ": 2 addresses, and a row takes one"),
        ("@b.example", ""),
        ("a@localhost", ""),
        ("nobody", ""),
        ('"a b"@b.example', ""),
        ("a@b.example/c@d.example", ": 2 addresses, and a row takes one"),
        ("a@b.example | c@d.example", ": 2 addresses, and a row takes one"),
        ("SMTP:a@b.example", ": probably meant a@b.example"),
        ("email: a@b.example", ": probably meant a@b.example"),
        ("mail to: a@b.example", ": probably meant a@b.example"),
        ("<mailto:a@b.example?subject=x>", ": probably meant a@b.example"),
        ("a@b.example - Anna", ": probably meant a@b.example"),
        ("a@b.example \u2013 Anna", ": probably meant a@b.example"),
        ("- a@b.example", ": probably meant a@b.example"),
        ("a@b,example", ": probably meant a@b.example"),
        ("a@bb cc.example", ": probably meant a@bbcc.example"),
        ("a@b.example\\", ": probably meant a@b.example"),
        ("a@b.example's", ": probably meant a@b.example"),
        ("=a@b.example", ": probably meant a@b.example"),
        ("\u2022a@b.example", ": probably meant a@b.example"),
        ("{a@b.example}", ": probably meant a@b.example"),
        ("a@b.example/", ": probably meant a@b.example"),
        ("a@b.example\u2026", ": probably meant a@b.example"),
        ("a@b.example?subject=x", ": probably meant a@b.example"),
        ("first\u2013last@b.example", ": probably meant first-last@b.example"),
        ("a.@b.example", ": probably meant a@b.example"),
        ("a..b@b.example", ": probably meant a.b@b.example"),
        ("a@b.example, Anna", ""),
        ("first last@b.example", ""),
        ("user:pass@b.example", ""),
        ("https://a@b.example", ""),
        ("***@b.example", ""),
        ("a@-b.example", ""),
        ("a@b_c.example", ""),
    ],
)
def test_the_hint(text, hint):
    assert address_hint(text) == hint


def test_a_text_too_long_for_an_address_is_not_searched_for_one():
    assert address_hint("@ - " * 50_000 + "@") == ""


ODD = [
    "=a@b.example",
    "#a@b.example",
    "*a@b.example",
    "{a@b.example}",
    "\u00b7a@b.example",
    "\u2022a@b.example",
    "\u2014a@b.example",
    "first\u2013last@b.example",
    "a.@b.example",
    "a..b@b.example",
    f"{'x' * 65}@b.example",
    "a@b.example!",
    "a@b.example#",
    "a@b.example/",
    "a@b.example\u2026",
    "a@b_c.example",
    "a@-b.example",
    "a@b-.example",
    "a@b.example-",
    "a@192.0.2.1",
]
USUAL = [
    "first.last+tag@b.example",
    "o'neil@b.example",
    "+4930123@b.example",
    "!all@b.example",
    "_a@b.example",
    "-a-.b-@b.example",
    "bounces=a.example@b.example",
    "a#b/c@b.example",
    f"{'x' * 64}@b.example",
    "a@3m.example",
    "1@2.example",
    "a@b--c.example",
    "a@xn--mller-kva.example",
    "a@b.xn--p1ai",
    "\u00fcn\u00ef@ex\u00e4mple.de",
    "\u7528\u6237@\u4f8b\u5b50.\u6d4b\u8bd5",
    "col\u00b7legi@col\u00b7legi.cat",
    "\u092d\u093e\u0930\u0924@\u092d\u093e\u0930\u0924.\u092d\u093e\u0930\u0924",
    "\u2615@b.example",
]


@pytest.mark.parametrize("text", ODD)
def test_what_no_mailbox_has_is_odd_though_the_whole_has_the_form_of_an_address(text):
    assert is_address(text)
    assert re.search(ODD_ADDRESS, text)


@pytest.mark.parametrize("text", USUAL)
def test_what_mailboxes_have_is_not_odd(text):
    assert is_address(text)
    assert not re.search(ODD_ADDRESS, text)


def test_arrow_finds_the_same_as_python():
    found = pc.match_substring_regex(pa.array([*ODD, *USUAL], pa.large_string()), ODD_ADDRESS)
    assert found.to_pylist() == [True] * len(ODD) + [False] * len(USUAL)
