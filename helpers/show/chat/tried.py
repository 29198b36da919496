"""The requests asked beside a conversation, as rows, and below them what they show."""

from __future__ import annotations

from ...checks.chat.trying import Experiment
from ...client.exchange import Exchange
from ...wording import ms, number
from ..table import Table

HEADS = ("prompt", "tokens in", "first text", "ended", "what came")
_LONGEST = 60


def tried_table(tried: Experiment) -> Table:
    """The requests as rows, and the finding below them."""
    records = tuple(one.to_dict() for one in tried.exchanges)
    note = f"{tried.finding.says} {tried.finding.do}".strip()
    return Table(HEADS, tuple(map(_row, tried.exchanges)), records, note)


def _row(exchange: Exchange) -> tuple[str, ...]:
    usage, timing = exchange.usage, exchange.timing
    failure = exchange.failure
    ended = "stopped here" if exchange.stopped else exchange.answer.finish_reason or "–"
    return (
        _cut(exchange.prompt), number(usage.prompt_tokens if usage else None),
        ms(timing.ttft_s if exchange.streamed else timing.last_output_s), ended,
        failure.says if failure else _cut(exchange.text),
    )  # fmt: skip


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} …"
