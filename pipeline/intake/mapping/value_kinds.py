"""What kind of value a text is: an address, a host, a number of another country, yes or no, a date in some form.

May import `schemas`; must know nothing of columns.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache, lru_cache
from itertools import product

from schemas.endpoint import FALSE_WORDS, TRUE_WORDS
from schemas.words.vocabulary import FALSE_ABROAD, TRUE_ABROAD

_EMAIL = re.compile(r"[^@\s<>;,]+@[^@\s<>;,.]+(\.[^@\s<>;,.]+)+")
_WRAPPED_EMAIL = re.compile(
    r"[^<@]*<\s*(mailto:)?[^<>\s@]+@[^<>\s@]+\s*>|mailto:\S+@\S+|[^@\s;,]+@[^@\s;,]+[,;.]", re.IGNORECASE
)
_HOST = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+|localhost", re.ASCII)
_PLAIN_INTEGER = re.compile(r"['\u2019]?[+-]?[0-9]+(\.0*)?")
_GROUPED = re.compile(r"[+-]?([0-9]{1,3}([.' \u2019\u00a0\u202f][0-9]{3})+(,0+)?|[0-9]+,0+)")
_COMMA_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+")
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}.*)?|[0-9]{5}(\.[0-9]+)?")

BOOLEAN_WORDS = {**dict.fromkeys(FALSE_ABROAD.split(), "false"), **dict.fromkeys(TRUE_ABROAD.split(), "true")}
"""Words for yes and no in other languages, and what each is here."""


def is_email(text: str) -> bool:
    """Whether it is an address, bare or as mail programs write it."""
    return bool(_EMAIL.fullmatch(text)) or is_wrapped_email(text)


def is_wrapped_email(text: str) -> bool:
    """Whether it is an address with something around it that the transform `address` takes off."""
    return bool(_WRAPPED_EMAIL.fullmatch(text))


def is_host(text: str) -> bool:
    """Whether it is the name or number of a host."""
    return bool(_HOST.fullmatch(text))


def integer_in(text: str) -> int | None:
    """The integer that is meant, however it is written."""
    if _PLAIN_INTEGER.fullmatch(text):
        return int(text.lstrip("'\u2019").partition(".")[0])
    if is_grouped(text) or is_comma_grouped(text):
        whole = text if is_comma_grouped(text) else text.partition(",")[0]
        return int(re.sub(r"[^0-9+-]", "", whole))
    return None


def is_grouped(text: str) -> bool:
    """Whether it is an integer that the transform `decimal_comma` reads."""
    return bool(_GROUPED.fullmatch(text))


def is_comma_grouped(text: str) -> bool:
    """Whether it is an integer whose thousands are parted by commas."""
    return bool(_COMMA_GROUPED.fullmatch(text))


def is_port(text: str) -> bool:
    """Whether it is a number that a port can have."""
    number = integer_in(text)
    return number is not None and 0 < number <= 65_535


def is_boolean(text: str) -> bool:
    """Whether it means yes or no in a language that is known."""
    return text.lower() in {*TRUE_WORDS, *FALSE_WORDS} or text.lower() in BOOLEAN_WORDS


def is_understood_date(text: str) -> bool:
    """Whether it is a date that needs no transform."""
    return bool(_ISO.fullmatch(text))


def is_date(text: str) -> bool:
    """Whether it is a date in any form that is known."""
    return is_understood_date(text) or any(_fits(text, form) for form in FORMS)


_DAY_FIRST = tuple(f"%d{s}%m{s}{y}" for s, y in product("./- ", ("%Y", "%y")))
_MONTH_FIRST = tuple(f"%m{s}%d{s}{y}" for s, y in product("/-", ("%Y", "%y")))
_OTHERS = ("%Y/%m/%d", "%Y.%m.%d", "%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%b %d, %Y", "%B %d, %Y", "%d-%b-%y")
_TIMES = ("", " %H:%M", " %H:%M:%S", ", %H:%M", ", %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", "T%H:%M:%S", " %Hh%M")
_DIGITS = {ord(digit): "9" for digit in "012345678"}
_SOME_DAY = datetime(2026, 10, 31, 14, 5, 10)  # noqa: DTZ001 - only its form is looked at
FORMS = tuple(f"{day}{time}" for time, day in product(_TIMES, (*_DAY_FIRST, *_MONTH_FIRST, *_OTHERS)))
"""Forms in which other systems write dates; the day first where both may be meant."""


def date_forms(values: Collection[str]) -> tuple[list[str], bool]:
    """The forms that read the most of some dates, and whether that is sure: 02/03/2026 may be in March or February."""
    left = [value for value in values if not is_understood_date(value)]
    forms: list[str] = []
    sure = True
    while left:
        read = [(form, [value for value in left if _fits(value, form)]) for form in _likely_forms(left)]
        form, fitting = max(read, key=lambda one: len(one[1]), default=("", []))
        if not fitting:
            break
        swapped = _swapped(form)
        sure = sure and not (swapped in FORMS and all(_fits(value, swapped) for value in fitting))
        forms.append(form)
        left = [value for value in left if not _fits(value, form)]
    return forms, sure and not left


def forms_of(text: str) -> list[str]:
    """The forms that read a date: none, one, or two where day and month may change places."""
    return [form for form in _forms_of_shape(text.translate(_DIGITS)) if _fits(text, form)]


@lru_cache(maxsize=1000)
def _forms_of_shape(text: str) -> Sequence[str]:
    return _forms_by_shape().get(_shape(text), ())


@cache
def _forms_by_shape() -> Mapping[str, Sequence[str]]:
    found: dict[str, list[str]] = {}
    for form in FORMS:
        found.setdefault(_shape(_SOME_DAY.strftime(form)), []).append(form)
    return found


def _shape(text: str) -> str:
    """What dates of one form have in common: where they have digits, four of which are a year, and letters."""
    return re.sub(r"[^\W\d_]+", "a", re.sub(r"[0-9]+", lambda digits: "Y" if len(digits[0]) == 4 else "9", text))


def _likely_forms(values: Collection[str]) -> Iterator[str]:
    """Forms that fit the first value or its neighbours in the calendar; the others need not be tried on all."""
    first = next(iter(values))
    return (form for form in FORMS if _fits(first, form))


def _swapped(form: str) -> str:
    return form.replace("%d", "%?").replace("%m", "%d").replace("%?", "%m")


def _fits(text: str, form: str) -> bool:
    try:
        datetime.strptime(text, form)  # noqa: DTZ007 - only the form is looked at
    except ValueError:
        return False
    return True
