"""The delay that the proxy and the watch add to a chunk, for one stream and for many at once."""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from urllib.parse import urlsplit

from ...endpoint import resolve
from ...places import OUT_VARIABLE
from ...server import builtin
from ...server.stamped import spawned
from ...wire.timing import Percentiles, percentiles

PACKAGE = __name__.partition(".")[0]
_SENT = re.compile(rb'"sent_s": ([0-9.]+)')


@dataclass(frozen=True)
class HopLoad:
    """A number of streams at once, each of `chunks` chunks at `per_s` a second."""

    streams: int
    chunks: int
    per_s: int


@dataclass(frozen=True)
class Hop:
    """The time from a chunk's sending to its arrival at a bare socket, under one load.

    direct_s:   with nothing in between
    proxied_s:  through `by`
    by:         "proxy", the one in front of the built-in endpoint, or "watch"
    """

    load: HopLoad
    direct_s: Percentiles
    proxied_s: Percentiles
    by: str = "proxy"

    @property
    def added_p50_s(self) -> float | None:
        """The delay it adds, median against median."""
        return _more(self.direct_s.p50, self.proxied_s.p50)

    @property
    def added_p99_s(self) -> float | None:
        """The delay it adds, p99 against p99; None below 100 chunks."""
        return _more(self.direct_s.p99, self.proxied_s.p99)


def measure(source: str, loads: Sequence[HopLoad], *, turns: int) -> tuple[Hop, ...]:
    """The delays; streams go directly, through the proxy and through the watch, in turns.

    The watch is the real command in its own process, which judges and keeps what passes.
    """
    with tempfile.TemporaryDirectory() as out:
        command = (PACKAGE, "watch", "--to", source)
        with spawned(*command, env={OUT_VARIABLE: out}) as output:
            watch = urlsplit(output.readline().split(" ")[0])
            address = f"{watch.scheme}://{watch.netloc}"
            return tuple(
                hop
                for load in loads
                for hop in asyncio.run(_measured(source, address, load, turns))
            )


async def _measured(source: str, watch: str, load: HopLoad, turns: int) -> tuple[Hop, Hop]:
    path = f"/paced/{load.chunks}/{load.per_s}/v1"
    url = f"{source}{path}"
    ways = (url, (await builtin.opened(resolve(f"demo:fast@{url}"))).url, f"{watch}{path}")
    delays: tuple[list[float], ...] = ([], [], [])
    for _ in range(turns):
        for way, found in zip(ways, delays, strict=True):
            # Spread over one gap, as independent streams are.
            waits = (number / load.streams / load.per_s for number in range(load.streams))
            for one in await asyncio.gather(*(_delays_s(way, wait_s) for wait_s in waits)):
                found += one
    expected = load.streams * load.chunks * turns
    if {*map(len, delays)} != {expected}:
        raise RuntimeError(f"Expected {expected} chunks each way; got {[*map(len, delays)]}.")
    direct, proxied, watched = map(percentiles, delays)
    return Hop(load, direct, proxied), Hop(load, direct, watched, "watch")


async def _delays_s(url: str, wait_s: float) -> list[float]:
    """How long each chunk of one stream was in transit."""
    await asyncio.sleep(wait_s)
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    head = f"POST {address.path}/chat/completions HTTP/1.1\r\nHost: {address.netloc}\r\n"
    writer.write(f"{head}Connection: close\r\nContent-Length: 2\r\n\r\n{{}}".encode())
    found = []
    async for line in reader:
        if sent := _SENT.search(line):
            found.append(perf_counter() - float(sent[1]))
    writer.close()
    return found


def _more(before_s: float | None, after_s: float | None) -> float | None:
    return None if before_s is None or after_s is None else after_s - before_s
