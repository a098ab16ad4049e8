"""The forms in which a mapping file writes transforms, and their normal form.

May import `mapping.names` and `model`; pyarrow and zoneinfo only to try a setting.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from pipeline.intake.mapping.names import nearest

if TYPE_CHECKING:
    from pipeline.model.mapping import Transform

PLAIN = ("trim", "lower", "upper", "decimal_comma", "address")
"""Transforms without settings."""

SETTINGS = {"date": ("timezone",), "split": ("take",), "regex": ("replace",)}
"""Transforms that are tables, by the key that names them, with what else may stand in the table."""


_DATE_PARTS = tuple("dmbByYjHIMSfpzaA%")
_WHOLE_DATES = [{"d", month, year} for month in "mbB" for year in "yY"] + [{"j", "Y"}, {"j", "y"}]


def normal_form(written: object) -> Transform:
    """A transform as it is kept.

    Args:
        written: A name, or a table such as `{date = "%d/%m/%Y"}`.

    Raises:
        ValueError: It is no transform, or a setting of it does not fit; says what is wrong.
    """
    if isinstance(written, str):
        return _plain(written)
    if not isinstance(written, Mapping):
        raise ValueError(  # noqa: TRY004 - one kind of error for a caller to tell
            f'{written!r} is neither the name of a transform nor a table such as {{date = "%d/%m/%Y"}}'
        )
    names = [key for key in written if key in SETTINGS]
    if len(names) != 1:
        raise ValueError(_no_name(written))
    unknown = next((key for key in written if key not in {names[0], *SETTINGS[names[0]]}), None)
    if unknown is not None:
        known = " and ".join((names[0], *SETTINGS[names[0]]))
        raise ValueError(f"{unknown!r} is no setting of {names[0]}; it takes {known}")
    return _TABLES[names[0]](written)


def _plain(name: str) -> Transform:
    if name in PLAIN:
        return {"name": name}
    if name in SETTINGS:
        raise ValueError(f"{name!r} needs settings: {_EXAMPLES[name]}")
    hint = nearest(name, PLAIN)
    known = f"the nearest is {hint!r}" if hint else f"there are {', '.join((*PLAIN, *SETTINGS))}"
    raise ValueError(f"{name!r} is not a transform; {known}")


def _no_name(written: Mapping[str, object]) -> str:
    first = next(iter(written), "")
    hint = nearest(first, list(SETTINGS))
    known = f"the nearest is {hint!r}" if hint else f"there are {', '.join(SETTINGS)}"
    return f"{first!r} is not a transform with settings; {known}"


def _date(written: Mapping[str, object]) -> Transform:
    form = _text(written, "date")
    parts = re.findall(r"%(.?)", form)
    unknown = next((part for part in parts if part not in _DATE_PARTS), None)
    twice = next((part for part in parts if part != "%" and parts.count(part) > 1), None)
    if unknown is not None:
        known = ", ".join(f"%{part}" for part in _DATE_PARTS)
        raise ValueError(f"date = {form!r}: %{unknown} is no part of a date; there are {known}")
    if twice is not None:
        raise ValueError(f"date = {form!r}: %{twice} stands in it twice")
    if not any(whole <= set(parts) for whole in _WHOLE_DATES):
        raise ValueError(f'date = {form!r}: lacks day, month or year; write it as "%d/%m/%Y %H:%M"')
    zone = {"timezone": _timezone(_text(written, "timezone"))} if "timezone" in written else {}
    return {"name": "date", "format": form, **zone}


def _timezone(name: str) -> str:
    from zoneinfo import available_timezones

    zones = available_timezones() | {"UTC"}
    if name not in zones:
        hint = nearest(name, sorted(zones))
        raise ValueError(f"timezone = {name!r} is not known" + (f"; the nearest is {hint!r}" if hint else ""))
    return name


def _split(written: Mapping[str, object]) -> Transform:
    by, take = _text(written, "split"), written.get("take", 1)
    if not isinstance(take, int) or isinstance(take, bool) or take < 1:
        raise ValueError(f"take = {take!r}: is the number of the part, from 1")
    if not by:
        raise ValueError("split needs the text that parts stand between")
    return {"name": "split", "by": by, "take": take}


def _regex(written: Mapping[str, object]) -> Transform:
    import pyarrow as pa
    import pyarrow.compute as pc

    pattern, replace = _text(written, "regex"), _text(written, "replace") if "replace" in written else ""
    if re.search(r"(?<!\\)(\\\\)*\\C", pattern):
        raise ValueError(f"regex = {pattern!r}: \\C would take letters to pieces")
    try:
        pc.replace_substring_regex(pa.array(["a"]), pattern, replace)
    except pa.ArrowInvalid as error:
        raise ValueError(f"regex = {pattern!r}: {str(error).removeprefix('Invalid regular expression: ')}") from None
    return {"name": "regex", "pattern": pattern, "replace": replace}


def _text(written: Mapping[str, object], key: str) -> str:
    value = written[key]
    if not isinstance(value, str):
        raise ValueError(f"{key} = {value!r}: is not text")  # noqa: TRY004 - one kind of error for a caller to tell
    return value


_EXAMPLES = {
    "date": '{date = "%d/%m/%Y %H:%M"}',
    "split": '{split = ";", take = 1}',
    "regex": '{regex = "[ .]", replace = ""}',
}
_TABLES: dict[str, Callable[[Mapping[str, object]], Transform]] = {"date": _date, "split": _split, "regex": _regex}
