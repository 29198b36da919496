"""Two texts side by side, word by word: what is only in one of them is marked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from ...checks.compare.answers import LONGEST, Alike
from ...escaping import for_html, for_terminal
from ..output import Bundle
from ..theme import ROW

_TABLE = "table-layout: fixed; width: 100%; border-collapse: collapse; text-align: left"
_CELL = (
    "text-align: left; vertical-align: top; white-space: pre-wrap; overflow-wrap: anywhere; "
    "font-size: 14px; line-height: 22px; padding: 4px 24px 8px 0; background: none"
)
# A line below the word, for readers who see no colours.
_ONLY = "background: rgba(217, 102, 15, 0.16); border-bottom: 2px solid #D9660F"
_WORDS = re.compile(r"\s+|[^\W\d_]+|\d+|.", re.DOTALL)


class Answers:
    """The answers to each prompt beside the first target's, as a cell's value."""

    def __init__(self, found: Sequence[Alike], first: str) -> None:
        self._found, self._first = found, first

    def __repr__(self) -> str:
        if not self._found:
            return "Nothing to compare: two answers are needed."
        return for_terminal("\n".join(f"{_title(one)}: {one.says}" for one in self._found))

    def _repr_mimebundle_(self, **_: object) -> Bundle:
        html = "".join(self._block(one) for one in self._found) or for_html(repr(self))
        return {"text/plain": repr(self), "text/html": html}

    def _block(self, one: Alike) -> str:
        before, after = marked_words(one.before[:LONGEST], one.after[:LONGEST])
        title = f"<b>{for_html(_title(one))}:</b> {for_html(one.says)}"
        heads = "".join(
            f'<th style="{_CELL}">{for_html(name)}</th>' for name in (self._first, one.target.name)
        )
        cells = "".join(f'<td style="{_CELL}">{html}</td>' for html in (before, after))
        return (
            f'<div class="mathjax_ignore" style="font-size: 13px; line-height: 24px">{title}</div>'
            f'<table class="mathjax_ignore" style="{_TABLE}"><tbody><tr style="{ROW}">{heads}</tr>'
            f'<tr style="{ROW}">{cells}</tr></tbody></table>'
        )


def marked_words(before: str, after: str) -> tuple[str, str]:
    """Both texts as HTML, with what the other one lacks marked and all words escaped."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    left: list[str] = []
    right: list[str] = []
    for what, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        same = what == "equal"
        left.append(_part("".join(old[a:b]), same))
        right.append(_part("".join(new[c:d]), same))
    return "".join(left), "".join(right)


def _part(text: str, same: bool) -> str:
    if same or not text:
        return for_html(text)
    return f'<span style="{_ONLY}">{for_html(text)}</span>'


def _title(one: Alike) -> str:
    return f"{one.target.name}, prompt {one.prompt + 1}"
