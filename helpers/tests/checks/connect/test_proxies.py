"""Proxy variables: in the way, needed, dead, or taking what is meant for this machine."""

from __future__ import annotations

import asyncio
import http.client
import socket

import pytest

from helpers.checks.connect import names, walk
from helpers.client import proxies
from helpers.client.chat import ask
from helpers.client.keys import secrets_of
from helpers.endpoint import resolve
from helpers.finding import Finding
from helpers.secrets.spellings import Secrets
from helpers.tests.checks.connect.conftest import Look, seen
from helpers.tests.support import sockets
from helpers.tests.support.endpoint_server import serving
from helpers.tests.support.forwarding import forwarding
from helpers.wire.network import Lookup
from helpers.wire.request import chat

GATEWAY_DOWN = (
    b"HTTP/1.1 502 Bad Gateway\r\nServer: squid\r\nContent-Type: text/html\r\n"
    b"Content-Length: 22\r\nConnection: close\r\n\r\n<html>squid: no</html>"
)


@pytest.fixture
def oak(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host beyond this machine, oak.test, which leads here all the same."""
    monkeypatch.setattr(names, "look_up", _here)


async def _here(host: str) -> Lookup:
    return Lookup(host, ("127.0.0.1",), 0.001)


async def _nowhere(host: str) -> Lookup:
    return Lookup(host, (), 0.001, "no such name")


def test_a_proxy_that_hijacks_this_machine(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kit goes round it; other programs need NO_PROXY, which is a line to copy."""
    with serving() as server, sockets.listening(sockets.says(GATEWAY_DOWN)) as proxy:
        monkeypatch.setenv("http_proxy", f"http://user:pass-word@127.0.0.1:{proxy}")
        found = look(server.url)
    assert ("proxy-hijacks", "tolerated") == seen(found, "proxy")
    assert ("chat", "pass") == seen(found, "chat")
    assert "it answers 502" in repr(found.steps)
    assert any("export NO_PROXY=localhost,127.0.0.1,::1" == one.line for one in found.spellings)
    assert "pass-word" not in repr(found.findings) + repr(found.spellings)


@pytest.mark.slow
def test_a_proxy_that_is_needed_is_used(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it not even the name is known; the walk and the answers go through it."""
    monkeypatch.setattr(names, "look_up", _nowhere)
    with serving() as server, forwarding(server.root) as (proxy, passed):
        monkeypatch.setenv("http_proxy", f"http://user:pass-word@127.0.0.1:{proxy}")
        found = look("http://oak.test:8000/v1")
    assert ("dns", "tolerated") == seen(found, "DNS")
    assert ("proxy", "pass") == seen(found, "proxy")
    assert ("chat", "pass") == seen(found, "chat")
    assert found.verdict.passed
    assert all(b"Proxy-Authorization: Basic" in head for head in passed)
    assert "pass-word" not in repr(found.findings) + repr(found.spellings)


def test_a_dead_proxy_in_front_of_a_server_that_answers(
    look: Look, monkeypatch: pytest.MonkeyPatch, oak: None
) -> None:  # fmt: skip
    """Going round it helps, and NO_PROXY is what does that."""
    with serving() as server:
        port = server.root.rpartition(":")[2]
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{sockets.dead_port()}")
        found = look(f"http://oak.test:{port}/v1")
    assert ("proxy-in-the-way", "deviates") == seen(found, "proxy")
    assert "NO_PROXY=oak.test" in str(found.verdict.failures[0])


def test_a_proxy_that_gets_nowhere_either(
    look: Look, monkeypatch: pytest.MonkeyPatch, oak: None
) -> None:  # fmt: skip
    """Both ways are dead, and both are told."""
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{sockets.dead_port()}")
    found = look(f"http://oak.test:{sockets.dead_port()}/v1")
    assert ("proxy-fails", "deviates") == seen(found, "proxy")
    assert not found.base_url


def test_no_proxy_is_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host that NO_PROXY names is asked directly."""
    monkeypatch.setenv("https_proxy", "http://proxy.test:3128")
    monkeypatch.setenv("no_proxy", "oak.test")
    assert "" == proxies.proxy_for("https://oak.test/v1")
    monkeypatch.setenv("no_proxy", "oak.test:8000")
    assert "" == proxies.proxy_for("https://oak.test:8000/v1")
    assert proxies.proxy_for("https://oak.test:9000/v1")
    assert "http://proxy.test:3128" == proxies.proxy_for("https://elm.test/v1")


def test_the_forwarding_proxy_of_these_tests_forwards() -> None:
    """What stands on it stands on something."""
    with serving() as server, forwarding(server.root) as (proxy, _):
        client = http.client.HTTPConnection("127.0.0.1", proxy, timeout=10)
        client.request("GET", "http://oak.test/v1/models", headers={"Connection": "close"})
        assert 200 == client.getresponse().status
        client.close()


@pytest.mark.parametrize(
    "address", ["http://me:pass-word@127.0.0.1:{port}", "http://x.invalid:99999"]
)
def test_a_dead_proxy_is_not_taken_for_a_dead_server(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    """With a proxy nothing else is dialled; its password is not told."""
    monkeypatch.setenv("http_proxy", address.format(port=sockets.dead_port()))
    asked = asyncio.run(ask(resolve("http://oak.test/v1", model="m"), chat("hi")))
    found = asked.findings[0]
    assert ("proxy", "call") == (found.name, found.blame)
    assert "oak.test was never asked" in found.says
    assert "http_proxy" in found.came
    assert "pass-word" not in str(found)


def test_silence_behind_a_proxy_names_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may look for the server's address in vain, as Squid does, and the log shows nothing."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        monkeypatch.setenv("http_proxy", f"http://me:pass-word@127.0.0.1:{mute.getsockname()[1]}")
        endpoint = resolve("http://oak.test/v1", model="m", timeout_s=1)
        found = asyncio.run(ask(endpoint, chat("hi"))).findings[0]
    assert "silence" == found.name
    assert found.do.startswith("http_proxy names http://•••@127.0.0.1:")
    assert "the proxy that waits" in found.do


def test_what_reached_the_server_is_not_the_proxys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor what went round it."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert ("reset", "gone") == proxies.blamed("http://oak.test/v1", "reset", "gone")
    assert "proxy" == proxies.blamed("http://oak.test/v1", "dns", "no name")[0]
    aiohttps = "ClientHttpProxyError: 403, message='Forbidden', url='http://127.0.0.1:1'"
    assert proxies.blamed("http://oak.test/v1", "other", aiohttps)[1].endswith(
        "answered 403 Forbidden"
    )
    monkeypatch.setenv("http_proxy", "socks5://127.0.0.1:1")
    assert "proxy" == proxies.blamed("http://oak.test/v1", "reset", "gone")[0]
    monkeypatch.setenv("no_proxy", "oak.test")
    assert "dns" == proxies.blamed("http://oak.test/v1", "dns", "no name")[0]


def test_a_proxys_password_is_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that repeats it is quoted without it."""
    monkeypatch.setenv("HTTPS_PROXY", "http://me:pass%2Dword-01@proxy.test:1")
    endpoint = resolve("http://oak.test/v1")
    assert ("me:pass-word-01",) == secrets_of(endpoint)
    assert "pass-word-01" not in Secrets(secrets_of(endpoint)).text("407 for pass-word-01")


def test_a_key_in_a_certificates_names_is_starred() -> None:
    """A server may write what it was sent into anything that it shows."""
    told = Finding(
        "tls-wrong-name",
        "fail",
        "The certificate is for key-0123456789ab.",
        came="key-0123456789ab",
    )
    hidden = walk.without(Secrets(["key-0123456789ab"]), told)
    assert "0123" not in str(hidden) + hidden.came
