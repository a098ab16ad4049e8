"""What the system says about a connection, in plain words."""

import errno

import pytest

from pipeline.remote.transports import words


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ECONNREFUSED, "refused"), "a.example:443 refuses the connection: nothing answers there"),
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
        (None, "by this machine's certificates"),
        ("SSL_CERT_FILE", "by the certificates of ours.pem"),
        ("SSL_CERT_DIR", "by the certificates of ours.pem"),
    ],
)
def test_a_certificate_says_whose_it_is_why_and_who_does_not_trust_it(monkeypatch, variable, by):
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    if variable:
        monkeypatch.setenv(variable, "ours.pem")
    assert words.certificate_error("a.example:443", "certificate revoked") == (
        f"the certificate of a.example:443 is not trusted {by}: certificate revoked; SSL_CERT_FILE names others"
    )


@pytest.mark.parametrize(
    ("why", "said"),
    [
        ("UnknownIssuer", "it was issued by somebody whom none of them names;"),
        (
            "certificate expired: verification time 1795688147 (UNIX), but certificate is not valid after 1795601746",
            "certificate expired;",
        ),
        ('certificate not valid for name "a"; certificate is only valid for DnsName("b")', "certificate not valid for"),
    ],
)
def test_why_a_certificate_is_not_trusted_is_said_without_what_only_machines_read(why, said):
    assert f": {said}" in words.certificate_error("a.example:443", why)
