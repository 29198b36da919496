"""Below HTTP: each cause on loopback has its name, and where there is one, a better address."""

from __future__ import annotations

import socket
import threading
from typing import Any

import pytest

from helpers.checks.connect import greeting, ports, probing
from helpers.client import dial
from helpers.tests.checks.connect.conftest import Look, seen
from helpers.tests.support import sockets
from helpers.tests.support.endpoint_server import serving
from helpers.wire.network import Greeting


def test_a_refused_connection_is_a_server_that_does_not_run(look: Look) -> None:
    """The usual ports are named, and none of them is asked unasked."""
    found = look(f"http://127.0.0.1:{sockets.dead_port()}/v1")
    assert ("refused", "deviates") == seen(found, "TCP IPv4")
    assert ("usual-ports", "skipped") == seen(found, "usual ports")
    assert found.verdict.headline.startswith("Nothing answers at http://127.0.0.1:")
    assert not found.base_url
    assert "path" in found.left


def test_a_black_hole_is_told_from_a_refusal(
    look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    """Within seconds, not after the system's two minutes."""
    monkeypatch.setattr(ports, "CONNECT_S", 0.3)
    with sockets.black_hole() as port:
        found = look(f"http://127.0.0.1:{port}/v1")
    assert ("connect-timeout", "deviates") == seen(found, "TCP IPv4")
    assert "firewall" in str(found.verdict.failures[0])


@pytest.mark.parametrize("talk", [sockets.resets, sockets.closes])
def test_a_connection_that_ends_without_a_word(look: Look, talk: sockets.Talk) -> None:
    """Reset or closed: the port is open, the server is not well."""
    with sockets.listening(talk) as port:
        found = look(f"http://127.0.0.1:{port}/v1")
    assert ("tcp", "pass") == seen(found, "TCP IPv4")
    assert ("reset", "deviates") == seen(found, "HTTP")


def test_an_unknown_name_is_told_with_the_resolvers_words(look: Look) -> None:
    """A name below .invalid is never there."""
    found = look("http://oak.invalid/v1")
    assert ("dns", "deviates") == seen(found, "DNS")
    assert "The resolver says:" in str(found.verdict.failures[0])


@pytest.mark.parametrize(("typed", "real"), [("127.0.0.1", "::1"), ("[::1]", "127.0.0.1")])
def test_the_other_loopback_address_is_found(look: Look, typed: str, real: str) -> None:
    """A server that listens on ::1 alone, or on 127.0.0.1 alone; the walk goes on there."""
    with serving(host=real) as server:
        port = server.root.rpartition(":")[2]
        found = look(f"http://{typed}:{port}/v1")
    assert ("wrong-family", "deviates") == seen(found, "TCP")
    assert server.url == found.base_url
    assert found.verdict.failures[0].fix == server.url
    assert "It answers, with one thing to change" in found.headline


def test_a_name_of_both_families_is_looked_at_in_both(
    look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    """Where one refuses, each new connection may try twice."""
    both = [(family, socket.SOCK_STREAM, 6, "", (address, 0)) for family, address in (
        (socket.AF_INET6, "::1"), (socket.AF_INET, "127.0.0.1"),
    )]  # fmt: skip

    async def answer(*_: Any, **__: Any) -> list[Any]:
        return both

    monkeypatch.setattr("asyncio.base_events.BaseEventLoop.getaddrinfo", answer)
    with serving() as server:
        found = look(f"http://localhost:{server.root.rpartition(':')[2]}")
    assert ("tcp", "pass") == seen(found, "TCP IPv4")
    assert ("other-family", "tolerated") == seen(found, "TCP IPv6")
    assert (
        "Write 127.0.0.1 instead" in next(one for one in found.findings if "IPv6" in one.about).do
    )


@pytest.mark.slow
def test_inside_a_container_its_host_is_tried(
    look: Look, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:  # fmt: skip
    """And is told, with the name to write; a key stays at home."""
    monkeypatch.setattr(ports, "MARKS_OF_A_CONTAINER", (str(tmp_path),))
    monkeypatch.setattr(ports, "NAMES_OF_ITS_HOST", ("127.0.0.2",))
    monkeypatch.setenv("OAK_KEY", "sk-oak-0123456789abcdef")
    with serving(host="127.0.0.2") as server:
        port = server.root.rpartition(":")[2]
        found = look(f"http://127.0.0.1:{port}/v1", api_key_env="OAK_KEY")
    assert ("container", "deviates") == seen(found, "TCP")
    assert server.url == found.base_url
    assert {""} == server.keys_seen()
    assert ("key-kept", "skipped") == seen(found, "key")


def test_inside_a_container_without_a_host_that_answers(
    look: Look, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:  # fmt: skip
    """What to start differently is told."""
    monkeypatch.setattr(ports, "MARKS_OF_A_CONTAINER", (str(tmp_path),))
    monkeypatch.setattr(ports, "NAMES_OF_ITS_HOST", ("127.0.0.2",))
    monkeypatch.setattr(ports, "default_gateway", lambda: "")
    found = look(f"http://127.0.0.1:{sockets.dead_port()}/v1")
    assert ("container", "unclear") == seen(found, "TCP")


def test_the_usual_ports_are_looked_at_when_asked(
    look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    """On the same host; who usually listens there is named."""
    with serving() as server:
        port = int(server.root.rpartition(":")[2])
        monkeypatch.setattr(ports, "PRESETS", {"Ollama": f"http://localhost:{port}/v1"})
        found = look(f"http://127.0.0.1:{sockets.dead_port()}/v1", usual_ports=True)
    assert ("usual-ports", "tolerated") == seen(found, "usual ports")
    assert f"{port} (usually Ollama)" in found.findings[-1].says
    assert [] == server.seen


def test_a_port_that_is_silent_to_tls_is_not_called_plain_http(
    look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    """Plain http was tried, and met the same silence."""
    monkeypatch.setattr(dial, "ANSWER_S", 0.1)
    monkeypatch.setattr(dial, "HANDSHAKE_S", 0.1)
    with sockets.listening(sockets.is_silent) as port:
        found = look(f"https://127.0.0.1:{port}/v1")
    assert ("silent-port", "deviates") == seen(found, "TLS")
    assert not found.verdict.failures[0].fix


def test_a_port_that_accepts_and_never_answers_is_known_within_two_silences(
    look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    """The first is told at once, the second gives all requests more time together."""
    monkeypatch.setattr(dial, "ANSWER_S", 0.2)
    monkeypatch.setattr(greeting, "ANSWER_S", 0.2)
    monkeypatch.setattr(greeting, "HEAD_START_S", 0.1)
    monkeypatch.setattr(probing, "LATE_PROBE_S", 0.2)
    with sockets.listening(sockets.is_silent) as port:
        found = look(f"http://127.0.0.1:{port}/v1")
    assert ("slow", "unclear") == seen(found, "HTTP")
    assert ("silent-port", "deviates") == seen(found, "path")


def test_a_chat_that_has_to_load_first_is_waited_for(
    look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    """Nothing is known of a key then, and the walk goes on to the chat."""
    monkeypatch.setattr(probing, "PROBE_S", 0.2)
    loaded = threading.Event()
    asked = []

    def load(method: str, path: str) -> None:
        if (method, path) == ("POST", "/v1/chat/completions"):
            asked.append(path)
            # Two without messages, and then the chat itself.
            loaded.wait(0.6 if len(asked) < 3 else 0.0)

    with serving(before=load) as server:
        found = look(server.url)
    assert ("key-unknown", "unclear") == seen(found, "key")
    assert ("chat", "pass") == seen(found, "chat")
    assert found.spellings


@pytest.mark.parametrize(
    ("found", "address"),
    [
        (("127.0.0.1", 0), "127.0.0.1"),
        (("::1", 0, 0, 0), "::1"),
        (("::1", 0, 0, 7), "::1%7"),
        (("fe80::1", 0, 0, 7), "fe80::1%lan"),
    ],
)
def test_an_address_keeps_the_network_interface_it_needs(
    monkeypatch: pytest.MonkeyPatch, found: tuple[Any, ...], address: str
) -> None:  # fmt: skip
    """Without it an address within one network leads nowhere."""
    monkeypatch.setattr(socket, "if_indextoname", lambda _: "lan")
    assert address == dial._address(found)


@pytest.mark.parametrize(
    ("data", "whole"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n", False),
        (b"HTTP/1.1 200 OK\r\n\r\nab", False),
    ],
)
def test_an_answer_is_over_when_its_announced_length_came(data: bytes, whole: bool) -> None:
    """A server that keeps the connection open costs no wait."""
    assert whole == Greeting(data, 0.0).whole


def test_nothing_secret_goes_over_a_bare_socket() -> None:
    """What is sent below HTTP knows of no endpoint, hence of no key."""
    assert not hasattr(dial, "Endpoint")
