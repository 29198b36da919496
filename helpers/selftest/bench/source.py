"""The server that the bench asks: `python -m helpers.selftest.bench.source`.

It answers every chat completion with the same stream. Below `/burst/N/v1` N chunks come as bytes
made beforehand, as fast as they are taken; below `/paced/N/RATE/v1` so many a second, each with the
moment of its sending. It says on stdout where it listens, and ends when its stdin does.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import IO, Any, cast

from ...server.events import until
from ...server.http1 import read_request
from .text import tokens

PER_S = 500

_ROOT = Path(__file__).parents[3]
_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
    b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
)
_DONE = b"data: [DONE]\n\n"
_LAST = b"0\r\n\r\n"


@contextmanager
def running() -> Iterator[str]:
    """Give the address of a source that runs until the block is left."""
    with spawned(f"{__package__}.source", stdin=subprocess.PIPE) as said:
        yield f"http://127.0.0.1:{int(said.readline())}"


@contextmanager
def spawned(module: str, *arguments: str, **more: Any) -> Iterator[IO[str]]:
    """Give the stdout of a process that runs a module; it is killed when the block is left.

    more:  as Popen takes it; `env` beside the variables that are set
    """
    paths = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH", "")]))
    command = [sys.executable, "-P", "-m", module, *arguments]
    environment = os.environ | {"PYTHONPATH": paths} | more.pop("env", {})
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=environment, **more
    ) as process:
        try:
            yield cast(IO[str], process.stdout)
        finally:
            process.kill()


def events(count: int) -> list[bytes]:
    """Return a whole streamed answer: its chunks, then finish, usage and [DONE]."""
    return [*map(_event, tokens(count)), *_end(count)]


@cache
def burst(count: int) -> bytes:
    """Return a whole streamed answer as it goes over the wire, an HTTP chunk for each event."""
    return b"".join(map(_framed, events(count))) + _LAST


async def _paced(writer: asyncio.StreamWriter, count: int, per_s: int) -> None:
    start_s = asyncio.get_running_loop().time()
    for number, token in enumerate(tokens(count)):
        await until(start_s + number / per_s)
        writer.write(_framed(_event(token, sent_s=time.time())))
    writer.write(b"".join(map(_framed, _end(count))) + _LAST)


def _event(content: str, **more: Any) -> bytes:
    choice = {"index": 0, "delta": {"content": content}, "logprobs": None, "finish_reason": None}
    return _chunk([choice], **more)


def _end(count: int) -> tuple[bytes, ...]:
    usage = {"prompt_tokens": 8, "completion_tokens": count, "total_tokens": 8 + count}
    finish = _chunk([{"index": 0, "delta": {}, "logprobs": None, "finish_reason": "stop"}])
    return finish, _chunk([], usage=usage), _DONE


def _chunk(choices: list[dict[str, Any]], **more: Any) -> bytes:
    chunk = {
        "id": "chatcmpl-bench", "object": "chat.completion.chunk", "created": 1790000000,
        "model": "bench", "system_fingerprint": "fp_bench", "choices": choices,
    } | more  # fmt: skip
    return f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n".encode()


def _framed(event: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(event), event)


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    request = await read_request(reader, writer)
    if request:
        _, pace, *numbers = request.path.partition("/v1")[0].split("/")
        writer.write(_HEAD)
        if pace == "burst":
            writer.write(burst(*map(int, numbers)))
        else:
            await _paced(writer, *map(int, numbers))
        await writer.drain()
    writer.close()


async def _run() -> None:
    server = await asyncio.start_server(_serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def _end_with_stdin() -> None:
    # Not sys.stdin.buffer: its lock, held by this thread, would break the end of a failed start.
    while os.read(0, 4096):
        pass
    os._exit(0)


if __name__ == "__main__":
    threading.Thread(target=_end_with_stdin, daemon=True).start()
    asyncio.run(_run())
