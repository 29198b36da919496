"""Finished turns as HTML and as plain text, in which everything a model wrote is escaped."""

from __future__ import annotations

from collections.abc import Sequence

from ...checks.chat.imported import texts
from ...checks.chat.sums import Sums
from ...checks.chat.turns import Round, Turn, prompt_tokens
from ...escaping import for_html, for_terminal, visible
from ...wire.parsing import parsed
from ...wording import counted, cut, ms, number
from ..output import Bundle
from ..panel.status import session_row
from ..stream.live import bundle
from ..stream.markup import framed
from ..theme import DIM, marked, sign_of
from ..watch.page import findings_html
from .calls import calls_bundle, object_html

LONGEST = 4000
_LINE = 60
_TURN = (
    "border-top: 1px solid rgba(128, 128, 128, 0.3); padding: 5px 0 3px; font-size: 13px; "
    "line-height: 20px"
)
_SAID = "padding-left: 12px; margin-bottom: 6px; white-space: pre-wrap; overflow-wrap: anywhere"
_FOLD = "padding-left: 12px; font-size: 12px"
_SUMMARY = "cursor: pointer"
# What it unfolds is as far from the edge as that of a turn that does not fold.
_LEVEL = f"{_SUMMARY}; padding-left: 12px"


def joined(parts: Sequence[Bundle]) -> Bundle:
    """Several bundles as one output."""
    return {
        "text/html": "".join(part["text/html"] for part in parts),
        "text/plain": "\n\n".join(part["text/plain"] for part in parts),
    }


def turn_bundle(number_: int, turn: Turn, *, mark: str = "", folded: bool = False) -> Bundle:
    """One turn: what was said, the answer, and the details folded below it.

    mark:    of our own making; by it the page finds out whether it shows the answer
    folded:  whether all of it is folded under one line
    """
    answer = _answer(turn, mark) if turn.rounds else _elsewhere(turn)
    below = _earlier(turn) + _figures(turn) if turn.rounds else ""
    whole = answer["text/html"] + below
    if folded:
        inside = f'<div style="{_SAID}">{for_html(cut(turn.prompt, LONGEST))}</div>{whole}'
        html = f'<div style="{_TURN}">{_folded(_line(number_, turn), inside, "", _LEVEL)}</div>'
    else:
        html = f'<div style="{_TURN}">{_prompt(number_, turn)}{whole}</div>'
    parts = [f"{number_} · you: {cut(turn.prompt, LONGEST)}", answer["text/plain"]]
    parts += [" · ".join(figures(turn))] if turn.rounds else []
    return {"text/html": html, "text/plain": for_terminal("\n\n".join(filter(None, parts)))}


def figures(turn: Turn) -> list[str]:
    """An answer's key facts in a few words each: its verdict first, then its figures."""
    if not turn.rounds:
        return [turn.word]
    exchange = turn.exchange
    row, usage = session_row(exchange), exchange.usage
    parts = [exchange.word or "not asked", f"first text {row.first_text}", row.rate]
    parts += [f"{row.tokens} tokens" if usage else "usage not sent"]
    if usage and usage.cached_tokens is not None:
        parts.append(
            f"{usage.cached_tokens:,} of {number(prompt_tokens(exchange))} prompt tokens cached"
        )
    blemishes = sum(found.level in ("remark", "unclear") for found in turn.findings[1:])
    return [*parts, *([counted(blemishes, "remark")] if blemishes else [])]


def sums_line(sums: Sums, *, short: bool = False) -> str:
    """The conversation's token counts in one line."""
    parts = [counted(sums.turns, "turn")]
    tokens = "" if short else " tokens"
    parts.append(f"{number(sums.tokens_in)}{tokens} in, {number(sums.tokens_out)} out")
    if sums.share is not None and short:
        parts.append(f"context {sums.share:.0%} of {sums.context:,}")
    elif sums.held is not None:
        of = f" of {sums.context:,}" if sums.context else ""
        share = f" ({sums.share:.0%})" if sums.share is not None else ""
        parts.append(f"context {sums.held:,}{of}{share}")
    return " · ".join(parts) if sums.turns else "nothing said yet"


def row(number_: int, turn: Turn) -> tuple[str, ...]:
    """A turn as a row: its figures and its verdict."""
    one, usage = session_row(turn.exchange), turn.exchange.usage
    return (
        str(number_), turn.prompt[:60], one.first_text, one.rate,
        number(prompt_tokens(turn.exchange)),
        number(usage.cached_tokens if usage else None), one.tokens,
        ms(turn.exchange.timing.end_s), one.word,
    )  # fmt: skip


HEADS = (
    "turn", "prompt", "first text", "rate", "tokens in", "of them cached", "tokens out", "took",
    "word",
)  # fmt: skip


def _answer(turn: Turn, mark: str) -> Bundle:
    """The text of an answer and its calls, in the order in which they came."""
    shown: list[Bundle] = []
    text = reasoning = ""
    for place, one in enumerate(turn.rounds, 1):
        answer, ends = one.exchange.answer, place == len(turn.rounds)
        text, reasoning = text + (answer.text or answer.refusal), reasoning + answer.reasoning
        if (answer.tool_calls or ends) and (text or reasoning):
            shown.append(_round(one, text, reasoning, mark if ends else ""))
            text = reasoning = ""
        if answer.tool_calls:
            shown.append(calls_bundle(one))
    return joined(shown) if shown else _nothing(turn, mark)


def _elsewhere(turn: Turn) -> Bundle:
    """The other messages that a file holds for a turn, below what was said in it."""
    messages = texts(turn.imported)
    rest = messages[1:] if messages[:1] == [("user", turn.prompt)] else messages
    lines = [(who, cut(text, LONGEST)) for who, text in rest]
    shown = [
        bundle(text, "") if who == "assistant"
        else {"text/html": framed(f"<code>{for_html(who)}</code> {for_html(text)}", ""),
              "text/plain": visible(f"{who}: {text}")}
        for who, text in lines
    ]  # fmt: skip
    return joined(shown)


def _round(one: Round, text: str, reasoning: str, mark: str) -> Bundle:
    """The text, or the object if one was asked for and came."""
    value = parsed(text) if one.shape else None
    if not isinstance(value, dict):
        return bundle(text, reasoning, mark=mark)
    return {"text/html": framed(object_html(value), mark), "text/plain": visible(text)}


def _nothing(turn: Turn, mark: str) -> Bundle:
    failure = turn.exchange.failure
    says = f"✕ {failure}" if failure else "no text came"
    return {"text/html": framed(for_html(says), mark), "text/plain": visible(says)}


def _prompt(number_: int, turn: Turn) -> str:
    who = f'<span style="opacity: 0.65">{number_} · you</span>'
    return f'<div style="{_SAID}">{who} <b>{for_html(cut(turn.prompt, LONGEST))}</b></div>'


def _line(number_: int, turn: Turn) -> str:
    """A turn in one line: what was said and the answer's figures."""
    prompt = " ".join(turn.prompt.split())
    cut = f"{prompt[:_LINE]}{'…' * (len(prompt) > _LINE)}"
    return f"{number_} · you <b>{for_html(cut)}</b> {_summary(turn, 4)}"


def _summary(turn: Turn, most: int | None = None) -> str:
    word, *rest = figures(turn)[:most]
    if not turn.rounds:
        return for_html(word if turn.imported else "")
    first = turn.exchange.findings[0] if turn.exchange.findings else None
    sign = marked(sign_of(word, first.level if first else None), word, "span")
    return f'{sign} <span style="{DIM}">{for_html(" · ".join(["", *rest]))}</span>'


def _figures(turn: Turn) -> str:
    first = turn.exchange.findings[0] if turn.exchange.findings else None
    says = f"<div>{for_html(str(first))}</div>" if first else ""
    return _folded(_summary(turn), says + findings_html(turn.findings[1:]))


def _earlier(turn: Turn) -> str:
    """The answers that this one replaces, folded."""
    if not turn.earlier:
        return ""
    answers = "".join(
        f"<div>{for_html(cut(one.prompt, LONGEST))}</div>"
        f"{(_answer(one, '') if one.rounds else _elsewhere(one))['text/html']}"
        for one in turn.earlier
    )
    return _folded(counted(len(turn.earlier), "earlier answer"), answers)


def _folded(summary: str, html: str, style: str = _FOLD, head: str = _SUMMARY) -> str:
    return (
        f'<details class="mathjax_ignore" style="{style}"><summary style="{head}">{summary}'
        f"</summary>{html}</details>"
    )
