"""What was probably meant by what is no e-mail address."""

import pytest

from pipeline.intake.validation.addresses import address_hint


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
    ],
)
def test_the_hint(text, hint):
    assert address_hint(text) == hint
