"""Kinds of values: what looks like what, and the forms of dates that are found."""

from datetime import UTC, datetime

import pytest

from pipeline.intake.mapping import value_kinds as kinds


@pytest.mark.parametrize(
    ("text", "number"),
    [("993", 993), ("993.0", 993), ("993,0", 993), ("1.234", 1234), ("1 234", 1234), ("1\u00a0234", 1234),
     ("1,234", 1234), ("'993", 993), ("-1", -1), ("993.5", None), ("x", None), ("12,34", None), ("1.2.3.4", None)],
)  # fmt: skip
def test_integers_however_they_are_written(text, number):
    assert kinds.integer_in(text) == number


def test_ports():
    assert [text for text in ("993", "0", "65535", "65536", "2.525", "imap") if kinds.is_port(text)] == [
        "993",
        "65535",
        "2.525",
    ]


@pytest.mark.parametrize(
    ("text", "email", "wrapped"),
    [
        ("a@b.example", True, False),
        ("A B <a@b.example>", True, True),
        ("mailto:a@b.example", True, True),
        ("a@b.example,", True, True),
        ("a@b", False, False),
        ("a@b.example; c@d.example", False, False),
        ("a b.example", False, False),
    ],
)
def test_addresses(text, email, wrapped):
    assert (kinds.is_email(text), kinds.is_wrapped_email(text)) == (email, wrapped)


def test_hosts():
    texts = ("imap.example.com", "10.0.0.1", "localhost", "a@b.c", "imap", "")
    assert [text for text in texts if kinds.is_host(text)] == ["imap.example.com", "10.0.0.1", "localhost"]


@pytest.mark.parametrize(
    ("yes", "no"),
    [("oui", "non"), ("ja", "nein"), ("sí", "no"), ("sim", "não"), ("vero", "falso"), ("ja", "nee"), ("x", "-"),
     ("WAHR", "FALSCH"), ("✓", "✗"), ("Active", "Suspended"), ("SSL/TLS", "None")],
)  # fmt: skip
def test_yes_and_no(yes, no):
    words = {**kinds.BOOLEAN_WORDS, "no": "false"}
    assert (words[yes.lower()], words[no.lower()]) == ("true", "false")
    assert kinds.is_boolean(yes)
    assert kinds.is_boolean(no)


@pytest.mark.parametrize(
    ("values", "forms", "sure"),
    [
        (["31/10/2026 14:05", "01/02/2026 00:00"], ["%d/%m/%Y %H:%M"], True),
        (["10/31/2026", "01/02/2026"], ["%m/%d/%Y"], True),
        (["01/02/2026", "03/04/2026"], ["%d/%m/%Y"], False),
        (["01.02.2026"], ["%d.%m.%Y"], True),
        (["31 Dec 2025"], ["%d %b %Y"], True),
        (["31/12/2025", "31.12.2025", "2025-12-31"], ["%d/%m/%Y", "%d.%m.%Y"], True),
        (["2026-10-31", "2026-10-31T14:05:00Z", "45000"], [], True),
        (["soon"], [], False),
        (["31/10/2026", "soon"], ["%d/%m/%Y"], False),
        (["31/10/2026 2:05 PM"], ["%d/%m/%Y %I:%M %p"], True),
    ],
)
def test_forms_of_dates_are_found_and_doubted_where_day_and_month_may_be_swapped(values, forms, sure):
    assert kinds.date_forms(values) == (forms, sure)


@pytest.mark.parametrize("form", kinds.FORMS)
def test_the_forms_of_a_date_are_those_that_read_it(form):
    for day in (datetime(2026, 10, 31, 14, 5, 10, tzinfo=UTC), datetime(2031, 2, 3, 4, 5, 6, tzinfo=UTC)):
        text = day.strftime(form)
        assert form in kinds.forms_of(text)
        assert all(_reads(text, one) for one in kinds.forms_of(text))


def _reads(text, form):
    return bool(datetime.strptime(text, form))  # noqa: DTZ007 - only the form is looked at


@pytest.mark.parametrize(
    "text", ["", "soon", "30/02/2026", "2026-10-31", "31.10.2026 25:00", "31/10", "\u0663\u0661/10/2026"]
)
def test_what_no_form_reads(text):
    assert kinds.forms_of(text) == []
