"""Proxy variables: in the way, needed, dead, or taking what is meant for this machine."""

from __future__ import annotations

import http.client

import pytest

from helpers.checks.connect import names
from helpers.client import ways
from helpers.tests.checks.connect.conftest import Look, seen
from helpers.tests.support import sockets
from helpers.tests.support.endpoint_server import serving
from helpers.tests.support.forwarding import forwarding
from helpers.wire.dialled import LookedUp

GATEWAY_DOWN = (
    b"HTTP/1.1 502 Bad Gateway\r\nServer: squid\r\nContent-Type: text/html\r\n"
    b"Content-Length: 22\r\nConnection: close\r\n\r\n<html>squid: no</html>"
)


@pytest.fixture
def oak(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host beyond this machine, oak.test, which leads here all the same."""
    monkeypatch.setattr(names, "look_up", _here)


async def _here(host: str) -> LookedUp:
    return LookedUp(host, ("127.0.0.1",), 0.001)


async def _nowhere(host: str) -> LookedUp:
    return LookedUp(host, (), 0.001, "no such name")


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
    assert "" == ways.proxy_for("https://oak.test/v1")
    assert "http://proxy.test:3128" == ways.proxy_for("https://elm.test/v1")


def test_the_forwarding_proxy_of_these_tests_forwards() -> None:
    """What stands on it stands on something."""
    with serving() as server, forwarding(server.root) as (proxy, _):
        client = http.client.HTTPConnection("127.0.0.1", proxy, timeout=10)
        client.request("GET", "http://oak.test/v1/models", headers={"Connection": "close"})
        assert 200 == client.getresponse().status
        client.close()
