"""What is no host, and what was probably meant by it, for a person to act on. May import `signs`."""

from __future__ import annotations

import ipaddress
import re

from pipeline.intake.validation.signs import AROUND, BEYOND_ASCII, SIGNS, meant_instead

# Names in a network of one's own have underscores, and a dot may end any name: neither is a slip.
# Those of digits and dots only, and those with colons, are looked at again by `is_host`.
ODD_HOST = "|".join(
    (
        rf"[^A-Za-z0-9._\-{BEYOND_ASCII}]",
        f"[{SIGNS}]",
        r"^\.|\.\.",
        r"(^|\.)-|-(\.|$)",
        r"^[0-9.]+$",
    )
)
"""What no host's name has; a pattern for Python and for Arrow."""

_ODD = re.compile(ODD_HOST)
_PORT = re.compile(r"[0-9]{1,5}")
_TYPING = (
    (re.compile(rf"^[{AROUND}-]+|[{AROUND}.!/-]+$"), ""),
    (re.compile(r"^[a-z]+://", re.IGNORECASE), ""),
    (re.compile(r"[/:].*$|\s*\(.*$"), ""),
    (re.compile(r"\.{2,}"), "."),
    (re.compile(r"^([\w-]+),(\w[\w-]*(?:\.[\w-]+)+)$"), r"\1.\2"),
)


def is_host(text: str) -> bool:
    """Whether a text is the name of a host or its number, of IPv4 or IPv6."""
    return not _ODD.search(text) or _is_number(text)


def _is_number(text: str) -> bool:
    try:
        ipaddress.ip_address(text[1:-1] if text.startswith("[") and text.endswith("]") else text)
    except ValueError:
        return False
    return True


def host_hint(text: str) -> str:
    """A clause for the message: the host that was meant, or that it is a port; blank where nothing is plain."""
    if _PORT.fullmatch(text):
        return ": probably a port"
    return meant_instead(text, _TYPING, lambda meant: "." in meant and is_host(meant))
