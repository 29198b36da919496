"""Requests that never reach a server, within a short timeout: each is told by its cause."""

from __future__ import annotations

import socket
from time import sleep

import pytest

from helpers.tests.support import sockets
from helpers.tests.support.asked import asked


@pytest.mark.parametrize("model", ["", "m"])
def test_a_host_that_accepts_no_connection_is_no_slow_server(model: str) -> None:
    """Whether the list of models or the chat is asked for first."""
    with sockets.black_hole() as port:
        found = asked(f"http://127.0.0.1:{port}/v1", model=model, timeout_s=1).findings[0]
    assert "connect-timeout" == found.name
    assert "a connection within 1 s" == found.expected


def test_a_silent_name_server_is_no_host_behind_a_firewall(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The name was not looked up when the time for a connection had passed."""
    asked_for = []

    def silent(host: str, *_: object, **__: object) -> list[object]:
        asked_for.append(host)
        sleep(1.5)
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", silent)
    found = asked("http://api.example.test/v1", timeout_s=1).findings[0]
    assert "api.example.test" in asked_for
    assert ("dns", "No name server answers") == (found.name, found.says[:22])
