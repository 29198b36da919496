"""The process that passes everything on: `python -m helpers.checks.watch.process`.

It does nothing else, so that no chunk waits for a judgement or for a cell of the kernel. Its orders
come as lines of JSON on stdin: first the target, then "ping" and "stop". On stdout it reports where
it listens, each request that begins, each one refused, each one that has ended with everything that
passed, and "pong". It ends when its stdin does: even a killed parent closes that pipe.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
import sys
import threading
from dataclasses import replace
from functools import partial
from queue import SimpleQueue
from typing import Any

from ...client.own_lag import OwnLag
from ...client.proxies import Way, proxy_key, through_proxy
from ...server.children import until_orphaned
from ...server.relay.passing import RelaySettings, Upstream
from ...server.relay.relay import Relay, upstream
from ...server.relay.rewriting import Rewritten
from .raw_exchange import RawExchange, packed
from .recorder import Recorder

# Reports not yet read. Beyond this, exchanges pass unreported, so that nothing here can grow.
MOST_WAITING = 500
MOST_WAITING_BYTES = 128 << 20


class Reporter:
    """Reports events on stdout from a thread of its own, so that a slow reader delays nobody."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[list[bytes]] = SimpleQueue()
        self._waiting = self._bytes = 0
        self._lock = threading.Lock()
        threading.Thread(target=self._write, daemon=True).start()

    def report(self, **facts: Any) -> None:
        """Report a short message."""
        self._queue.put([json.dumps(facts).encode() + b"\n"])

    def report_exchange(self, raw: RawExchange) -> None:
        """Report everything that passed of an exchange, or that too much is waiting for that."""
        parts = packed(raw)
        # What was kept of it: much more may have passed.
        size = _size(parts)
        with self._lock:
            if self._waiting >= MOST_WAITING or self._bytes + size > MOST_WAITING_BYTES:
                self.report(unreported=True)
                return
            self._waiting, self._bytes = self._waiting + 1, self._bytes + size
        self._queue.put(parts)

    def _write(self) -> None:
        while True:
            parts = self._queue.get()
            try:
                for part in parts:
                    sys.stdout.buffer.write(part)
                sys.stdout.buffer.flush()
            except OSError:
                # Nobody is left to read it.
                os._exit(0)
            if len(parts) > 1:
                with self._lock:
                    self._waiting -= 1
                    self._bytes -= _size(parts)


def _size(parts: list[bytes]) -> int:
    """The bytes that follow the line of JSON of a packed exchange."""
    return sum(map(len, parts[1:]))


class Passage:
    """A relay, and the reports about it."""

    def __init__(self, order: dict[str, Any], reporter: Reporter) -> None:
        self._reporter = reporter
        self._port: int = order["port"]
        self._most_bytes: int = order["most_bytes"]
        server = _by(order["proxy"], upstream(order["to"]))
        self.settings = RelaySettings(server, self._begin, self._refuse, order["origins"])
        self._lag: OwnLag | None = None
        self._open = 0

    async def run(self, stopping: asyncio.Event) -> None:
        """Pass requests on until stopped."""
        relay = Relay(self.settings)
        try:
            self._reporter.report(port=await relay.listen(self._port))
        except OSError as error:
            self._reporter.report(error=error.strerror or str(error))
        await stopping.wait()
        relay.close()
        # Exchanges that closing ends are reported in the loop's next rounds.
        while self.settings.open:
            await asyncio.sleep(0)
        self._reporter.report(stopped=True)

    def _begin(self, at: float, request: Rewritten) -> Recorder:
        if not self._open:
            self._lag = OwnLag().__enter__()
        self._open += 1
        self._reporter.report(begun=True)
        return Recorder(at, request, self._end, most_bytes=self._most_bytes)

    def _end(self, raw: RawExchange) -> None:
        self._open -= 1
        if self._lag:
            raw.pauses = self._lag.pauses(raw.began)
        if not self._open and self._lag:
            self._lag.__exit__(None, None, None)
            self._lag = None
        self._reporter.report_exchange(raw)

    def _refuse(self, _: int, words: str) -> None:
        self._reporter.report(refused=words)


def _by(proxy: str, server: Upstream) -> Upstream:
    """The server, reached through a proxy if there is one."""
    if not proxy:
        return server
    way = Way(server.host, server.port, proxy=proxy)
    head = None if server.tls else tuple(line.encode() for line in proxy_key(proxy))
    return replace(server, through=partial(through_proxy, way, server.tls), proxy=head)


def main() -> None:
    """Pass requests on until the parent ends."""
    # Jupyter interrupts a kernel's whole process group, as Ctrl+C does in a terminal. The programs
    # in it decide for themselves how they end, and may still be waiting for answers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    order, reporter = json.loads(sys.stdin.buffer.readline()), Reporter()
    # Nothing imported so far is ever garbage, and no collection need walk it during a stream.
    gc.freeze()
    asyncio.run(_main(Passage(order, reporter), reporter))


async def _main(passage: Passage, reporter: Reporter) -> None:
    loop, stopping = asyncio.get_running_loop(), asyncio.Event()

    def obey() -> None:
        for line in sys.stdin.buffer:
            if line == b"ping\n":
                reporter.report(pong=True)
            else:
                loop.call_soon_threadsafe(stopping.set)
        os._exit(0)

    threading.Thread(target=obey, daemon=True).start()
    running = asyncio.create_task(passage.run(stopping))
    await until_orphaned()
    running.cancel()
    os._exit(0)


if __name__ == "__main__":
    main()
