"""The page of `report.html`: one file that asks for nothing from outside, in which text can be nothing but text.

Three walls stand behind each other: a policy that lets nothing run or load but the page's own style and script, known
by their hashes; escaping of all that is written; and `display.shown`, which nothing that is written can go around.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from pipeline.reports.base import escape_formula
from pipeline.reports.display import shown

_TEMPLATES = Path(__file__).parent / "templates"
_MOST_IN_SENTENCES = 500


def pieces_of_page(values: Mapping[str, Any]) -> Iterator[str]:
    """The page, piece by piece.

    Args:
        values: What the template is about.
    """
    style, script = _asset("report.css"), _asset("report.js")
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; base-uri 'none'; form-action 'none'"
    )
    own = {"style": Markup(style), "script": Markup(script), "policy": Markup(policy)}  # noqa: S704 - our own files
    return _environment().get_template("report.html").generate(**values, **own, version=version("nexudus-import"))


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        finalize=_as_text,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )


def _as_text(value: Any) -> Any:
    """Whatever a template writes, as text that hides nothing and acts nowhere, not even pasted into a spreadsheet."""
    return value if isinstance(value, Markup) else escape_formula(shown(value, _MOST_IN_SENTENCES))


@cache
def _asset(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
