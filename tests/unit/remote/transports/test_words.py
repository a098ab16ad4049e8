"""What the system says about a connection, in plain words."""

import errno
import ssl

import pytest

from pipeline.remote.transports import words


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ECONNREFUSED, "refused"), "a.example:443 refuses the connection: nothing answers there"),
        (OSError("Multiple exceptions: [Errno 111] Connect call failed"), "a.example:443 refuses the connection"),
        (OSError(errno.ENETUNREACH, "?"), "there is no way to a.example:443: is this machine connected?"),
        (OSError(errno.ECONNRESET, "reset"), "a.example:443 broke the connection off"),
        (OSError(errno.ENOSPC, "No space left"), "a.example:443: No space left"),
        (OSError(), "a.example:443: OSError"),
    ],
    ids=str,
)
def test_a_connection_that_was_not_made_or_broke_off(error, said):
    assert words.connection_error("a.example:443", error).startswith(said)


@pytest.mark.parametrize(
    ("variable", "by"),
    [
        (None, "by the certificates that come with nexudus-import"),
        ("SSL_CERT_FILE", "by the certificates of ours.pem"),
        ("SSL_CERT_DIR", "by the certificates of ours.pem"),
    ],
)
def test_a_certificate_says_whose_it_is_why_and_who_does_not_trust_it(monkeypatch, variable, by):
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    if variable:
        monkeypatch.setenv(variable, "ours.pem")
    refused = ssl.SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] failed")
    refused.verify_message = "self-signed certificate"
    assert words.certificate_error("a.example:443", refused) == (
        f"the certificate of a.example:443 is not trusted {by}: self-signed certificate; SSL_CERT_FILE names others"
    )
