"""The same streams, read by a bare asyncio client that does nothing but stamp.

Its error is what the machine and the server cost: the time until the server takes a request, and
until a process that is ready to read may run.
"""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass
from time import perf_counter
from typing import cast
from urllib.parse import urlsplit

from ...checks.load.own_error import STAMPS
from ...wire.timing import percentiles

_STAMPS = re.compile(STAMPS.encode())
_END = b"0\r\n\r\n"
_BODY = json.dumps({"model": "stamped", "stream": True, "messages": []}).encode()


@dataclass(frozen=True)
class BareStreams:
    """The error of TTFT, in seconds, as `OwnError` defines it."""

    mean_s: float
    p99_s: float | None


class _Stream(asyncio.Protocol):
    """One connection; `error_s` is the last answer's."""

    def __init__(self) -> None:
        self.error_s = 0.0
        self._sent_s = 0.0
        self._body = b""
        self._first = True
        self._ended: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    async def ask(self, head: bytes) -> float:
        """Ask once; the error of its TTFT."""
        self._body, self._first = b"", True
        self._ended = asyncio.get_running_loop().create_future()
        self._sent_s = perf_counter()
        self._transport.write(head + _BODY)
        await self._ended
        return self.error_s

    def data_received(self, data: bytes) -> None:
        now_s = perf_counter()
        self._body += data
        if self._first and (stamps := _STAMPS.search(self._body)):
            self._first = False
            self.error_s = now_s - self._sent_s - (float(stamps[2]) - float(stamps[1]))
        if self._body.endswith(_END) and self._ended:
            self._ended.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._ended and not self._ended.done():
            self._ended.set_exception(exc or ConnectionResetError("the stamped server left"))


async def measured(url: str, streams: int, *, rounds: int, spread_s: float) -> BareStreams:
    """What a bare client measures of this many streams; the first answer of each warms up."""
    address = urlsplit(url)
    head = (
        f"POST {address.path}/chat/completions HTTP/1.1\r\nHost: {address.netloc}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(_BODY)}\r\n\r\n"
    ).encode()

    async def one(place: int) -> list[float]:
        await asyncio.sleep(spread_s * place / streams)
        transport, stream = await asyncio.get_running_loop().create_connection(
            _Stream, address.hostname or "", address.port or 80
        )
        try:
            return [await stream.ask(head) for _ in range(1 + rounds)][1:]
        finally:
            transport.close()

    each = await asyncio.gather(*map(one, range(streams)))
    errors_s = [error_s for errors_s in each for error_s in errors_s]
    return BareStreams(sum(errors_s) / len(errors_s), percentiles(errors_s).p99)
