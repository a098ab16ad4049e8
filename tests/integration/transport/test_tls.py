"""Whom the transport trusts, which TLS it speaks, and proxies in between; with real certificates on loopback."""

import asyncio
import base64
import ssl
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from pipeline.errors import ConfigurationError
from pipeline.remote.transports import open_transport
from tests.support.raw_server import ANSWER, answering, free_port, listening


def context_for(authority, name="127.0.0.1", **options):
    """A server's side of TLS, with a certificate for that name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name, **options).configure_cert(context)
    return context


@pytest.fixture
def bundle(authority, tmp_path):
    """A file with the authority's certificate, in a folder of its own."""
    path = tmp_path / "trusted" / "authority.pem"
    path.parent.mkdir()
    authority.cert_pem.write_to_path(path)
    return path


async def sent_to(url):
    """The response, or the error, and nothing else."""
    transport = open_transport(url, 1)
    try:
        return await transport.send("POST", url, {}, b"{}", 20.0)
    except httpx.TransportError as error:
        return error
    finally:
        await transport.aclose()


def asked(context):
    """What came of a request to a server with that side of TLS, and how many it has read."""

    async def work():
        async with listening(answering(ANSWER), tls=context) as server:
            return await sent_to(f"https://127.0.0.1:{server.port}"), len(server.requests)

    return asyncio.run(work())


# -- certificates ------------------------------------------------------------------------------------------------


def test_the_certificates_that_the_environment_names_are_trusted(authority, bundle, monkeypatch):
    for variable, path in (("SSL_CERT_FILE", bundle), ("SSL_CERT_DIR", bundle.parent)):
        with monkeypatch.context() as patch:
            patch.setenv(variable, str(path))
            found, read = asked(context_for(authority))
            assert (found.status, read) == (200, 1)


def test_no_other_certificates_are_trusted(authority):
    found, read = asked(context_for(authority))
    assert (type(found), read) == (httpx.ConnectError, 0)
    assert "is not trusted by this machine's certificates: it was issued by somebody whom none of them names" in str(
        found
    )


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"name": "other.example"}, 'certificate not valid for name "127.0.0.1"'),
        ({"not_after": datetime.now(UTC) - timedelta(days=1)}, "certificate expired;"),
        ({"not_before": datetime.now(UTC) + timedelta(days=1)}, "certificate not valid yet;"),
    ],
    ids=["other name", "expired", "not yet"],
)
def test_a_certificate_that_does_not_fit_is_not_trusted(authority, bundle, monkeypatch, options, why):
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    found, read = asked(context_for(authority, **options))
    assert (type(found), read) == (httpx.ConnectError, 0)
    assert f"is not trusted by the certificates of {bundle}: {why}" in str(found)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "No such file or directory"),
        ("no certificate", "there is no certificate in it (PEM)"),
        ("-----BEGIN CERTIFICATE-----\nbm8=\n-----END CERTIFICATE-----\n", ""),
    ],
    ids=["missing", "empty", "broken"],
)
@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_certificates_that_cannot_be_used_are_refused_in_words(tmp_path, monkeypatch, variable, content, why):
    path = tmp_path / "trusted" / "mine.pem"
    if content is not None:
        path.parent.mkdir()
        path.write_text(content)
    monkeypatch.setenv(variable, str(path if variable == "SSL_CERT_FILE" else path.parent))
    with pytest.raises(ConfigurationError) as caught:
        asyncio.run(sent_to("https://127.0.0.1:1"))
    assert why in caught.value.message
    assert caught.value.facts["variable"] == variable


# -- TLS -----------------------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
@pytest.mark.parametrize(
    ("version", "is_spoken"),
    [
        (ssl.TLSVersion.TLSv1, False),
        (ssl.TLSVersion.TLSv1_1, False),
        (ssl.TLSVersion.TLSv1_2, True),
        (ssl.TLSVersion.TLSv1_3, True),
    ],
)
def test_tls_is_1_2_or_higher(authority, bundle, monkeypatch, version, is_spoken):
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    context = context_for(authority)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")  # else OpenSSL itself would not speak the old ones
    context.minimum_version = context.maximum_version = version
    found, read = asked(context)
    assert read == int(is_spoken)
    assert (getattr(found, "status", None) == 200) is is_spoken
    assert is_spoken or "does not speak TLS 1.2 or higher as it should" in str(found)


# -- proxies -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environment", "url", "proxy"),
    [
        ({}, "https://spaces.example", None),
        ({"https_proxy": "http://proxy.example:3128"}, "https://spaces.example", "http://proxy.example:3128"),
        ({"HTTPS_PROXY": "http://proxy.example:3128"}, "https://spaces.example", "http://proxy.example:3128"),
        ({"https_proxy": "http://proxy.example:3128"}, "https://127.0.0.1:1", None),
        ({"https_proxy": "http://proxy.example:3128", "no_proxy": "example"}, "https://spaces.example", None),
        ({"https_proxy": "http://proxy.example:3128", "NO_PROXY": "spaces.example"}, "https://spaces.example", None),
        ({"http_proxy": "http://proxy.example:3128"}, "https://spaces.example", None),
    ],
)
def test_the_environment_names_the_proxy(monkeypatch, environment, url, proxy):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert open_transport(url, 1)._proxy == proxy


def tunnelling_to(port):
    """A proxy that lets every connection through, to a port of this machine."""

    async def tunnel(server, reader, writer):
        await server.request(reader)
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await asyncio.gather(copied(reader, far_writer), copied(far_reader, writer))

    async def copied(source, sink):
        while data := await source.read(65_536):
            sink.write(data)
            await sink.drain()
        sink.close()

    return tunnel


def test_a_request_goes_through_the_proxy_with_its_login_and_tls_from_end_to_end(authority, bundle, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))

    async def work():
        context = context_for(authority, "spaces.invalid")
        async with (
            listening(answering(ANSWER), tls=context) as target,
            listening(tunnelling_to(target.port)) as proxy,
        ):
            monkeypatch.setenv("HTTPS_PROXY", f"http://me:hunter%402@127.0.0.1:{proxy.port}")
            found = await sent_to("https://spaces.invalid/api")
            return found, proxy.requests, target.requests

    found, at_proxy, at_target = asyncio.run(work())
    assert found.status == 200
    assert at_target[0].startswith(b"POST /api HTTP/1.1")
    assert b"hunter" not in at_target[0]
    assert at_proxy[0].startswith(b"CONNECT spaces.invalid:443 HTTP/1.1")
    assert base64.b64encode(b"me:hunter@2") in at_proxy[0]


def test_a_proxy_that_is_not_there_was_not_sent_anything(monkeypatch):
    proxy = f"127.0.0.1:{free_port()}"
    monkeypatch.setenv("https_proxy", f"http://me:hunter2@{proxy}")
    found = asyncio.run(sent_to("https://spaces.invalid"))
    assert (type(found), str(found)) == (httpx.ProxyError, f"the proxy {proxy} cannot be reached")


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (b"407 Proxy Authentication Required", "answers HTTP 407"),
        (b"502 Bad Gateway", "does not let connections to spaces.invalid:443 through"),
    ],
)
def test_a_proxy_that_refuses_was_not_sent_the_request(monkeypatch, answer, fault):
    async def work():
        async with listening(answering(b"HTTP/1.1 %b\r\nContent-Length: 0\r\n\r\n" % answer)) as proxy:
            monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy.port}")
            return await sent_to("https://spaces.invalid"), proxy

    found, proxy = asyncio.run(work())
    assert type(found) is httpx.ProxyError
    assert str(found) == f"the proxy 127.0.0.1:{proxy.port} {fault}"
    assert proxy.requests[0].startswith(b"CONNECT ")


@pytest.mark.parametrize(
    "proxy", ["socks5://127.0.0.1:1080", "http://", "proxy.example:3128", "http://host:port", "http://a b"]
)
def test_a_proxy_that_is_no_url_is_refused_in_words(monkeypatch, proxy):
    monkeypatch.setenv("https_proxy", proxy)
    with pytest.raises(ConfigurationError, match="is not an http"):
        asyncio.run(sent_to("https://spaces.invalid"))
