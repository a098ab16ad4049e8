"""Templates: text with headers in braces. May import the standard library only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from string import Formatter


@dataclass(frozen=True, slots=True)
class Column:
    """The place of a column's cell in a template."""

    header: str


def pieces_of(text: object) -> list[str | Column]:
    """A template's texts and columns, in order; `{{` and `}}` stand for single braces.

    Raises:
        ValueError: It is no text, or its braces do not fit; says what is wrong.
    """
    if not isinstance(text, str):
        raise ValueError('is not text such as "{First name} {Last name}"')  # noqa: TRY004 - one kind of error
    pieces: list[str | Column] = []
    try:
        # Headers may hold the signs that Python's format strings give a meaning.
        for literal, name, form, conversion in Formatter().parse(text):
            pieces += [literal] if literal else []
            if name is not None:
                header = name + (f"!{conversion}" if conversion else "") + (f":{form}" if form else "")
                pieces.append(Column(header.strip()))
    except ValueError as error:
        raise ValueError(f"{text!r} cannot be read ({error}); {{{{ and }}}} stand for single braces") from None
    if "" in columns_in(pieces):
        raise ValueError(f"there is no column between the braces of {text!r}")
    return pieces


def checked_template(text: object) -> str:
    """The text of a template that can be put together.

    Raises:
        ValueError: It is no text, its braces do not fit, or it names no column.
    """
    if not columns_in(pieces_of(text)):
        raise ValueError("holds no column in braces; [constants] give all rows one value")
    return str(text)


def columns_in(pieces: Sequence[str | Column]) -> list[str]:
    """The headers that a template names."""
    return [piece.header for piece in pieces if isinstance(piece, Column)]
