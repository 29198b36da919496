"""A batch as HTML that stays readable if style sheets are removed."""

from __future__ import annotations

from ...checks.batch.batch import Batch
from ...escaping import for_html, for_terminal
from ...places import near
from ..theme import BLUE, DIM, GREEN, ORANGE
from .figures import Distribution, distributions, forecast_says, progress, summary, under_way

_SMALL = "font-size: 13px; line-height: 20px; font-variant-numeric: tabular-nums"
_TRACK = "height: 8px; background: rgba(128, 128, 128, 0.2); margin: 6px 0; display: flex"
_BARS_PX = 90


def page(batch: Batch) -> str:
    """What is shown below the controls: the progress, and the results when it is over."""
    over = batch.state in ("done", "stopped")
    parts = [_bar(batch), _line(" · ".join(progress(batch)))]
    if now := under_way(batch):
        parts.append(_line(now, dim=True))
    if batch.forecast:
        parts.append(_line(forecast_says(batch.forecast, over=over)))
    if batch.tally.failed:
        kinds = batch.tally.failed.most_common(5)
        parts.append(_line("failed: " + ", ".join(f"{count:,} {kind}" for kind, count in kinds)))
    if over and batch.prompts:
        parts.append(_over(batch))
    return "".join(parts)


def plain(batch: Batch) -> str:
    """The same in plain text, for a terminal and a saved notebook."""
    lines = [" · ".join(progress(batch))]
    if batch.forecast:
        lines.append(forecast_says(batch.forecast, over=batch.state in ("done", "stopped")))
    if batch.prompts:
        lines.append(repr(summary(batch)))
    lines += [*map(repr, distributions(batch.rows)), *_files(batch)]
    return "\n".join(map(for_terminal, lines))


def _over(batch: Batch) -> str:
    spread = "".join(map(_distribution, distributions(batch.rows)))
    figures = summary(batch)._repr_mimebundle_()["text/html"]
    files = "".join(_line(line, dim=True) for line in _files(batch))
    return (
        '<div style="display: flex; flex-wrap: wrap; gap: 12px 28px; margin: 8px 0">'
        f"<div>{figures}</div>{spread}</div>{files}"
    )


def _files(batch: Batch) -> list[str]:
    lines = [f"answers: {near(batch.output)}"] if batch.rows else []
    return lines + ([f"errors: {near(batch.errors)}"] if batch.failed else [])


def _bar(batch: Batch) -> str:
    """A bar of what is answered, failed and left."""
    whole = max(batch.before + batch.due, 1)
    failed = sum(batch.tally.failed.values())
    parts = ((batch.before, BLUE), (batch.tally.answers, GREEN), (failed, ORANGE))
    bars = "".join(
        f'<div style="width: {100 * count / whole:.2f}%; background: {colour}"></div>'
        for count, colour in parts if count
    )  # fmt: skip
    says = for_html(f"{batch.before + batch.asked:,} of {whole:,}")
    return f'<div role="img" aria-label="{says}" style="{_TRACK}">{bars}</div>'


def _line(words: str, *, dim: bool = False) -> str:
    faint = "; opacity: 0.75" if dim else ""
    return f'<div style="{_SMALL}{faint}">{for_html(words)}</div>'


def _distribution(spread: Distribution) -> str:
    rows = "".join(
        f'<tr style="background: none"><td style="text-align: right; padding: 0 8px">'
        f'{for_html(label[:24])}</td><td style="text-align: left; padding: 0">'
        f'<div style="width: {max(round(_BARS_PX * count / (spread.most or 1)), count and 1)}px; '
        f'height: 10px; background: {GREEN}"></div></td>'
        f'<td style="text-align: right; padding: 0 8px">{count:,}</td></tr>'
        for label, count in spread.bins
    )
    note = f'<div style="font-size: 12px; {DIM}">{for_html(spread.note)}</div>'
    return (
        f'<div style="{_SMALL}"><b>{for_html(spread.name)}</b>{note}'
        f'<table style="border-collapse: collapse; font-size: 12px"><tbody>{rows}</tbody></table>'
        "</div>"
    )
