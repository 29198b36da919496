"""What reading a burst costs: `python -m helpers.selftest.bench.reading URL CHUNKS ROUNDS`.

It runs in its own process, so that CPU time and memory are the client's alone. Three readers take
turns with the same bytes: this kit's, the openai client's own stream, and a bare socket with the
same JSON library.
"""

from __future__ import annotations

import asyncio
import gc
import json
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import asdict, dataclass
from functools import cache
from time import process_time
from typing import Any
from urllib.parse import urlsplit

import psutil

from ...client.chat import ask
from ...client.plain import plain_client
from ...endpoint import Endpoint, resolve
from ...server.stamped import spawned
from ...wire.parsing import parsed
from ...wire.request import chat
from ...wire.timing import percentile

PROMPT = "write a poem about a tree"


@dataclass(frozen=True)
class Cost:
    """The cost of a chunk for one reader, in microseconds of CPU, over several rounds."""

    median_us: float
    least_us: float
    most_us: float
    rounds: int


@dataclass(frozen=True)
class ReadingCost:
    """The costs of the three readers, and the memory of this kit's, in bytes.

    idle_rss:   with everything imported and nothing asked yet
    burst_rss:  after one burst, with its recording and answer still held
    """

    chunks: int
    kit: Cost
    plain: Cost
    bare: Cost
    idle_rss: int
    burst_rss: int


def measure(source: str, *, chunks: int, rounds: int) -> ReadingCost:
    """The cost of reading bursts from a source."""
    url = f"{source}/burst/{chunks}/v1"
    arguments = (url, str(chunks), str(rounds))
    with spawned(f"{__package__}.reading", *arguments) as output:
        found = json.loads(output.read())
    costs: dict[str, Any] = {name: Cost(**found.pop(name)) for name in ("kit", "plain", "bare")}
    return ReadingCost(**found, **costs)


def cost(rounds_s: list[float], chunks: int) -> Cost:
    """The cost per chunk, given the seconds that each round took."""
    each = [seconds / chunks * 1e6 for seconds in rounds_s]
    return Cost(percentile(each, 50) or 0.0, min(each), max(each), len(each))


async def _kit(endpoint: Endpoint) -> str:
    return (await ask(endpoint, chat(PROMPT))).text


async def _plain(endpoint: Endpoint) -> str:
    stream = await _plain_client(endpoint).chat.completions.create(
        model=endpoint.model, messages=[{"role": "user", "content": PROMPT}], stream=True
    )
    pieces = [chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices]
    return "".join(pieces)


# Built once, as this kit's own client is.
_plain_client = cache(plain_client)


async def _bare(endpoint: Endpoint) -> str:
    """Read with the bare minimum: HTTP chunks, lines and JSON, and no care for unusual input."""
    address = urlsplit(endpoint.url)
    pieces: list[str] = []
    line = b""
    with socket.create_connection((address.hostname, address.port)) as connection:
        head = b"POST %b/chat/completions HTTP/1.1\r\nConnection: close\r\n\r\n"
        connection.sendall(head % address.path.encode())
        for body in _bodies(connection):
            *lines, line = (line + body).split(b"\n")
            for one in lines:
                if one.startswith(b"data: {"):
                    for choice in parsed(one[6:])["choices"]:
                        pieces.append(choice["delta"].get("content") or "")
    return "".join(pieces)


def _bodies(connection: socket.socket) -> Iterator[bytes]:
    """Yield the body bytes of each read, with the sizes of HTTP's chunks removed."""
    held = b""
    while b"\r\n\r\n" not in held:
        held += connection.recv(65536)
    held = held.partition(b"\r\n\r\n")[2]
    while True:
        start, found = 0, []
        while (line_end := held.find(b"\r\n", start)) >= 0:
            size = int(held[start:line_end], 16)
            end = line_end + 2 + size
            if not size or len(held) < end + 2:
                break
            found.append(held[line_end + 2 : end])
            start = end + 2
        yield b"".join(found)
        data = connection.recv(65536)
        if not data:
            return
        held = held[start:] + data


async def _measured(url: str, chunks: int, rounds: int) -> ReadingCost:
    endpoint = resolve(url, model="bench")
    readers: dict[str, Callable[[Endpoint], Awaitable[str]]] = {
        "kit": _kit, "plain": _plain, "bare": _bare,
    }  # fmt: skip
    idle_rss = _rss()
    held = await ask(endpoint, chat(PROMPT))
    burst_rss = _rss()
    # Built before timing starts, as this kit's own client already is.
    _plain_client(endpoint)
    spent: dict[str, list[float]] = {name: [] for name in readers}
    for _ in range(rounds):
        for name, read in readers.items():
            gc.collect()
            before_s = process_time()
            text = await read(endpoint)
            spent[name].append(process_time() - before_s)
            if text != held.text:
                raise RuntimeError(f"Expected the same text from every reader; {name} differs.")
    costs = {name: cost(seconds, chunks) for name, seconds in spent.items()}
    return ReadingCost(chunks, **costs, idle_rss=idle_rss, burst_rss=burst_rss)


def _rss() -> int:
    return int(psutil.Process().memory_info().rss)


if __name__ == "__main__":
    _url, _chunks, _rounds = sys.argv[1:]
    print(json.dumps(asdict(asyncio.run(_measured(_url, int(_chunks), int(_rounds))))))
