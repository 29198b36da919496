"""What a notebook shows in rows: what an answer cost, and the verdict it ends with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from helpers.client.chat import Exchange
from helpers.endpoint import Endpoint
from helpers.inert import for_html, for_terminal
from helpers.show.live import display
from helpers.verdict import ROW, TABLE, Finding, conclude

Cells = tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A table of words and figures; whatever a server or a model said in it is inert."""

    heads: Cells
    rows: tuple[Cells, ...]

    def __repr__(self) -> str:
        table = (self.heads, *self.rows)
        widths = [max(len(row[column]) for row in table) for column in range(len(self.heads))]
        return "\n".join(
            "  ".join(for_terminal(c).ljust(w) for c, w in zip(row, widths, strict=True)).rstrip()
            for row in table
        )

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        heads = "".join(_cell(head, "th") for head in self.heads)
        rows = "".join(
            f'<tr style="{ROW}">{"".join(_cell(cell) for cell in row)}</tr>' for row in self.rows
        )
        table = (
            f'<table style="{TABLE}"><tbody><tr style="{ROW}">{heads}</tr>{rows}</tbody></table>'
        )
        return {"text/plain": repr(self), "text/html": table}


def costs(*exchanges: Exchange | None) -> Table:
    """Return what each of the exchanges took; one that was not asked for is passed over."""
    heads = (
        "answer", "first text", "last text", "chunks", "tokens in", "tokens out", "rate", "ended",
    )  # fmt: skip
    return Table(heads, tuple(_row(one) for one in exchanges if one is not None))


def verdict(question: str, findings: Iterable[Finding], endpoint: Endpoint) -> None:
    """Show the answer to a notebook's question and keep it in the notebook.

    raises:  EndpointFailed or CallFailed when something required failed
    """
    concluded = conclude(question, findings, base_url=endpoint.base_url, model=endpoint.model)
    display(concluded)
    concluded.raise_if_failed()


def _row(exchange: Exchange) -> Cells:
    timing, usage = exchange.timing, exchange.answer.usage
    rate = timing.tokens_per_s
    ended = "by you" if exchange.stopped else exchange.answer.finish_reason
    return (
        "streamed" if exchange.streamed else "full",
        _ms(timing.ttft_s if exchange.streamed else timing.last_output_s),
        _ms(timing.last_output_s),
        str(len(timing.chunk_s)) if exchange.streamed and timing.headers_s else "–",
        _count(usage.prompt_tokens if usage else None),
        _count(usage.completion_tokens if usage else None),
        "–" if rate is None else f"{rate:.1f} tok/s",
        ended or (exchange.trouble.headline if exchange.trouble else "–"),
    )


def _ms(seconds: float | None) -> str:
    return "–" if seconds is None else f"{seconds * 1000:,.0f} ms"


def _count(tokens: int | None) -> str:
    return "–" if tokens is None else f"{tokens:,}"


def _cell(text: str, tag: str = "td") -> str:
    return f'<{tag} style="text-align: left">{for_html(text)}</{tag}>'
