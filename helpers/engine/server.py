"""The built-in endpoint's process: `python -m helpers.engine.server`.

It says once on stdout, as a line of JSON, where it listens, and ends when its stdin does: the pipe
is the parent's hold on it, which a killed parent lets go as surely as one that ends well.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from helpers.engine import llama
from helpers.engine.proxy import Proxy
from helpers.engine.recorded import recorded_answers
from helpers.engine.replies import MODEL
from helpers.engine.upstream import Ask, server_at

MODELS = Path(__file__).with_name("model")
NOTE_RECORDED = (
    "llama.cpp does not run on this machine (xllamacpp has no wheel for it), so the built-in "
    "endpoint plays a recording of itself: the answer is always the same."
)


def main() -> None:
    """Serve until the parent goes."""
    # Jupyter interrupts a kernel's whole process group; a stopped cell must not stop the engine.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_stdin, daemon=True).start()
    if llama.available():
        engine = _engine()
        asyncio.run(_run(server_at(engine.listening_address), notes=[]))
    else:
        asyncio.run(_run(recorded_answers(), notes=[NOTE_RECORDED]))


def _engine() -> Any:
    """Return llama.cpp's server; end with one sentence, and no traceback, if it cannot start."""
    models = sorted(MODELS.glob("*.gguf"))
    if not models:
        sys.exit("No model lies in helpers/engine/model; python -m helpers.engine.train makes it.")
    try:
        return llama.serve(models[0], alias=MODEL)
    except (RuntimeError, OSError, ValueError) as error:
        sys.exit(f"llama.cpp did not take the model {MODEL}: {error}")


async def _run(ask: Ask, *, notes: list[str]) -> None:
    port = await Proxy(ask).listen()
    print(json.dumps({"port": port, "notes": notes}), flush=True)
    await _until_orphaned()


async def _until_orphaned() -> None:
    """Return when another process is the parent.

    A fork of the kernel inherits its end of the pipe and can keep it open past the kernel's death.
    """
    parent = os.getppid()
    while os.getppid() == parent:
        await asyncio.sleep(1)


def _end_with_stdin() -> None:
    # Not sys.stdin.buffer: its lock, held by this thread, would break the end of a failed start.
    while os.read(0, 4096):
        pass
    os._exit(0)


if __name__ == "__main__":
    main()
