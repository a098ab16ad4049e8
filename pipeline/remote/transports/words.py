"""What the system says about a connection, in plain words.

May import nothing of the project. Must know nothing of the HTTP libraries.
"""

from __future__ import annotations

import errno
import os

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


def no_such_host(host: str) -> str:
    """The name cannot be resolved."""
    return f"there is no host named {host}, or no way to look its name up"


def connection_error(peer: str, error: OSError) -> str:
    """Why a connection to a peer could not be made, or broke off."""
    if error.errno in _BY_ERRNO:
        return _BY_ERRNO[error.errno].format(peer=peer)
    return f"{peer}: {error.strerror or str(error) or type(error).__name__}"


def certificate_error(peer: str, why: str) -> str:
    """Whose certificate is not trusted, why, and by whom."""
    bundle = os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR")
    by = f"by the certificates of {bundle}" if bundle else "by this machine's certificates"
    return f"the certificate of {peer} is not trusted {by}: {_reason(why)}; SSL_CERT_FILE names others"


def _reason(why: str) -> str:
    if why == "UnknownIssuer":
        return "it was issued by somebody whom none of them names"
    return why.split(": verification time ", 1)[0]  # what follows are seconds since 1970


def tls_error(peer: str, why: str) -> str:
    """A handshake that failed for another cause than a certificate."""
    return f"{peer} does not speak TLS 1.2 or higher as it should ({why})"
