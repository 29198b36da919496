"""The built-in endpoint's process: `python -m helpers.server.process`.

It says on stdout, as a line of JSON, where it listens, and ends when its stdin does: the pipe is
the parent's hold on it, which a killed parent lets go as surely as one that ends well. Over the
same pipe the parent gives its orders, a line of JSON each, answered by a line of JSON: to serve a
file again, or to listen for TLS. So no path of a file ever comes over HTTP.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import threading
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from . import llama
from .proxy import Proxy
from .replay import RECORDING, loaded
from .replies import MODEL
from .upstream import Ask, server_at

MODELS = Path(__file__).with_name("model")
NOTE_RECORDED = (
    "llama.cpp does not run on this machine (xllamacpp has no wheel for it), so the built-in "
    "endpoint plays a recording of itself: the answer is always the same."
)


def main() -> None:
    """Serve until the parent goes."""
    # Jupyter interrupts a kernel's whole process group; a stopped cell must not stop the engine.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_read_orders, daemon=True).start()
    if llama.available():
        engine = _engine()
        asyncio.run(_run(server_at(engine.listening_address), notes=[]))
    else:
        asyncio.run(_run(loaded(RECORDING).at(0.0), notes=[NOTE_RECORDED]))


def _engine() -> Any:
    """Return llama.cpp's server; end with one sentence, and no traceback, if it cannot start."""
    models = sorted(MODELS.glob("*.gguf"))
    if not models:
        sys.exit("No model lies in helpers/engine/model; python -m helpers.training makes it.")
    try:
        return llama.serve(models[0], alias=MODEL)
    except (RuntimeError, OSError, ValueError) as error:
        sys.exit(f"llama.cpp did not take the model {MODEL}: {error}")


async def _run(ask: Ask, *, notes: list[str]) -> None:
    proxy = Proxy(ask)
    _say({"port": await proxy.listen(), "notes": notes})
    obeying = asyncio.create_task(_obey(proxy))
    await _until_orphaned()
    # Not by returning: the thread that waits for orders would be waited for.
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


async def _until_orphaned() -> None:
    """Return when another process is the parent.

    A fork of the kernel inherits its end of the pipe and can keep it open past the kernel's death.
    """
    parent = os.getppid()
    while os.getppid() == parent:
        await asyncio.sleep(1)


_orders: SimpleQueue[bytes] = SimpleQueue()


def _read_orders() -> None:
    """Take the parent's orders until it goes, and end with it."""
    # Not sys.stdin.buffer: its lock, held by this thread, would break the end of a failed start.
    held = b""
    while data := os.read(0, 4096):
        *lines, held = (held + data).split(b"\n")
        for line in lines:
            _orders.put(line)
    os._exit(0)


if __name__ == "__main__":
    main()
