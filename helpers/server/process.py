"""The built-in endpoint's process: `python -m helpers.server.process`.

It prints where it listens as a line of JSON on stdout, and ends when its stdin closes: even a
killed parent lets go of that pipe. The parent sends orders over the same pipe, one line of JSON
each, answered by a line of JSON: to replay a file, or to listen for TLS. So no file path ever
comes over HTTP.

llama.cpp listens on its own port, which answers only the proxy: each start makes a new key.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
import sys
import threading
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from . import llama
from .children import until_orphaned
from .proxy import Proxy
from .replay import RECORDING, loaded
from .replies import MODEL
from .upstream import Ask, server_at

MODELS = Path(__file__).with_name("model")
NOTE_RECORDED = (
    "llama.cpp is not installed (where it has a wheel: pip install 'endpointscope[engine]'), so "
    "the built-in endpoint plays a recording of itself and always gives the same answer."
)


def main() -> None:
    """Serve until the parent ends."""
    # Jupyter interrupts a kernel's whole process group; stopping a cell must not stop the engine.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_read_orders, daemon=True).start()
    if llama.available():
        key = secrets.token_urlsafe(32)
        engine = _engine(key)
        asyncio.run(_run(server_at(engine.listening_address, key=key), notes=[]))
    else:
        asyncio.run(_run(loaded(RECORDING).at(0.0), notes=[NOTE_RECORDED]))


def _engine(key: str) -> Any:
    """Return llama.cpp's server; if it cannot start, exit with one sentence, not a traceback."""
    models = sorted(MODELS.glob("*.gguf"))
    if not models:
        sys.exit("helpers/server/model has no model; python -m helpers.training makes one.")
    try:
        return llama.serve(models[0], alias=MODEL, key=key)
    except (RuntimeError, OSError, ValueError) as error:
        sys.exit(f"llama.cpp could not load the model {MODEL}: {error}")


async def _run(ask: Ask, *, notes: list[str]) -> None:
    proxy = Proxy(ask)
    _say({"port": await proxy.listen(), "notes": notes})
    obeying = asyncio.create_task(_obey(proxy))
    await until_orphaned()
    # Returning would wait for the thread that reads orders.
    obeying.cancel()
    os._exit(0)


async def _obey(proxy: Proxy) -> None:
    while True:
        order = json.loads(await asyncio.to_thread(_orders.get))
        try:
            if "replay" in order:
                replay = await asyncio.to_thread(loaded, Path(order["replay"]))
                _say({"key": proxy.serve(replay)})
            else:
                _say({"port": await proxy.listen_for_tls()})
        except (OSError, ValueError) as error:
            _say({"error": str(error)})


def _say(answer: dict[str, Any]) -> None:
    print(json.dumps(answer), flush=True)


_orders: SimpleQueue[bytes] = SimpleQueue()


def _read_orders() -> None:
    """Read the parent's orders until it closes the pipe, then exit."""
    # Not sys.stdin.buffer: this thread would hold its lock and break the exit of a failed start.
    held = b""
    while data := os.read(0, 4096):
        *lines, held = (held + data).split(b"\n")
        for line in lines:
            _orders.put(line)
    os._exit(0)


if __name__ == "__main__":
    main()
