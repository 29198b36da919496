"""A pass-through on loopback: what a program and its server say to each other, told as it passes.

Each connection of a program has one of its own to the server behind (`tandem`), so that what
happens to one end happens to the other: a client that leaves, a server that dies, a connection
kept open. Paths are the server's own. A reply passes to the byte, head and framing too; of a
request only its head is changed: the Host, and what cannot be passed on (`rewriting`).
"""

from __future__ import annotations

import asyncio
import ssl
from urllib.parse import urlsplit

from .passing import RelaySettings, Upstream
from .tandem import FromClient


def upstream(url: str) -> Upstream:
    """The server of an address; its certificate is checked by the system's store."""
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    return Upstream(
        parts.hostname or "",
        parts.port or (443 if secure else 80),
        parts.netloc.rpartition("@")[2],
        ssl.create_default_context() if secure else None,
    )


class Relay:
    """Passes on what comes to a port of this machine, and tells of it."""

    def __init__(self, settings: RelaySettings) -> None:
        self._settings = settings
        self._server: asyncio.Server | None = None

    async def listen(self, port: int = 0) -> int:
        """Start to listen on 127.0.0.1 and return the port; 0 takes a free one.

        raises:  OSError for a port that is taken
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
