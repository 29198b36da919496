r"""Where mathematics stands in an answer: Markdown would take the backslashes of `\,` away.

Pure; markup.py passes what is found here through as it was written.
"""

from __future__ import annotations

import re

# How far the end of a formula is looked for: a flood of openings must not cost squares.
LONGEST = 2000

_PAIRS = {r"\(": r"\)", r"\[": r"\]", "$$": "$$"}
# As Pandoc reads it: no space inside, no digit behind, or two prices would be a formula.
_SHORT = re.compile(r"\$(?![\s$])[^$`\n]{0,400}(?<![\s\\])\$(?!\d)")
_ESCAPED = re.compile(r"\\[,;:!()\[\]{}]")


def formula_length(source: str, start: int, end: int) -> int:
    r"""Return how long the formula, or the escape of LaTeX's such as `\,`, is that begins here.

    returns:  0 where none begins
    """
    if source[start] not in "\\$":
        return 0
    if closing := _PAIRS.get(source[start : start + 2]):
        closed = source.find(closing, start + 2, min(end, start + LONGEST))
        if closed >= 0:
            return closed + 2 - start
    found = _SHORT.match(source, start, end) or _ESCAPED.match(source, start, end)
    return found.end() - start if found else 0
