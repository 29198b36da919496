"""What has passed in words: the cells of a row, and the figures for a line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...checks.watch.watched import WatchedExchange
from ...wording import duration, ms, number, rate, size
from ..table import Cells, Table

HEADS = ("when", "asked", "parameters", "first text", "rate", "tokens", "word", "findings")
_MOST_NAMED = 3


def row(watched: WatchedExchange) -> Cells:
    """One exchange as a row under `HEADS`; anything unknown is a dash."""
    figures = watched.figures
    odd = _odd_findings(watched)
    return (
        watched.recording.started_at[11:19],
        watched.request.model if watched.findings else watched.title,
        parameters(watched) or "–",
        ms(figures.first_text_s),
        rate(figures.tokens_per_s),
        tokens(watched) or "–",
        watched.word,
        ", ".join(odd[:_MOST_NAMED]) + (f" +{len(odd) - _MOST_NAMED}" if odd[_MOST_NAMED:] else ""),
    )


def watched_table(all_seen: Sequence[WatchedExchange]) -> Table:
    """Everything that has passed, the newest first."""
    newest = [*reversed(all_seen)]
    return Table(
        HEADS, tuple(map(row, newest)), records=tuple(watched.to_dict() for watched in newest)
    )  # fmt: skip


def facts(watched: WatchedExchange) -> Iterator[str]:
    """The facts about one exchange for a line; unknown ones are left out."""
    figures, (sent, came) = watched.figures, watched.sizes
    if not watched.findings:
        yield watched.title
        yield duration(figures.total_s or 0.0)
        yield f"{size(sent)} sent, {size(came)} came"
        return
    yield watched.request.model or "no model"
    if given := parameters(watched):
        yield given
    if figures.first_text_s is not None:
        yield f"{'first text' if watched.streamed else 'whole'} {duration(figures.first_text_s)}"
    if figures.tokens_per_s is not None:
        yield rate(figures.tokens_per_s)
    if counts := tokens(watched):
        yield f"{counts} tokens"


def parameters(watched: WatchedExchange) -> str:
    """The parameters as they were sent, "" for none; a switch that is on is just its name."""
    sent = watched.parameters.items()
    return ", ".join(name if value == "true" else f"{name} {value}" for name, value in sent)


def tokens(watched: WatchedExchange) -> str:
    """The server's token counts for prompt and answer, "" if there are none."""
    figures = watched.figures
    if figures.completion_tokens is None:
        return ""
    cached = f" ({figures.cached_tokens:,} cached)" if figures.cached_tokens else ""
    return f"{number(figures.prompt_tokens)}{cached} → {number(figures.completion_tokens)}"


def _odd_findings(watched: WatchedExchange) -> list[str]:
    """The names of the further findings that are more than facts."""
    return [found.name for found in watched.findings[1:] if found.level != "pass"]
