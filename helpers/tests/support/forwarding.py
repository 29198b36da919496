"""A proxy on loopback that leads to one server."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from helpers.tests.support import sockets


@contextmanager
def forwarding(server: str) -> Iterator[tuple[int, list[bytes]]]:
    """A proxy that passes every request on to one server, whatever host it names."""
    seen: list[bytes] = []

    def talk(client: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            head += client.recv(4096)
        seen.append(head)
        parts = urlsplit(server)
        with socket.create_connection((parts.hostname, parts.port)) as behind:
            if head.startswith(b"CONNECT"):
                client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            else:
                behind.sendall(head)
            back = threading.Thread(target=_pump, args=(client, behind), daemon=True)
            back.start()
            _pump(behind, client)

    with sockets.listening(talk) as port:
        yield port, seen


def _pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass
