"""What a port speaks: the other scheme, a certificate nobody trusts, HTTP/2 alone, no HTTP."""

from __future__ import annotations

import asyncio
import socket
import ssl
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import helpers as es
from helpers.checks.connect import probing, security
from helpers.checks.connect.walk import Connection
from helpers.client import dial
from helpers.server.certificate import self_signed
from helpers.tests.checks.connect.conftest import Look, seen
from helpers.tests.support import sockets
from helpers.tests.support.endpoint_server import serving
from helpers.wire.network import Greeting


@pytest.fixture(autouse=True)
def _no_authorities_of_the_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    """The operating system's store is the one in force."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)


def failure(found: Connection) -> str:
    """Return the name of the finding that makes it red."""
    return found.verdict.failures[0].name


def certificate_of(url: str, folder: Path) -> str:
    """Return the file that a server's certificate was saved in."""
    parts = urlsplit(url)
    file = folder / "server.pem"
    file.write_text(ssl.get_server_certificate((str(parts.hostname), int(parts.port or 0))))
    return str(file)


def test_plain_http_where_https_was_typed(look: Look) -> None:
    """The walk goes on in plain http, and the corrected address says so."""
    with serving() as server:
        found = look(server.url.replace("http:", "https:"))
    assert "http-wanted" == failure(found)
    assert server.url == found.base_url
    assert ("chat", "pass") == seen(found, "chat")


def test_https_where_http_was_typed(
    look: Look, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:  # fmt: skip
    """The walk goes on over TLS, the certificate checked as ever."""
    with serving(tls=self_signed()) as server:
        monkeypatch.setenv("SSL_CERT_FILE", certificate_of(server.url, tmp_path))
        found = look(server.url.replace("https:", "http:"))
    assert "https-wanted" == failure(found)
    assert server.url == found.base_url
    assert ("chat", "pass") == seen(found, "chat")


def test_a_key_does_not_follow_from_https_to_http(
    look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    """It would travel unencrypted, which was not what was typed."""
    monkeypatch.setenv("OAK_KEY", "sk-oak-0123456789abcdef")
    with serving() as server:
        look(server.url.replace("http:", "https:"), api_key_env="OAK_KEY")
    assert {""} == server.keys_seen()


@pytest.mark.parametrize(
    ("certificate", "name"),
    [
        (self_signed(), "tls-self-signed"),
        (self_signed(expires_in=timedelta(days=-1)), "tls-expired"),
        (self_signed(["other.example"]), "tls-wrong-name"),
    ],
    ids=["self-signed", "expired", "misnamed"],
)
def test_a_certificate_that_nobody_trusts(
    look: Look, certificate: ssl.SSLContext, name: str
) -> None:  # fmt: skip
    """Its trouble is named, nothing is switched off, and no request is sent."""
    with serving(tls=certificate) as server:
        found = look(server.url)
    assert name == failure(found)
    assert [] == server.seen
    assert "HTTP" in found.left


def test_an_expired_certificate_says_when_and_a_misnamed_one_for_whom(look: Look) -> None:
    """Whoever runs the server can act on it."""
    with serving(tls=self_signed(["a.example"], expires_in=timedelta(days=-1))) as server:
        found = look(server.url)
    assert "it ended on 20" in found.headline
    with serving(tls=self_signed(["a.example"])) as server:
        assert "for a.example, not for 127.0.0.1" in look(server.url).headline


def test_a_variable_that_names_no_store_is_named(
    look: Look, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:  # fmt: skip
    """Before anything is said about the server's certificate."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "no.pem"))
    with serving(tls=self_signed()) as server:
        found = look(server.url)
    assert "tls-no-store" == failure(found)
    assert "SSL_CERT_FILE names" in found.headline


def test_a_store_that_trusts_it_is_found(
    look: Look, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:  # fmt: skip
    """Where the system's own does not: which file to name, and the walk goes on with it."""
    with serving(tls=self_signed()) as server:
        own = certificate_of(server.url, tmp_path)
        stores = [("operating system", ""), ("certifi", own)]
        monkeypatch.setattr(security, "stores", lambda: stores)
        found = look(server.url)
    assert "tls-store" == failure(found)
    assert f"SSL_CERT_FILE={own}" in found.verdict.failures[0].do
    assert ("chat", "pass") == seen(found, "chat")
    assert any(one.line == f"export SSL_CERT_FILE={own}" for one in found.spellings)


@pytest.mark.slow
def test_what_the_doctor_names_works_in_ordinary_asking(
    look: Look, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:  # fmt: skip
    """The same kernel asks, fails, is told SSL_CERT_FILE, and asks again."""
    monkeypatch.setattr("helpers.show.output.display", lambda _: None)

    async def twice(url: str, file: str) -> list[str]:
        words = [(await es.ask("hi", url, model="m", show=False)).word]
        monkeypatch.setenv("SSL_CERT_FILE", file)
        return [*words, (await es.ask("hi", url, model="m", show=False)).word]

    with serving(tls=self_signed()) as server:
        own = certificate_of(server.url, tmp_path)
        first, second = asyncio.run(twice(server.url, own))
        assert ("tls-own-authority", "tolerated") == seen(look(server.url), "TLS")
    assert "tls" == first
    assert "tls" != second


def test_a_machine_without_authorities_trusts_by_the_variable_alone(
    look: Look, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:  # fmt: skip
    """OpenSSL's default reads SSL_CERT_FILE, so a missing store would seem to trust it as well."""
    with serving(tls=self_signed()) as server:
        own = certificate_of(server.url, tmp_path)
        monkeypatch.setenv("SSL_CERT_FILE", own)
        stores = [
            ("operating system", ""),
            ("certifi", dict(dial.stores())["certifi"]),
            ("SSL_CERT_FILE", own),
        ]
        monkeypatch.setattr(security, "stores", lambda: stores)
        assert ("tls-own-authority", "tolerated") == seen(look(server.url), "TLS")


def test_a_server_that_speaks_http2_alone(look: Look) -> None:
    """Most programs speak HTTP/1.1."""
    with sockets.listening(sockets.only_http2) as port:
        found = look(f"http://127.0.0.1:{port}/v1")
    assert "only-http2" == failure(found)


@pytest.mark.parametrize(
    ("talk", "says"),
    [
        (sockets.greets(b"SSH-2.0-OpenSSH_9.6\r\n"), "but as SSH"),
        (sockets.says(b"-ERR unknown command\r\n"), "but as Redis"),
        (sockets.greets(b"J\x00\x00\x00\n8.0.36\x00\x08\x00"), "but as MySQL"),
        (sockets.says(b"E\x00\x00\x00\x8cSFATAL\x00"), "but as PostgreSQL"),
        (sockets.says(b"<html>hello</html>"), "but as a page without a head (HTTP/0.9)"),
        (sockets.says(b"\x04\x08\x15\x16 what"), "does not answer in HTTP."),
    ],
    ids=["ssh", "redis", "mysql", "postgres", "http-0.9", "unknown"],
)
def test_something_else_listens(look: Look, talk: sockets.Talk, says: str) -> None:
    """What it is, where its first bytes tell."""
    with sockets.listening(talk) as port:
        found = look(f"http://127.0.0.1:{port}/v1")
    assert "not-http" == failure(found)
    assert says in found.headline


def test_an_answer_may_begin_as_http() -> None:
    """Cut short or in lower case, which the head's own judge calls odd."""
    assert "HTTP" == Greeting(b"http/1.1 200 OK\r\n\r\n", 0.0).speaks == Greeting(b"HT", 0.0).speaks
    assert "" == Greeting(b"", 0.0).speaks == Greeting(b"HELO", 0.0).speaks


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"HTTP/1.1 200\r\n\r\n", 200), (b"http/1.0  404 Not Found\n\n", 404),
        (b"HTTP/1.1 20", None), (b"HTTP/1.1 OK\r\n\r\n", None), (b"HELO 200 x", None),
        (b"HTTP/1.1 " + b"9" * 5000 + b" x\r\n\r\n", None),
    ],
    ids=str,
)  # fmt: skip
def test_a_status_has_three_digits(data: bytes, status: int | None) -> None:
    """A longer one raises no ValueError, and half of one is none yet."""
    assert status == Greeting(data, 0.0).status


def test_the_words_of_a_tls_port_to_plain_http(
    look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    """Nginx answers 400 in plain http on a port of https."""
    page = b"HTTP/1.1 400 Bad Request\r\n\r\nThe plain HTTP request was sent to HTTPS port"
    with sockets.listening(sockets.says(page)) as port:
        found = look(f"http://127.0.0.1:{port}/v1")
    assert "https-wanted" == failure(found)


def test_an_answer_that_begins_and_does_not_go_on(
    look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    """It is HTTP so far, and no silent port."""
    monkeypatch.setattr(dial, "ANSWER_S", 0.2)
    monkeypatch.setattr(probing, "LATE_PROBE_S", 0.2)

    def begins(client: socket.socket) -> None:
        client.recv(4096)
        client.sendall(b"HTT")
        client.recv(4096)

    with sockets.listening(begins) as port:
        found = look(f"http://127.0.0.1:{port}/v1")
    assert ("slow", "unclear") == seen(found, "HTTP")
    assert "The headers were not complete" in found.headline


def test_a_port_that_is_silent_at_first_is_given_time(
    look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    """Whoever loads a model says nothing for a while."""
    monkeypatch.setattr(dial, "ANSWER_S", 0.2)
    with serving(lost_s=0.5) as server:
        found = look(server.url)
    assert ("slow", "unclear") == seen(found, "HTTP")
    assert ("chat", "pass") == seen(found, "chat")
