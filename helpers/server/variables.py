"""The environment variables of the processes that this kit starts: no key is among them."""

from __future__ import annotations

import os
from pathlib import Path

from ..places import OUT_VARIABLE

_NEEDED = (
    "PATH", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT",
    "WINDIR", "TMPDIR", "TEMP", "TMP", "LANG", "LC_ALL",
)  # fmt: skip
# What else a program wants that keeps something: where it may, and a cache that is there already.
AT_HOME = ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "XDG_CACHE_HOME", "HF_HOME",
           OUT_VARIABLE)  # fmt: skip
_ROOT = Path(__file__).parents[2]


def environment(*more: str) -> dict[str, str]:
    """The variables that Python and llama.cpp need: no keys, nothing else but what is named."""
    kept = {name: os.environ[name] for name in (*_NEEDED, *more) if name in os.environ}
    paths = [str(_ROOT), kept.get("PYTHONPATH", "")]
    return kept | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
