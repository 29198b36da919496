"""The package behind the notebooks; imports point downwards only.

notebooks                          kit and cells, never each other
kit        cells                   what an explorer types | what the notebooks' cells also call
run/      selftest/                what CI calls | measurements and proofs of the kit itself
show/                              everything a cell displays
checks/    recordings              everything that asks an endpoint | exchanges as files
client/    server/                 the two ends of the wire
diagnose/                          from a reading and its connection to findings
wire/  address/  endpoint  finding  secrets/  escaping      data types and rules: pure, no I/O

Beside them: `signatures` and `type_hints` check a call's arguments, `errors` and `wording` phrase
messages, `limits` bounds a request, `session` remembers it; `files`, `lock`, `places` and `product`
know this machine. `python3 -m helpers` lists the commands (`__main__`, `arguments`); `environment`
finds or builds the Python they run in. Those and this file import the standard library only, since
they run before anything is installed.
"""

from __future__ import annotations

import importlib
from typing import Any

from .wording import did_you_mean

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
    """A name from the kit, imported on first use."""
    if name in __all__:
        return getattr(importlib.import_module(f"{__name__}.kit"), name)
    guess = did_you_mean(name, __all__) if not name.startswith("_") else ""
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}.{guess}")


def __dir__() -> list[str]:
    return sorted(__all__)
