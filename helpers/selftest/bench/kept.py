"""A run of the bench as JSON, and read back from its file."""

from __future__ import annotations

import json
from dataclasses import asdict, fields, is_dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from ...endpoint import CallError
from .budgets import goals
from .figures import Figures

SCHEMA = 7


class BenchError(CallError):
    """A file holds no readable run of the bench."""

    headline = "This is not a run of the bench"


def data(figures: Figures) -> dict[str, Any]:
    """Everything as JSON's own types."""
    judged = [asdict(goal) for goal in goals(figures)]
    return {"schema": SCHEMA, "ratios": asdict(figures.ratios), "goals": judged} | asdict(figures)


def loaded(file: str) -> Figures:
    """The figures in a file of `bench --json`.

    raises:  BenchError
    """
    path = Path(file)
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept.get("schema") != SCHEMA:
            raise ValueError(f"schema {kept.get('schema')}")
        figures: Figures = _made(Figures, kept)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BenchError(
            "what bench --json wrote", f"{path.name}: {' '.join(str(error).split())[:200]}",
            "Run it again: python3 -m helpers bench --json FILE.",
        ) from None  # fmt: skip
    return figures


def _made(kind: Any, value: Any) -> Any:
    """The value of this type that JSON holds, with dataclasses and tuples of them rebuilt."""
    if is_dataclass(kind) and isinstance(kind, type):
        types = get_type_hints(kind)
        return kind(**{one.name: _made(types[one.name], value[one.name]) for one in fields(kind)})
    if get_origin(kind) is UnionType and value is not None:
        return _made(next(one for one in get_args(kind) if one is not NoneType), value)
    if get_origin(kind) is tuple:
        types_of = get_args(kind)
        return tuple(
            _made(types_of[0] if types_of[-1] is ... else types_of[place], one)
            for place, one in enumerate(value)
        )
    return value
