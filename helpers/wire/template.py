"""Text with gaps: each {{name}} in it is replaced by a value."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

# A column may be called "Price (EUR)"; a name cannot begin like a literal or a Mustache tag.
_GAP = re.compile(r"""\{\{\s*([^\s{}"'#/^!>&%][^{}"\n]{0,79}?)\s*\}\}""")


def gaps_in(text: str) -> list[str]:
    """The distinct names of a text's gaps, in order."""
    return list(dict.fromkeys(_GAP.findall(text)))


def filled(text: str, values: Mapping[str, Any]) -> str:
    """The text with its gaps filled; braces in a value stay as they are, and None fills in "".

    raises:  KeyError for a gap without a value
    """
    return _GAP.sub(lambda gap: _spelled(values[gap[1]]), text)


def _spelled(value: Any) -> str:
    if value is None:
        return ""
    structured = isinstance(value, dict | list)
    return json.dumps(value, ensure_ascii=False, default=str) if structured else str(value)
