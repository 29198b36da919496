"""Answers side by side: each with its verdict, its figures, its ticks on one scale, and its text.

A table, because that is the only layout an untrusted notebook keeps. All model text is escaped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...client.exchange import Exchange
from ...escaping import for_attribute, for_html, for_terminal
from ...wording import counted, duration, rate
from ..theme import GREEN, GREY, ROW, Sign, State, marked, sign_of
from ..timeline.layout import PLACES, place, running_scale_s

BESIDE = 3
LONGEST = 20_000

_TABLE = "table-layout: fixed; width: 100%; border-collapse: collapse; margin: 0; text-align: left"
_CELL = (
    "text-align: left; vertical-align: top; white-space: normal; background: none; border: 0; "
    "padding: 6px 24px 8px 0"
)
_FACTS = "font-size: 12px; line-height: 20px; font-variant-numeric: tabular-nums; opacity: 0.68"
_TEXT = (
    "white-space: pre-wrap; overflow-wrap: anywhere; font-size: 14px; line-height: 22px; "
    "overflow: auto; scrollbar-width: thin"
)
_FOLLOW = "; display: flex; flex-direction: column-reverse"


@dataclass(frozen=True)
class Column:
    """One answer, or the place for one.

    title:     what sets it apart from those beside it
    exchange:  None before it is asked
    note:      a word if there is no exchange, such as why there is none
    beside:    what follows the title, such as the turn
    """

    title: str
    exchange: Exchange | None = None
    note: str = ""
    beside: str = ""

    @property
    def running(self) -> bool:
        """Whether its answer is coming."""
        return self.exchange is not None and not self.exchange.recording.end

    @property
    def until_s(self) -> float:
        """Where its time ends, in seconds since send."""
        exchange = self.exchange
        if exchange is None:
            return 0.0
        return (exchange.elapsed_s if self.running else exchange.recording.end_s) or 0.0


def side_by_side(columns: Sequence[Column], *, height_px: int = 176, beside: int = BESIDE) -> str:
    """The columns as HTML, `beside` of them in a row, their ticks on one scale.

    height_px:  of each text; a longer one scrolls, and its end is visible while it streams
    """
    latest_s = max((column.until_s for column in columns), default=0.0)
    running = any(column.running for column in columns)
    scale_s = running_scale_s(latest_s) if running else max(latest_s, 1e-3)
    rows = [columns[n : n + beside] for n in range(0, len(columns), beside)]
    wide = min(beside, len(columns)) or 1
    empty = f'<td style="{_CELL}"></td>'
    body = "".join(
        f'<tr style="{ROW}">{"".join(_cell(one, scale_s, height_px) for one in row)}'
        f"{empty * (wide - len(row))}</tr>"
        for row in rows
    )
    return f'<table class="mathjax_ignore" style="{_TABLE}"><tbody>{body}</tbody></table>'


def plain(columns: Sequence[Column]) -> str:
    """The same for a terminal: a line for each column, and its text below it."""
    parts = []
    for column in columns:
        sign, word, _ = _spoken(column)
        parts.append(f"{sign.mark} {_named(column)} · {word} · {_facts(column)}".rstrip(" ·"))
        if column.exchange and column.exchange.text:
            parts.append(_shown(column.exchange))
    return for_terminal("\n".join(parts))


def rail(exchange: Exchange, scale_s: float) -> str:
    """A tick for each chunk on a scale, grey until the first text came."""
    chunk_s = exchange.timing.chunk_s
    marks = sorted({place(at_s, scale_s) for at_s in chunk_s})
    path = "".join(f"M{mark} 0v12" for mark in marks)
    waited_s = exchange.ttft_s if chunk_s else exchange.elapsed_s
    waited = min(100.0, 100 * (waited_s or 0.0) / scale_s)
    label = f"{counted(len(chunk_s), 'chunk')} on a scale of {duration(scale_s)}"
    return (
        f'<svg role="img" aria-label="{for_attribute(label)}" width="100%" height="16" '
        'style="display: block; overflow: visible">'
        f'<rect x="0" y="2" width="{waited:.2f}%" height="12" fill="{GREY}" fill-opacity="0.17"/>'
        f'<line x1="0" x2="100%" y1="8" y2="8" stroke="{GREY}" stroke-opacity="0.35"/>'
        f'<svg y="2" width="100%" height="12" viewBox="0 0 {PLACES} 12" '
        f'preserveAspectRatio="none" overflow="visible"><path d="{path}" fill="none" '
        f'stroke="{GREEN}" stroke-width="2" vector-effect="non-scaling-stroke"/></svg></svg>'
    )


def _cell(column: Column, scale_s: float, height_px: int) -> str:
    sign, word, says = _spoken(column)
    title = f"<b>{for_html(_named(column))}</b>"
    state = marked(sign, word, "span")
    exchange = column.exchange
    ticks = rail(exchange, scale_s) if exchange else '<div style="height: 16px"></div>'
    # The last lines stay visible while it streams, however often the box is rebuilt.
    follow, top = (_FOLLOW, ' style="margin-bottom: auto"') if column.running else ("", "")
    text = for_html(_shown(exchange)) if exchange else ""
    return (
        f'<td style="{_CELL}"><div style="font-size: 13px; line-height: 22px; overflow-wrap: '
        f'anywhere">{title} &nbsp;{state}</div>'
        f'<div style="{_FACTS}">{for_html(_facts(column) or says) or "&nbsp;"}</div>{ticks}'
        f'<div dir="auto" style="{_TEXT}; height: {height_px}px{follow}">'
        f"<div{top}>{text}</div></div></td>"
    )


def _spoken(column: Column) -> tuple[Sign, str, str]:
    """The sign, the word and the sentence after it."""
    exchange = column.exchange
    if exchange is None:
        return sign_of("idle"), column.note or "idle", ""
    if column.running:
        state: State = "streaming" if exchange.timing.chunk_s else "waiting"
        return sign_of(state), state, ""
    first = exchange.findings[0]
    return sign_of(exchange.word, first.level), exchange.word, first.says


def _facts(column: Column) -> str:
    """The figures in one line; for a failure, its sentence."""
    exchange = column.exchange
    if exchange is None:
        return ""
    if exchange.failure:
        return exchange.failure.says
    facts = []
    if exchange.ttft_s is not None:
        facts.append(f"first text {duration(exchange.ttft_s)}")
    if chunks := len(exchange.timing.chunk_s):
        facts.append(counted(chunks, "chunk"))
    if exchange.tokens_per_s is not None:
        facts.append(rate(exchange.tokens_per_s))
    elif not exchange.streamed and exchange.timing.last_output_s is not None:
        facts.append(f"whole {duration(exchange.timing.last_output_s)}")
    facts += [f"without {dropped.name}, which was refused" for dropped in exchange.dropped]
    return " · ".join(facts)


def _named(column: Column) -> str:
    return " · ".join(filter(None, (column.title, column.beside)))


def _shown(exchange: Exchange) -> str:
    """The text as it came; if there is none, what came instead."""
    answer = exchange.answer
    calls = "\n".join(f"{call.name}({call.arguments})" for call in answer.tool_calls)
    text = answer.text or answer.refusal or calls or answer.reasoning
    more = f"\n… {counted(len(text) - LONGEST, 'character')} more" if len(text) > LONGEST else ""
    return text[:LONGEST] + more
