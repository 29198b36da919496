"""What has passed in words: the cells of a row, and the figures for a line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...checks.watch.watched import WatchedExchange
from ..table import Cells, Table
from ..theme import duration, ms, number, size

HEADS = ("when", "asked", "parameters", "first text", "rate", "tokens", "came", "odd")
_MOST_NAMED = 3


def row(seen: WatchedExchange) -> Cells:
    """One exchange as a row under `HEADS`; anything unknown is a dash."""
    figures = seen.figures
    rate, odd = figures.tokens_per_s, _odd_findings(seen)
    return (
        seen.recording.started_at[11:19],
        seen.request.model if seen.findings else seen.title,
        parameters(seen) or "–",
        ms(figures.first_text_s),
        "–" if rate is None else f"{rate:,.1f} tok/s",
        tokens(seen) or "–",
        seen.word,
        ", ".join(odd[:_MOST_NAMED]) + (f" +{len(odd) - _MOST_NAMED}" if odd[_MOST_NAMED:] else ""),
    )


def watched_table(all_seen: Sequence[WatchedExchange]) -> Table:
    """Everything that has passed, the newest first."""
    newest = [*reversed(all_seen)]
    return Table(
        HEADS, tuple(map(row, newest)), records=tuple(seen.to_dict() for seen in newest)
    )  # fmt: skip


def facts(seen: WatchedExchange) -> Iterator[str]:
    """The facts about one exchange for a line; unknown ones are left out."""
    figures, (sent, came) = seen.figures, seen.sizes
    if not seen.findings:
        yield seen.title
        yield duration(figures.total_s or 0.0)
        yield f"{size(sent)} sent, {size(came)} came"
        return
    yield seen.request.model or "no model"
    if said := parameters(seen):
        yield said
    if figures.first_text_s is not None:
        yield f"{'first text' if seen.streamed else 'whole'} {duration(figures.first_text_s)}"
    if figures.tokens_per_s is not None:
        yield f"{figures.tokens_per_s:,.1f} tok/s"
    if counts := tokens(seen):
        yield f"{counts} tokens"


def parameters(seen: WatchedExchange) -> str:
    """The parameters as they were sent, "" for none; a switch that is on is just its name."""
    sent = seen.parameters.items()
    return ", ".join(name if value == "true" else f"{name} {value}" for name, value in sent)


def tokens(seen: WatchedExchange) -> str:
    """The server's token counts for prompt and answer, "" if there are none."""
    figures = seen.figures
    if figures.completion_tokens is None:
        return ""
    cached = f" ({figures.cached_tokens:,} cached)" if figures.cached_tokens else ""
    return f"{number(figures.prompt_tokens)}{cached} → {number(figures.completion_tokens)}"


def _odd_findings(seen: WatchedExchange) -> list[str]:
    """The names of the further findings that are more than facts."""
    return [found.name for found in seen.findings[1:] if found.level != "pass"]
