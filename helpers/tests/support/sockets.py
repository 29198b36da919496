"""Ports that behave badly below HTTP: each on loopback, until its block ends."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Talk = Callable[[socket.socket], None]


def dead_port(host: str = "127.0.0.1") -> int:
    """Return a port on which nobody listens."""
    with socket.socket(_family(host)) as free:
        free.bind((host, 0))
        return free.getsockname()[1]


@contextmanager
def black_hole() -> Iterator[int]:
    """A port whose queue is full, so that new connections get no answer, as from a firewall."""
    with socket.socket() as deaf, contextlib.ExitStack() as waiting:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        for _ in range(4):
            one = waiting.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(deaf.getsockname())
        yield deaf.getsockname()[1]


@contextmanager
def listening(talk: Talk, *, host: str = "127.0.0.1") -> Iterator[int]:
    """A port that does with each connection what `talk` does."""
    server = socket.create_server((host, 0), family=_family(host))

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = server.accept()
                threading.Thread(target=_one, args=(client, talk), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield server.getsockname()[1]
    finally:
        # Without shutdown the thread would go on waiting in accept.
        with contextlib.suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)
        server.close()


def resets(client: socket.socket) -> None:
    """Close the connection so that the other side sees a reset."""
    client.recv(10)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def closes(client: socket.socket) -> None:
    """Read a little, then close without a word."""
    client.recv(10)


def is_silent(client: socket.socket) -> None:
    """Read whatever comes, and never answer."""
    while client.recv(1 << 16):
        pass


def says(data: bytes) -> Talk:
    """Return what reads a little, says this, and closes."""

    def talk(client: socket.socket) -> None:
        client.recv(4096)
        client.sendall(data)

    return talk


def greets(data: bytes) -> Talk:
    """Return what says this unasked, as SSH and mail servers do, and closes."""

    def talk(client: socket.socket) -> None:
        client.sendall(data)
        client.recv(4096)

    return talk


def only_http2(client: socket.socket) -> None:
    """Answer the preface of HTTP/2 with its settings, and close on all else."""
    if client.recv(4096).startswith(b"PRI * HTTP/2.0"):
        client.sendall(bytes([0, 0, 0, 4, 0, 0, 0, 0, 0]))
        client.recv(4096)


def _one(client: socket.socket, talk: Talk) -> None:
    with client, contextlib.suppress(OSError):
        talk(client)


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
