"""A run of the bench out of its JSON file."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from ...endpoint import CallError
from .figures import SCHEMA, Figures


class BenchError(CallError):
    """A file holds no run of the bench that can be read."""

    headline = "This is no run of the bench"


def loaded(file: str) -> Figures:
    """The figures that a file of `bench --json` holds.

    raises:  BenchError
    """
    path = Path(file)
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data.get("schema") != SCHEMA:
            raise ValueError(f"schema {data.get('schema')}")
        figures: Figures = _made(Figures, data)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BenchError(
            "what bench --json wrote", f"{path.name}: {' '.join(str(error).split())[:200]}",
            "Run it again: python3 -m helpers bench --json FILE.",
        ) from None  # fmt: skip
    return figures


def _made(kind: Any, value: Any) -> Any:
    """The value of that type which JSON holds, dataclasses and tuples of them made anew."""
    if is_dataclass(kind) and isinstance(kind, type):
        types = get_type_hints(kind)
        return kind(**{one.name: _made(types[one.name], value[one.name]) for one in fields(kind)})
    if get_origin(kind) is tuple:
        types_of = get_args(kind)
        return tuple(
            _made(types_of[0] if types_of[-1] is ... else types_of[place], one)
            for place, one in enumerate(value)
        )
    return value
