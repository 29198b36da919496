"""The look of everything in show/: one palette, one set of symbols.

The colours are mid tones that stand out on white and on black; a colour marks only the symbol, and
the word beside it carries the meaning.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from ..escaping import for_html
from ..finding import SYMBOLS, Conformance, Level

GREY, BLUE, GREEN, ORANGE = "#7A7A7A", "#0E7FC2", "#0A9A70", "#D9660F"
AMBER, PURPLE, PINK = "#B07D00", "#8E6BBF", "#C0699C"

# VS Code and other viewers define none of JupyterLab's variables.
INK = f"var(--jp-ui-font-color0, {GREY})"
GROUND = "var(--jp-layout-color0, transparent)"
EDGE = f"var(--jp-border-color1, {GREY})"

# JupyterLab centres and stripes tables; a saved notebook keeps only inline styles.
TABLE = "text-align: left; border-collapse: collapse"
ROW = "background: none; border-bottom: 1px solid rgba(128, 128, 128, 0.3)"
DIM = "opacity: 0.68"
CELL = "vertical-align: top; padding: 4px 16px 4px 0; line-height: 20px"
NOTE = "font-size: 13px; line-height: 20px; padding: 4px 0"
HEAD = f"{CELL}; font-size: 12px; font-weight: 400; {DIM}"

State = Literal["idle", "waiting", "streaming", "done", "stopped", "error", "not sent"]


class Sign(NamedTuple):
    """A symbol and its colour."""

    mark: str
    colour: str


STATES: dict[State, Sign] = {
    "idle": Sign("○", GREY),
    "waiting": Sign("◔", GREY),
    "streaming": Sign("▶", BLUE),
    "done": Sign("✓", GREEN),
    "stopped": Sign("■", AMBER),
    "error": Sign("✕", ORANGE),
    "not sent": Sign("!", ORANGE),
}
_COLOURS: dict[Level, str] = {"pass": GREEN, "remark": BLUE, "unclear": PURPLE, "fail": ORANGE}
LEVELS: dict[Level, Sign] = {level: Sign(SYMBOLS[level], _COLOURS[level]) for level in _COLOURS}
VERDICTS: dict[Conformance, Sign] = {
    "pass": Sign("✓", GREEN),
    "tolerated": Sign("≈", BLUE),
    "deviates": Sign("✕", ORANGE),
    "ignored": Sign("!", PINK),
    "refused": Sign("⊖", AMBER),
    "absent": Sign("–", GREY),
    "unclear": Sign("?", PURPLE),
    "skipped": Sign("»", GREY),
}
_STATES: dict[str, Sign] = dict(STATES.items())


def sign_of(word: str, level: Level | None = None) -> Sign:
    """The sign before a word: a state's own, or that of its level."""
    return _STATES.get(word) or (LEVELS[level] if level else STATES["idle"])


def marked(sign: Sign, words: str, tag: str = "b") -> str:
    """A coloured symbol, hidden from screen readers, and the words beside it."""
    mark = f'<span aria-hidden="true" style="color: {sign.colour}">{for_html(sign.mark)}</span>'
    return f"{mark} <{tag}>{for_html(words)}</{tag}>"
