"""The end of a process that leads a group of its own."""

from __future__ import annotations

import os
import signal
from asyncio.subprocess import Process
from contextlib import suppress
from subprocess import Popen
from typing import Any


def end_all(leader: Process | Popen[Any]) -> None:
    """End a process that was started in a session of its own, and whatever it has started."""
    with suppress(ProcessLookupError):
        if hasattr(os, "killpg"):
            os.killpg(leader.pid, signal.SIGKILL)
        else:
            leader.kill()
