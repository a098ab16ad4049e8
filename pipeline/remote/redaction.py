"""Secrets taken out of whatever a target answers, in every spelling that a server may echo them in.

Works on what was understood (parsed text), not on raw bytes. Imports nothing of the project but `model.findings`.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator
from urllib.parse import unquote_plus

from pipeline.model.findings import REDACTED

_SHORTEST = 4
"""A shorter secret would black out every second word, and hides nothing."""

_ROUNDS = 3
_SNIPPET_CHARS = 200


class Redactor:
    """Knows the secrets that must not be written down.

    Args:
        secrets: Tokens, passwords and values of secret fields; those shorter than four characters are passed over.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        # The longest first: one secret may be the beginning of another.
        known = {secret for secret in secrets if len(secret) >= _SHORTEST}
        self._secrets = sorted(known, key=len, reverse=True)
        self._folded = [secret.casefold() for secret in self._secrets]
        self._encoded = [core for secret in self._secrets for core in _base64_cores(secret)]

    def text(self, text: str) -> str:
        """The text without secrets; as a whole `(secret)` where one is hidden in another spelling."""
        for secret in self._secrets:
            text = text.replace(secret, REDACTED)
        return REDACTED if self.found_in(text) else text

    def found_in(self, text: str) -> bool:
        """Whether a secret stands in the text, in any spelling."""
        if not self._secrets:
            return False
        spelled = any(secret in reading.casefold() for reading in _readings(text) for secret in self._folded)
        return spelled or any(core in text for core in self._encoded)

    def quote(self, body: bytes) -> str:
        """The first words of a body that is no JSON; described rather than quoted where they may hold a secret."""
        if not body.strip():
            return "an empty body"
        readings = [body.decode("utf-8", "replace")]
        if b"\0" in body:
            readings += [body.decode(encoding, "replace") for encoding in ("utf-16-le", "utf-16-be", "utf-32-le")]
        if any(map(self.found_in, readings)):
            return f"{len(body):,} bytes that repeat a secret"
        words = " ".join(readings[0].split())
        return words[:_SNIPPET_CHARS] + ("…" if len(words) > _SNIPPET_CHARS else "")


def _readings(text: str) -> Iterator[str]:
    """The text as it is and as servers may have meant it: unescaped, again and again."""
    yield text
    current = {text}
    for _ in range(_ROUNDS):
        current = {reading for one in current for reading in _unescaped(one)} - current
        yield from current


def _unescaped(text: str) -> Iterator[str]:
    if "&" in text:
        yield html.unescape(text)
    if "%" in text or "+" in text:
        yield unquote_plus(text)
    if "\\" in text:
        yield re.sub(r"\\u([0-9a-fA-F]{4})|\\(.)", _json_character, text, flags=re.DOTALL)


def _json_character(found: re.Match[str]) -> str:
    if found[1]:
        return chr(int(found[1], 16))
    try:
        return str(json.loads(f'"\\{found[2]}"'))
    except ValueError:
        return found[2]


def _base64_cores(secret: str) -> Iterator[str]:
    """What stands in a base64 text that holds the secret, wherever in it the secret begins."""
    for offset in range(3):
        data = bytes(offset) + secret.encode()
        # Letters that also depend on what stands before or behind the secret are left out.
        first, last = -(-offset * 8 // 6), len(data) * 8 // 6
        yield base64.b64encode(data).decode()[first:last]
        yield base64.urlsafe_b64encode(data).decode()[first:last]
