"""The real server behind the proxy: one connection for each request, closed with it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from .http1 import (
    FRAMING,
    HOP_BY_HOP,
    LARGEST_HEAD,
    Reply,
    Request,
    read_reply,
    without,
)

Ask = Callable[[Request], Awaitable[Reply]]


def server_at(url: str) -> Ask:
    """Return what asks the server at an address and passes its answers on as they come."""
    parts = urlsplit(url)
    host = parts.hostname or "127.0.0.1"
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    prefix = parts.path.rstrip("/")

    async def ask(request: Request) -> Reply:
        reader, writer = await asyncio.open_connection(
            host, port, ssl=secure or None, limit=LARGEST_HEAD
        )
        # Closing at once, unsent and unread bytes included, is what stops an engine's generation.
        request.cleanup.callback(_drop, writer)
        writer.write(_message(request, prefix + request.target, parts.netloc.rpartition("@")[2]))
        return await read_reply(reader, request.method)

    return ask


def _drop(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


def _message(request: Request, target: str, authority: str) -> bytes:
    """Return the request as it goes on: the same, but for what speaks of one connection."""
    kept = without(request.headers, "host", "expect", *FRAMING, *HOP_BY_HOP)
    lines = [f"{request.method} {target} HTTP/1.1", f"Host: {authority}"]
    lines += [f"{key}: {value}" for key, value in kept]
    if request.body or request.method not in ("GET", "HEAD"):
        lines.append(f"Content-Length: {len(request.body)}")
    lines.append("Connection: close")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + request.body
