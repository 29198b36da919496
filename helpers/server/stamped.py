"""A server whose chunks carry their send times: `python -m helpers.server.stamped`.

It answers every chat completion with the same stream, so that a reader can be measured against
it. Under `/burst/N/v1`, N chunks come as prepared bytes, as fast as they are read. Under
`/paced/N/RATE/v1` they come at RATE a second, each with the time it was sent; `/FIRST_MS/SLOTS`
after the rate delays the first one by FIRST_MS and allows SLOTS answers at once, 0 for any
number. Under `/whole/N/v1` an answer of N tokens comes at once, in one piece. `/stamps` lists the
paced answers since it was last asked: when the request came, when the first and the last chunk
were sent, and how many there were. Times are `perf_counter`'s, which all processes on a machine
share. It prints its port on stdout, and ends when its stdin does.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import cache
from time import perf_counter
from typing import IO, Any, cast

from .children import AT_HOME, environment
from .events import until
from .http1 import Request
from .requests import read_request
from .stamped_text import tokens

PER_S = 500
MOST_TOLD = 10_000

_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
    b"Transfer-Encoding: chunked\r\nConnection: %b\r\n\r\n"
)
_DONE = b"data: [DONE]\n\n"
_LAST = b"0\r\n\r\n"
_CLOSED = b"}\n\n"
_JSON_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
_NOT_HERE = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
# Jupyter interrupts a kernel's whole process group: what it started ends, and says nothing of it.
_QUIETLY = """
import runpy, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
del sys.argv[0]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
"""
_MODELS = json.dumps({"object": "list", "data": [{"id": "stamped", "object": "model"}]}).encode()


@contextmanager
def running() -> Iterator[str]:
    """Start a server that runs until the block is left, and give its address."""
    with spawned(f"{__package__}.stamped", stdin=subprocess.PIPE) as output:
        yield f"http://127.0.0.1:{int(output.readline())}"


@contextmanager
def spawned(module: str, *arguments: str, **more: Any) -> Iterator[IO[str]]:
    """Start a module in a process that is killed when the block is left, and give its stdout.

    more:  as for Popen; `env` adds to the variables that the process needs, which hold no keys
    """
    command = [sys.executable, "-P", "-c", _QUIETLY, module, *arguments]
    variables = environment(*AT_HOME) | more.pop("env", {})
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=variables, **more
    ) as process:
        try:
            yield cast(IO[str], process.stdout)
        finally:
            process.kill()


def events(count: int) -> list[bytes]:
    """A complete streamed answer: its chunks, then finish, usage and [DONE]."""
    return [*map(_event, tokens(count)), *_end(count)]


@cache
def burst(count: int) -> bytes:
    """A complete streamed answer as sent over the wire, one HTTP chunk per event."""
    return b"".join(map(_framed, events(count))) + _LAST


@cache
def _whole(count: int) -> bytes:
    """An answer in one piece, its head included."""
    message = {"role": "assistant", "content": "".join(tokens(count))}
    usage = {"prompt_tokens": 8, "completion_tokens": count, "total_tokens": 8 + count}
    body = json.dumps({
        "id": "chatcmpl-bench", "object": "chat.completion", "created": 1790000000,
        "model": "bench", "system_fingerprint": "fp_bench", "usage": usage,
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}],
    }).encode()  # fmt: skip
    return _JSON_HEAD % len(body) + body


class _Paced:
    """The answers under one path; those beyond its slots wait for their turn."""

    def __init__(self, count: int, per_s: int, first_ms: int = 0, slots: int = 0) -> None:
        # Prepared up to where the times go, so that the server itself is no bottleneck.
        self._events = [_event(token)[: -len(_CLOSED)] for token in tokens(count)]
        self._per_s, self._first_s = per_s, first_ms / 1000
        self._turn = asyncio.Semaphore(slots) if slots else nullcontext()

    async def answer(self, writer: asyncio.StreamWriter, came_s: float) -> None:
        """Write an answer's body.

        came_s:  when its request came
        """
        async with self._turn:
            start_s = asyncio.get_running_loop().time() + self._first_s
            sent_s = []
            for number, event in enumerate(self._events):
                await until(start_s + number / self._per_s)
                if writer.is_closing():
                    return
                sent_s.append(perf_counter())
                stamps = b', "came_s": %.7f, "sent_s": %.7f' % (came_s, sent_s[-1])
                writer.write(_framed(event + stamps + _CLOSED))
            _reported.append((came_s, sent_s[0], sent_s[-1], len(sent_s)))
            writer.write(b"".join(map(_framed, _end(len(self._events)))) + _LAST)


_paced = cache(_Paced)
_reported: deque[tuple[float, float, float, int]] = deque(maxlen=MOST_TOLD)


def _event(content: str) -> bytes:
    choice = {"index": 0, "delta": {"content": content}, "logprobs": None, "finish_reason": None}
    return _chunk([choice])


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
    try:
        while request := await read_request(reader, writer):
            await _answer(request, writer)
            await writer.drain()
            if not request.keeps_alive:
                break
    except ConnectionError:
        # The client has left.
        return
    finally:
        writer.close()


async def _answer(request: Request, writer: asyncio.StreamWriter) -> None:
    came_s = perf_counter()
    keep = b"keep-alive" if request.keeps_alive else b"close"
    if request.lists_models:
        writer.write(_JSON_HEAD % len(_MODELS) + _MODELS)
        return
    if request.path == "/stamps":
        stamps = json.dumps(list(_reported)).encode()
        _reported.clear()
        writer.write(_JSON_HEAD % len(stamps) + stamps)
        return
    way, below, _ = request.path.partition("/v1")
    if not below:
        # Other tools ask for /health and /metrics, too.
        writer.write(_NOT_HERE)
        return
    _, pace, *numbers = way.split("/")
    if pace == "whole":
        writer.write(_whole(*map(int, numbers)))
        return
    writer.write(_HEAD % keep)
    if pace == "burst":
        writer.write(burst(*map(int, numbers)))
    else:
        await _paced(*map(int, numbers)).answer(writer, came_s)


async def _run() -> None:
    server = await asyncio.start_server(_serve, "127.0.0.1", 0, backlog=512)
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
