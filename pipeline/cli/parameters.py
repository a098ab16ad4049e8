"""Click's types for this program's options: pairs of names and values, rates, shares, durations.

Each refuses a value with one sentence. May import Click and `schemas.endpoint`; must know nothing of commands.
"""

from __future__ import annotations

import math
import re
from datetime import datetime, time
from typing import Any

import click

from schemas.endpoint import RateLimit, Scope

_SIZE = re.compile(r"([0-9]{1,15})\s*([KMG]?B?)", re.ASCII | re.IGNORECASE)
_BYTES = {"": 1, "B": 1, "K": 10**3, "KB": 10**3, "M": 10**6, "MB": 10**6, "G": 10**9, "GB": 10**9}
_PERCENT = re.compile(r"[0-9]+(\.[0-9]+)?%?", re.ASCII)


class FieldPair(click.ParamType[tuple[str, str]]):
    """A field and its value."""

    name = "FIELD=VALUE"
    envvar_list_splitter = "\n"  # values hold blanks: in the environment each pair stands on a line of its own

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        """Reads `FIELD=VALUE`."""
        name, equals, text = str(value).partition("=")
        if not equals or not name.strip():
            self.fail(f"{value!r} is not FIELD=VALUE.", param, ctx)
        return name.strip(), text


class ColumnPair(click.ParamType[tuple[str, str]]):
    """A column and the field that it is for."""

    name = "HEADER=FIELD"
    envvar_list_splitter = "\n"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        """Reads `HEADER=FIELD`; a blank field leaves the column out."""
        header, equals, name = str(value).rpartition("=")  # a header may hold the sign, a field cannot
        if not equals or not header.strip():
            self.fail(f"{value!r} is not HEADER=FIELD.", param, ctx)
        return header.strip(), name.strip()


class Rate(click.ParamType[str]):
    """At most so many calls in a time, as text that `parse_rate` reads."""

    name = "N/s|N/m"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Reads `10/s` or `60/m`."""
        try:
            parse_rate(str(value))
        except ValueError:
            self.fail(f"{value!r} is not a rate such as 10/s or 60/m.", param, ctx)
        return str(value)


class ErrorLimit(click.ParamType[str]):
    """A number of rows, or a share of those read, as text."""

    name = "N|P%"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Reads `20` or `5%`."""
        text = str(value).strip()
        percent = text.endswith("%")
        if not _PERCENT.fullmatch(text) or (not percent and "." in text) or (percent and float(text[:-1]) > 100):
            self.fail(f"{value!r} is neither a number of rows nor a percentage such as 5%.", param, ctx)
        return text


class SheetName(click.types.StringParamType):
    """A sheet's name or number."""

    envvar_list_splitter = "\n"  # names hold blanks, like the values of a pair


class Size(click.ParamType[int]):
    """A number of bytes."""

    name = "SIZE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Reads `2GB`, `500MB` or `800 kB`; without a unit, bytes."""
        if isinstance(value, int):
            return value
        found = _SIZE.fullmatch(str(value).strip())
        if not found or int(found.group(1)) == 0:
            self.fail(f"{value!r} is not a size such as 500MB or 2GB.", param, ctx)
        return int(found.group(1)) * _BYTES[found.group(2).upper()]


class Share(click.ParamType[float]):
    """A percentage, as a share of one."""

    name = "P%"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Reads `2%`, `2` or `0.5%`."""
        if isinstance(value, float):
            return value
        text = str(value).strip()
        if not _PERCENT.fullmatch(text) or float(text.removesuffix("%")) > 100:
            self.fail(f"{value!r} is not a percentage between 0% and 100%.", param, ctx)
        return float(text.removesuffix("%")) / 100


class Duration(click.FloatRange):
    """A time that comes to an end: neither `inf` nor `nan`."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Reads a number in the range."""
        number = float(super().convert(value, param, ctx))
        if not math.isfinite(number):
            self.fail(f"{value!r} is not a time.", param, ctx)
        return number


_SPAN = re.compile(r"([0-9]{1,6})\s*([smhdw])", re.ASCII | re.IGNORECASE)
_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0}


class Span(click.ParamType[float]):
    """A length of time with its unit, in seconds."""

    name = "TIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Reads `45s`, `30m`, `8h`, `90d` or `2w`."""
        if isinstance(value, float):
            return value
        found = _SPAN.fullmatch(str(value).strip())
        if not found:
            self.fail(f"{value!r} is not a length of time such as 30m, 8h or 90d.", param, ctx)
        return int(found.group(1)) * _SECONDS[found.group(2).lower()]


class TimeOfDay(click.ParamType[time]):
    """A time of day, by the clock of this machine."""

    name = "HH:MM"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> time:
        """Reads `06:00`."""
        if isinstance(value, time):
            return value
        try:
            return datetime.strptime(str(value).strip(), "%H:%M").time()  # noqa: DTZ007 - a time of any day here
        except ValueError:
            self.fail(f"{value!r} is not a time of day such as 06:00.", param, ctx)


def parse_rate(text: str) -> RateLimit:
    """`10/s` or `60/m` as a limit on modifying calls.

    Raises:
        ValueError: It is neither.
    """
    calls, _, unit = text.strip().partition("/")
    seconds = {"s": 1.0, "m": 60.0}[unit.strip().lower()] if unit.strip().lower() in {"s", "m"} else None
    if seconds is None or not calls.strip().isdigit() or int(calls) < 1:
        raise ValueError(text)
    return RateLimit(calls=int(calls), seconds=seconds, scope=Scope.MODIFYING)
