r"""Where mathematics is in an answer: Markdown would remove the backslashes of `\,`.

Pure; markup.py passes what is found here through unchanged.
"""

from __future__ import annotations

import re

# How far to look for the end of a formula, so that a flood of openings has no quadratic cost.
LONGEST = 2000

_PAIRS = {r"\(": r"\)", r"\[": r"\]", "$$": "$$"}
# By Pandoc's rule, no space inside and no digit after: otherwise two prices would be a formula.
_SHORT = re.compile(r"\$(?![\s$])[^$`\n]{0,400}(?<![\s\\])\$(?!\d)")
_ESCAPED = re.compile(r"\\[,;:!()\[\]{}]")


def formula_length(source: str, start: int, end: int) -> int:
    r"""The length of the formula, or of a LaTeX escape such as `\,`, that begins here.

    returns:  0 if none begins
    """
    if source[start] not in "\\$":
        return 0
    if closing := _PAIRS.get(source[start : start + 2]):
        closed = source.find(closing, start + 2, min(end, start + LONGEST))
        if closed >= 0:
            return closed + 2 - start
    found = _SHORT.match(source, start, end) or _ESCAPED.match(source, start, end)
    return found.end() - start if found else 0
