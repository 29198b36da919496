"""The real server behind the proxy: one connection per request, closed with it."""

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


def server_at(url: str, *, key: str = "") -> Ask:
    """An `Ask` that passes requests to the server at a URL, and its answers back live.

    key:     replaces the client's Authorization, which "" passes on
    raises:  ValueError if the URL is malformed, or neither http nor https
    """
    parts = urlsplit(url)
    host = parts.hostname
    if parts.scheme not in ("http", "https") or not host or not url.isprintable() or " " in url:
        raise ValueError(f"Expected an http or https address; got {url[:80]!r}.")
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    prefix = parts.path.rstrip("/")

    async def ask(request: Request) -> Reply:
        reader, writer = await asyncio.open_connection(
            host, port, ssl=secure or None, limit=LARGEST_HEAD
        )
        # Dropping the connection at once is what makes an engine stop generating.
        request.cleanup.callback(_drop, writer)
        if key:
            sent = without(request.headers, "authorization")
            request.headers = (*sent, ("Authorization", f"Bearer {key}"))
        writer.write(_message(request, prefix + request.target, parts.netloc.rpartition("@")[2]))
        return await read_reply(reader, request.method)

    return ask


def _drop(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


def _message(request: Request, target: str, authority: str) -> bytes:
    """The request to forward: the same, except for what concerns one connection."""
    kept = without(request.headers, "host", "expect", *FRAMING, *HOP_BY_HOP)
    lines = [f"{request.method} {target} HTTP/1.1", f"Host: {authority}"]
    lines += [f"{key}: {value}" for key, value in kept]
    if request.body or request.method not in ("GET", "HEAD"):
        lines.append(f"Content-Length: {len(request.body)}")
    lines.append("Connection: close")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + request.body
