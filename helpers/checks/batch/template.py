"""A prompt with columns in it: {{name}} stands for a row's value."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from ...escaping import for_terminal
from .job import InputError

_PLACE = re.compile(r"\{\{\s*([^{}]+?)\s*\}\}")


def columns_in(prompt: str) -> list[str]:
    """The columns that a prompt names, each once."""
    return list(dict.fromkeys(_PLACE.findall(prompt)))


def filled(prompt: str, row: Mapping[str, object]) -> str:
    """The prompt with a row's values in it; what a value itself holds is left alone."""
    return _PLACE.sub(lambda place: str(row[place[1]]), prompt)


def check_columns(prompt: str, columns: Iterable[str], file: str) -> None:
    """Raise InputError where a prompt names no column, or one that the file lacks."""
    known, named = list(columns), columns_in(prompt)
    listed = for_terminal(", ".join(known)[:200]) or "none"
    missing = [name for name in named if name not in known]
    if not named:
        example = "{{" + (known[0] if known else "text") + "}}"
        raise InputError(
            f"a prompt with a column of {file} in it, such as {example}",
            "a prompt that would be the same for every row",
            f"Its columns are: {listed}.",
        )
    if missing:
        raise InputError(
            f"the columns of {file}: {listed}",
            for_terminal("{{" + missing[0][:80] + "}}"),
            "Name a column that is there.",
        )
