"""Text with gaps: each {{name}} in it stands for a value that is filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_GAP = re.compile(r"\{\{\s*([^\W\d][\w .-]{0,63}?)\s*\}\}")


def gaps_in(text: str) -> list[str]:
    """The names of a text's gaps, each once, in their order."""
    return list(dict.fromkeys(_GAP.findall(text)))


def filled(text: str, values: Mapping[str, Any]) -> str:
    """The text with its gaps filled; braces in a value stay what they are, and null is nothing.

    raises:  KeyError for a gap that no value has
    """
    return _GAP.sub(lambda gap: _said(values[gap[1]]), text)


def _said(value: Any) -> str:
    return "" if value is None else str(value)
