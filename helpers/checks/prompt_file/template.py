"""A prompt with columns in it: {{name}} is replaced by a row's value."""

from __future__ import annotations

from collections.abc import Iterable

from ...escaping import for_terminal
from ...wire.template import gaps_in
from .job import InputError


def check_columns(prompt: str, columns: Iterable[str], file: str) -> None:
    """Raise InputError if a prompt names no column, or one that the file lacks."""
    known, named = list(columns), gaps_in(prompt)
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
