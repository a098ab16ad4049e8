# ruff: noqa: RUF001 - letters that look alike are what it is about
"""Addresses, hosts and user names that are surely a slip though they can be sent."""

import unicodedata

import pyarrow as pa
import pytest

from pipeline.intake.validation.exact_text import doubtful
from schemas.endpoint import Shape


def told(shape, *cells):
    return {position: message for position, (_, message) in doubtful(shape, pa.array(cells, pa.large_string()))}


@pytest.mark.parametrize(
    "host",
    [
        "imap.example.com",
        "localhost",
        "192.0.2.1",
        "2001:db8::1",
        "[2001:db8::1]",
        "::1",
        "imap.müller.example",
        "a_b.c",
    ],
)
def test_a_host_is_no_slip(host):
    assert told(Shape.HOST, host, None) == {}


@pytest.mark.parametrize(
    "host",
    ["imap.example.com:993", "https://imap.example.com", "imaps://imap.example.com/", "imap.example.com (SSL)"],
)
def test_what_stands_around_a_host_is_said_with_what_was_meant(host):
    assert told(Shape.HOST, host) == {0: "does not look like a host: probably meant imap.example.com"}


@pytest.mark.parametrize("host", ["imap example com", "desk@example.com", "a.example.com, b.example.com"])
def test_what_is_no_host_is_said(host):
    assert told(Shape.HOST, host) == {0: "does not look like a host"}


@pytest.mark.parametrize("shape", [Shape.HOST, Shape.EMAIL])
def test_accents_apart_from_their_letters_are_said(shape):
    found = told(shape, unicodedata.normalize("NFD", "rené"), "rené")
    assert list(found) == [0]
    assert "another text than 'rené'" in found[0]


def test_letters_of_another_width_are_said():
    assert told(Shape.EMAIL, "ｄesk@example.com")[0].endswith("probably meant desk@example.com")


def test_letters_of_two_scripts_in_one_word_are_said():
    assert "in 'd\u0435sk'" in told(Shape.EMAIL, "d\u0435sk@example.com")[0]
    assert told(Shape.EMAIL, "дом@пример.рф", "дом@example.com", "用户@例子.example") == {}


def test_an_address_with_what_no_mailbox_has_is_said_with_what_was_meant():
    message = "does not look like an e-mail address: probably meant a@example.com"
    assert told(Shape.EMAIL, "a@example.com", "=a@example.com", "a@example.com\u2026") == {1: message, 2: message}


def test_of_what_has_no_form_of_an_address_the_schema_speaks():
    assert told(Shape.EMAIL, "#N/A", "mailto:a@example.com") == {}


def test_a_user_name_that_is_a_link_is_said():
    assert told(Shape.USER_NAME, "mailto:a@example.com", "MAILTO:a", "a@example.com", "OFFICE\\a b", "x mailto:") == {
        0: "is written as a link: probably meant a@example.com",
        1: "is written as a link",
    }


def test_other_text_may_hold_all_of_that():
    assert told(None, unicodedata.normalize("NFD", "é"), "a b/c:1", "ｄ") == {}
