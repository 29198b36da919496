"""What the notebooks stand on; imports point downwards only.

notebooks                          kit and cells, never each other
kit        cells                   what an explorer types | what the notebooks' cells call besides
run/      selftest/                what CI calls | the kit measured and proved
show/                              what a cell shows
checks/    recordings              what asks an endpoint | exchanges as files
client/    server/                 the two ends of the wire
diagnose/                          a reading and what happened to its connection give findings
wire/  address/  endpoint  finding  secrets/  escaping      words and facts: pure, no I/O

Beside them: `signatures` and `type_hints` check a call, `errors` and `wording` word it, `limits`
bounds it, `session` remembers it; `files`, `lock`, `places` and `product` know this machine.
`python3 -m helpers` lists the commands (`__main__`, `arguments`); `environment` finds the Python
they run in, or builds it. They and this file import the standard library only, since they run
before anything is installed.
"""

from __future__ import annotations

import importlib
from typing import Any

__all__ = [
    "Asked",
    "again",
    "ask",
    "batch",
    "chat",
    "clients",
    "compare",
    "conformance",
    "connect",
    "diff",
    "exchanges",
    "export",
    "find",
    "history",
    "kept",
    "load",
    "models",
    "panel",
    "replay",
    "resolve",
    "save",
    "speed",
    "sweep",
    "table",
    "watch",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """A name of the kit, imported when it is first used."""
    if name in __all__:
        return getattr(importlib.import_module(f"{__name__}.kit"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
