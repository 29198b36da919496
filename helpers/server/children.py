"""The processes that this kit starts: what they see of the environment, and how they end."""

from __future__ import annotations

import asyncio
import os
import signal
from asyncio.subprocess import Process
from contextlib import suppress
from pathlib import Path
from subprocess import Popen
from typing import Any

from ..places import OUT_VARIABLE

_NEEDED = (
    "PATH", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT",
    "WINDIR", "TMPDIR", "TEMP", "TMP", "LANG", "LC_ALL",
)  # fmt: skip
# For programs that keep files: where they may keep them, and caches that exist already.
AT_HOME = ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "XDG_CACHE_HOME", "HF_HOME",
           OUT_VARIABLE)  # fmt: skip
_ROOT = Path(__file__).parents[2]


def environment(*more: str) -> dict[str, str]:
    """The variables that Python and llama.cpp need, and those named; no keys, and nothing else."""
    kept = {name: os.environ[name] for name in (*_NEEDED, *more) if name in os.environ}
    paths = [str(_ROOT), kept.get("PYTHONPATH", "")]
    return kept | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}


def end(process: Popen[bytes]) -> None:
    """Kill a process, and close the pipes to it."""
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe:
            pipe.close()


def end_all(leader: Process | Popen[Any]) -> None:
    """Kill a process that was started in its own session, and everything it started."""
    with suppress(ProcessLookupError):
        if hasattr(os, "killpg"):
            os.killpg(leader.pid, signal.SIGKILL)
        else:
            leader.kill()


async def until_orphaned() -> None:
    """Return when the parent has died and another process has taken its place.

    A closed pipe cannot show this: a fork of the kernel inherits its end and may outlive it.
    """
    parent = os.getppid()
    while os.getppid() == parent:
        await asyncio.sleep(1)
