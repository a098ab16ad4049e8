"""Whose certificates are trusted: those that `SSL_CERT_FILE` or `SSL_CERT_DIR` names, else those of this machine.

May import `errors`. Must know nothing of the HTTP libraries.
"""

from __future__ import annotations

import os
from pathlib import Path

from pipeline.errors import Code, ConfigurationError

_BEGIN = b"-----BEGIN CERTIFICATE-----"


def trusted_certificates() -> list[bytes]:
    """The bundles to trust, in PEM.

    Where the environment names none, they are certifi's, so that a machine without certificates of its own can import.

    Raises:
        ConfigurationError: What the environment names cannot be read, or holds no certificate.
    """
    variable = _variable()
    if variable is not None:
        return _named(variable, Path(os.environ[variable]))
    import certifi

    return [Path(certifi.where()).read_bytes()]


def _variable() -> str | None:
    return next((name for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if os.environ.get(name)), None)


def _named(variable: str, path: Path) -> list[bytes]:
    try:
        files = sorted(path.iterdir()) if variable == "SSL_CERT_DIR" else [path]
        bundles = [bundle for file in files if not file.is_dir() and _BEGIN in (bundle := file.read_bytes())]
    except OSError as error:
        raise certificates_refused(error.strerror or type(error).__name__) from error
    if not bundles:
        raise certificates_refused("there is no certificate in it (PEM)")
    return bundles


def certificates_refused(why: str) -> ConfigurationError:
    """The error for certificates that cannot be used.

    Args:
        why: What is wrong with them.
    """
    variable = _variable() or "SSL_CERT_FILE"
    path = os.environ.get(variable, "")
    message = f"{variable}: {path} cannot be used: {why}."
    return ConfigurationError(Code.CERTIFICATES_INVALID, message, variable=variable, path=path, reason=why)
