"""A pass-through on loopback: what a program and its server say to each other, reported live.

Each connection of a program has its own to the server behind (`tandem`), so whatever happens to
one end happens to the other: a client that leaves, a server that dies, a connection kept open.
Paths are the server's own. A reply passes byte for byte, head and framing included; of a request
only the head is changed: the Host, and what cannot be passed on (`rewriting`).
"""

from __future__ import annotations

import asyncio
import ssl
from urllib.parse import urlsplit

from .passing import RelaySettings, Upstream
from .tandem import FromClient


def upstream(url: str) -> Upstream:
    """The server at an address; its certificate is checked against the system's store."""
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    return Upstream(
        parts.hostname or "",
        parts.port or (443 if secure else 80),
        parts.netloc.rpartition("@")[2],
        ssl.create_default_context() if secure else None,
    )


class Relay:
    """Passes on what comes to a port on this machine, and reports it."""

    def __init__(self, settings: RelaySettings) -> None:
        self._settings = settings
        self._server: asyncio.Server | None = None

    async def listen(self, port: int = 0) -> int:
        """Start listening on 127.0.0.1 and return the port; 0 picks a free one.

        raises:  OSError if the port is taken
        """
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: FromClient(self._settings), "127.0.0.1", port, backlog=512
        )
        found: int = self._server.sockets[0].getsockname()[1]
        return found

    def close(self) -> None:
        """Stop listening and end every connection."""
        if self._server:
            self._server.close()
        for connection in [*self._settings.open]:
            connection.abort()
