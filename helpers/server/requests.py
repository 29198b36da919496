"""Requests read off a connection, within bounds of size and time."""

from __future__ import annotations

import asyncio

from .http1 import (
    LARGEST_BODY,
    BadMessageError,
    Body,
    Request,
    header,
    read_body,
    read_head,
    whole,
)

# From a request's first byte to its last: no honest client on this machine needs longer.
LONGEST_S = 30.0


async def read_request(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, limit_s: float = LONGEST_S
) -> Request | None:
    """The connection's next request; None when the client has closed it.

    limit_s:  how long it may take once its first byte has come
    raises:   BadMessageError
    """
    if not (begun := await reader.read(1)):
        return None
    try:
        async with asyncio.timeout(limit_s):
            return await _read_request(begun, reader, writer)
    except TimeoutError:
        raise BadMessageError(f"Expected a whole request within {limit_s:g} s.") from None


async def _read_request(
    begun: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> Request | None:
    first, headers = await read_head(reader, begun)
    if not first:
        return None
    parts = first.split(" ")
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
        raise BadMessageError(f"Expected a request line of HTTP/1.1; got {first[:80]!r}.")
    if header(headers, "expect").lower() == "100-continue":
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    framed = {"content-length", "transfer-encoding"} & {key.lower() for key, _ in headers}
    body = await whole(_bounded(read_body(reader, headers))) if framed else b""
    return Request(
        parts[0], parts[1], parts[2], headers, body, asyncio.get_running_loop().time()
    )  # fmt: skip


async def _bounded(body: Body) -> Body:
    """Yield a body; end it once its chunks add up to more than any body has.

    raises:  BadMessageError
    """
    size = 0
    async for piece in body:
        size += len(piece)
        if size > LARGEST_BODY:
            raise BadMessageError(f"Expected a body of at most {LARGEST_BODY} bytes.")
        yield piece
