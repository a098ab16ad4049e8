"""What the system says about a connection, in plain words.

May import nothing of the project. Must know nothing of the HTTP libraries.
"""

from __future__ import annotations

import errno
import os
import re

_BY_ERRNO = {
    errno.ECONNREFUSED: "{peer} refuses the connection: nothing answers there",
    errno.ENETUNREACH: "there is no way to {peer}: is this machine connected?",
    errno.EHOSTUNREACH: "there is no way to {peer}: is this machine connected?",
    errno.ETIMEDOUT: "{peer} does not answer",
    errno.ECONNRESET: "{peer} broke the connection off",
    errno.EPIPE: "{peer} broke the connection off",
    errno.ECONNABORTED: "{peer} broke the connection off",
    errno.EMFILE: "this machine has no more connections to give to {peer}",
}
_ERRNO_IN_TEXT = re.compile(r"\[Errno ([0-9]+)\]")


def no_such_host(host: str) -> str:
    """The name cannot be resolved."""
    return f"there is no host named {host}, or no way to look its name up"


def connection_error(peer: str, error: OSError) -> str:
    """Why a connection to a peer could not be made, or broke off."""
    number = error.errno
    if number is None and (found := _ERRNO_IN_TEXT.search(str(error))):  # several addresses were tried
        number = int(found[1])
    if number in _BY_ERRNO:
        return _BY_ERRNO[number].format(peer=peer)
    return f"{peer}: {error.strerror or str(error) or type(error).__name__}"


def certificate_error(peer: str, error: BaseException) -> str:
    """Whose certificate is not trusted, why, and by whom."""
    why = getattr(error, "verify_message", "") or getattr(error, "reason", "") or str(error)
    bundle = os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR")
    by = f"by the certificates of {bundle}" if bundle else "by the certificates that come with nexudus-import"
    return f"the certificate of {peer} is not trusted {by}: {why}; SSL_CERT_FILE names others"


def tls_error(peer: str, error: BaseException) -> str:
    """A handshake that failed for another cause than a certificate."""
    reason = getattr(error, "reason", None) or str(error)
    return f"{peer} does not speak TLS 1.2 or higher as it should ({reason.replace('_', ' ').lower()})"
