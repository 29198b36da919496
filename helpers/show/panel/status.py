"""The line under the panel that is live while an answer comes, its rail of ticks, and notes.

Pure: an exchange and a moment give HTML; every word of a server or a model is escaped.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from ...client.exchange import Exchange
from ...client.keys import KeyState
from ...client.models import ModelList
from ...endpoint import BUILT_IN, Endpoint
from ...escaping import for_attribute, for_html
from ...finding import Finding
from ...wire.timing import Timing
from ...wording import counted, duration, ms, number
from ..theme import AMBER, EDGE, GREEN, GREY, INK, ORANGE, STATES, Sign, State, marked
from .frontend import SessionRow

LOADING_S = 5.0
_SCALES_S = (2.0, 5.0, 10.0, 20.0, 60.0, 120.0, 300.0)
_TICK_PLACES = 480
_ANNOUNCED = {
    "waiting": "waiting for the answer",
    "streaming": "the answer is coming",
    "done": "answered",
    "stopped": "stopped",
    "error": "failed",
}
_ENDS = {"stop": "complete", "length": "at max tokens", "tool_calls": "with a tool call"}


@dataclass(frozen=True)
class Moment:
    """The state that the status line shows at one moment.

    elapsed_s:  since the request was sent; None before one was
    """

    state: State
    elapsed_s: float | None = None
    exchange: Exchange | None = None


def state_of(exchange: Exchange, *, running: bool) -> State:
    """The word for the state of an exchange."""
    if running:
        return "streaming" if exchange.timing.chunk_s else "waiting"
    if exchange.stopped:
        return "stopped"
    if failure := exchange.failure:
        return "not sent" if failure.blame == "call" else "error"
    return "done"


def strip(moment: Moment) -> str:
    """The status line: seven slots of fixed width, so that nothing moves."""
    slots = [f'<span class="es-state">{marked(STATES[moment.state], moment.state)}</span>']
    slots += [_slot(*slot) for slot in _figures(moment)]
    return f'<div class="es-strip">{"".join(slots)}</div>'


def rail(moment: Moment) -> str:
    """The rail: a tall tick for the answer's first byte, and one for each chunk after it."""
    exchange, elapsed_s = moment.exchange, moment.elapsed_s
    if moment.state == "waiting" and (elapsed_s or 0) >= LOADING_S:
        hint = "still waiting: the server may be loading the model"
        return _rail_svg("", f"{moment.state}: {hint}", hint)
    if exchange is None or not elapsed_s:
        return _rail_svg("", f"{moment.state}: nothing has been asked yet")
    timing = exchange.timing
    running = moment.state in ("waiting", "streaming")
    scale_s = _scale_s(elapsed_s) if running else max(elapsed_s, 0.001)
    places = sorted({round(at_s / scale_s * _TICK_PLACES) for at_s in timing.chunk_s})
    ticks = "".join(_tick(place, GREEN, 5, 13) for place in places if place <= _TICK_PLACES)
    if timing.first_byte_s is not None:
        first = round(timing.first_byte_s / scale_s * _TICK_PLACES)
        ticks = _tick(first, INK, 3, 15) + ticks
    chunks = counted(len(timing.chunk_s), "chunk")
    return _rail_svg(ticks, f"{moment.state}: {chunks} in {elapsed_s:.1f} s")


def announced(moment: Moment) -> str:
    """What a screen reader says: how far the question is, and at its end what it took."""
    exchange, words = moment.exchange, _ANNOUNCED.get(moment.state, "")
    if not exchange or not words or moment.state in ("waiting", "streaming"):
        return words
    took = f" after {duration(moment.elapsed_s)}" if moment.elapsed_s else ""
    chunks = len(exchange.timing.chunk_s) if exchange.streamed else 0
    return f"{words}{took}, {counted(chunks, 'chunk')}" if chunks else f"{words}{took}"


def trouble_note(trouble: Finding, *, headed: bool = True) -> str:
    """What was expected, what came and what to do; the server's own words in their own font.

    headed:  False if the line above says what happened
    """
    quote = f" <code>{for_html(trouble.quote)}</code>" if trouble.quote else ""
    sign = STATES["not sent" if trouble.blame == "call" else "error"]
    head = f"<p>{marked(sign, trouble.says)}</p>" if headed else ""
    came = trouble.came if trouble.expected else trouble.evidence
    parts = (("expected", trouble.expected, ""), ("got", came, quote), ("do", trouble.do, ""))
    rows = "".join(
        f"<dt>{name}</dt><dd>{for_html(words)}{more}</dd>" for name, words, more in parts if words
    )
    return f'<div class="es-note" role="alert">{head}<dl>{rows}</dl></div>' if head or rows else ""


def remarks_note(remarks: list[str]) -> str:
    """What was changed or chosen on the user's behalf, dimmed; "" for nothing."""
    if not remarks:
        return ""
    lines = "".join(f"<p>{for_html(remark)}</p>" for remark in remarks)
    return f'<div class="es-note es-dim" role="status">{lines}</div>'


def verdict_line(word: str, sentence: str, sign: Sign) -> str:
    """The verdict's line: a symbol, the word, the sentence."""
    return f'<div class="es-said">{marked(sign, word)} {for_html(sentence)}</div>'


def session_row(exchange: Exchange) -> SessionRow:
    """One exchange as a row of the session's table."""
    timing, usage = exchange.timing, exchange.usage
    first_s = timing.ttft_s if exchange.streamed else timing.last_output_s
    return SessionRow(
        when=exchange.recording.started_at[11:19] or "not sent",
        server=exchange.endpoint.base_url,
        model=exchange.request.model,
        first_text=ms(first_s),
        rate=_rate(exchange),
        tokens=number(usage.completion_tokens if usage else None),
        word=exchange.word,
    )


def hint(words: str) -> str:
    """A dimmed text for the verdict's place before there is one."""
    return f'<div class="es-said es-dim" title="{for_attribute(words)}">{for_html(words)}</div>'


def key_line(endpoint: Endpoint, key: KeyState) -> str:
    """Where a key comes from and where it goes; never any part of the key itself."""
    host = urlsplit(endpoint.url).netloc
    if not key.name:
        # A fault of the built-in endpoint may well be that it wants a key.
        said = "none needed" if endpoint.base_url == BUILT_IN else "no key is sent"
        return _line(Sign("○", GREY), said, "no key")
    if not key.usable:
        why = key.problem or f"{key.name} is not set where JupyterLab was started"
        short = "cannot be sent" if key.problem else "not set"
        return _line(Sign("!", ORANGE), short, why)
    if endpoint.key_in_the_clear:
        why = f"plain http to {host}: anyone on the way can read the key"
        return _line(Sign("!", ORANGE), "set, sent unencrypted", why)
    why = f"the value of {key.name} is sent to {host} and nowhere else"
    return _line(Sign("✓", GREEN), f"set, for {host}", why)


def models_line(models: ModelList) -> str:
    """How many models there are, or a short reason why there is no list."""
    if models.failure:
        return _line(Sign("!", AMBER), "no list", models.failure.says)
    return _line(None, counted(len(models.names), "model"), models.sentence)


def not_asked_line() -> str:
    """Why there is no list of models yet, if asking for it would send a key."""
    return _line(Sign("○", GREY), "not asked", "Refresh asks for the models, and sends the key")


def _line(sign: Sign | None, words: str, tip: str) -> str:
    shown = marked(sign, words, "span") if sign else for_html(words)
    return f'<span title="{for_attribute(tip)}">{shown}</span>'


def _figures(moment: Moment) -> list[tuple[str, str, str]]:
    """(label, value, tooltip) of the six figures; missing ones are a dash, never 0."""
    exchange, elapsed_s = moment.exchange, moment.elapsed_s
    over = moment.state not in ("waiting", "streaming")
    elapsed = "–" if elapsed_s is None else f"{elapsed_s:.2f} s"
    if elapsed == "0.00 s" and over:
        elapsed = duration(elapsed_s or 0)
    if exchange is None:
        return [
            (label, value, tip)
            for (label, tip), value in zip(_LABELS, (elapsed, "–", "–", "–", "–", "–"), strict=True)
        ]
    timing, usage = exchange.timing, exchange.answer.usage
    first_s = timing.ttft_s if exchange.streamed else timing.last_output_s
    began = exchange.recording.status is not None
    if usage:
        tokens = f"{_count(usage.prompt_tokens)} → {_count(usage.completion_tokens)}"
    else:
        tokens = "not reported" if over and began else "–"
    # An exchange's own rate needs its findings, whose full parse would delay a live answer.
    rate = _rate(exchange if over else timing)
    chunks = number(len(timing.chunk_s)) if exchange.streamed and began else "–"
    values = (elapsed, ms(first_s), chunks, rate, _ended(moment, exchange), tokens)
    return [(label, value, tip) for (label, tip), value in zip(_LABELS, values, strict=True)]


def _rate(of: Exchange | Timing) -> str:
    tokens = of.tokens_per_s is not None
    per_s, unit = (of.tokens_per_s, "tok/s") if tokens else (of.chunks_per_s, "chunks/s")
    # A fifth figure says nothing, and pushes what stands behind it out of the line.
    return "–" if per_s is None else f"{per_s:,.{0 if per_s >= 1000 else 1}f} {unit}"


_LABELS = (
    ("elapsed", "since the request was sent"),
    ("first text", "TTFT: from sending to the first text, reasoning or tool call"),
    ("chunks", "chunks that brought output; a chunk can hold several tokens, or part of one"),
    ("rate", "tokens a second between the first and the last output; chunks until usage arrives"),
    ("ended", "the finish reason"),
    ("tokens", "usage: what the endpoint counted, the prompt's tokens → the answer's"),
)


def _ended(moment: Moment, exchange: Exchange) -> str:
    if exchange.stopped:
        return "by you"
    if moment.state in ("waiting", "streaming") or exchange.failure:
        return "–"
    reason = exchange.answer.finish_reason
    return _ENDS.get(reason, reason[:20]) if reason else "without a reason"


def _slot(label: str, value: str, tip: str) -> str:
    return (
        f'<span class="es-slot" title="{for_attribute(tip)}"><span class="es-dim">{label}</span> '
        f"{for_html(value)}</span>"
    )


def _count(tokens: int | None) -> str:
    return "?" if tokens is None else f"{tokens:,}"


def _scale_s(elapsed_s: float) -> float:
    """The rail's length in seconds: it grows in steps, so that ticks seldom move."""
    return next((scale for scale in _SCALES_S if elapsed_s < scale), elapsed_s)


def _tick(place: int, colour: str, top: int, bottom: int) -> str:
    x = f"{place / _TICK_PLACES * 100:.2f}%"
    where = f'x1="{x}" x2="{x}" y1="{top}" y2="{bottom}"'
    return f'<line {where} style="stroke: {colour}" stroke-width="2"/>'


def _rail_svg(ticks: str, sentence: str, words: str = "") -> str:
    text = f'<text x="0" y="6" class="es-rail-text">{words}</text>' if words else ""
    return (
        f'<svg class="es-rail" width="100%" height="18" role="img" aria-label="{sentence}">'
        f'<line x1="0" x2="100%" y1="9" y2="9" style="stroke: {EDGE}" stroke-width="2"/>'
        f"{ticks}{text}</svg>"
    )


def whence(exchange: Exchange | None) -> list[str]:
    """A sentence on where the last question went, for a panel that shows another address."""
    if exchange is None or (exchange.failure and exchange.failure.blame == "call"):
        return []
    what = "The answer below came from" if exchange.text else "The last question went to"
    return [f"{what} {exchange.endpoint.name}: {exchange.word}."]


def last_line(exchange: Exchange) -> str:
    """The small line below an answer that did not end by itself."""
    chunks = len(exchange.timing.chunk_s)
    if exchange.stopped:
        kept = f"{counted(chunks, 'chunk')} kept" if chunks else "nothing had come"
        return f"■ stopped by you · {kept} · the connection was closed"
    if exchange.failure and exchange.text:
        kept = (
            counted(chunks, "chunk")
            if exchange.streamed
            else counted(len(exchange.text), "character")
        )
        return f"✕ {exchange.word} · {kept} kept"
    calls = [f"{call.name}({call.arguments})" for call in exchange.answer.tool_calls]
    return f"tool call: {'; '.join(calls)}" if calls else ""
