"""How fast it is, as a page: the answer, the kit's own error, and a row for each load."""

from __future__ import annotations

from ...checks.load.answer import advice, plain_answer, server_of
from ...checks.load.curve import held_up, knee, own_bottleneck
from ...checks.load.figures import server_medians
from ...checks.load.loading import Run
from ...checks.load.own_error import Error, OwnError
from ...checks.load.speed import Speed
from ...escaping import for_html, for_terminal
from ...wire.timing import percentile
from ...wording import counted
from ..table import Table
from ..theme import DIM, ORANGE, PURPLE, ROW, TABLE, Sign, marked

_FIGURE = "text-align: right; padding: 3px 0 3px 18px; white-space: nowrap; line-height: 20px"
_HEAD = f"{_FIGURE}; font-size: 12px; font-weight: 400"
_FIRST = "padding-left: 0; text-align: left"
_KNEE = Sign("◆", ORANGE)
HEADS = (
    "load", "n", "failed", "p50", "p95", "p99", "p50", "p95", "p99", "each", "all",
    "within limits", "",
)  # fmt: skip


def page(speed: Speed) -> str:
    """The answer and its figures, readable even if style sheets are removed."""
    return (
        '<div class="mathjax_ignore" style="padding-top: 8px; font-size: 13px; line-height: 20px; '
        f'font-variant-numeric: tabular-nums">{_head(speed)}{_own(speed)}{_table(speed)}</div>'
    )


def plain(speed: Speed) -> str:
    """The same for a terminal."""
    sentences = [
        plain_answer(speed), own_bottleneck(speed), advice(speed), _about(speed),
        *own_error_lines(speed),
    ]  # fmt: skip
    lines = [for_terminal(line) for line in sentences if line]
    return "\n".join([*lines, "", repr(loads_table(speed))])


def loads_table(speed: Speed) -> Table:
    """A row for each load, the concurrent ones first."""
    rows = [(*row(speed, run), _noted(speed, run)) for run in ordered(speed)]
    named = (
        *HEADS[:3], *(f"TTFT {one}" for one in HEADS[3:6]), *(f"gap {one}" for one in HEADS[6:9]),
        *HEADS[9:],
    )  # fmt: skip
    return Table(named, tuple(rows))


def ordered(speed: Speed) -> list[Run]:
    """The loads in reading order: those at a fixed concurrency, then the rates, each rising."""
    return sorted(speed.runs, key=lambda run: (run.shape.per_s, run.shape.at_once))


def row(speed: Speed, run: Run) -> tuple[str, ...]:
    """A load's figures as words, times in milliseconds."""
    found = speed.figures(run)
    times = [of for part in (found.ttft, found.gap) for of in (part.p50, part.p95, part.p99)]
    each = "–" if found.each_per_s is None else in_ms(found.each_per_s / 1000)
    return (
        str(run.shape), f"{found.n:,}", f"{sum(found.failed.values()):,}", *map(in_ms, times),
        each, f"{found.all_per_s:,.0f}", f"{found.good:.0%}",
    )  # fmt: skip


def in_ms(value_s: float | None) -> str:
    """A time in milliseconds, with one decimal if it is short."""
    if value_s is None:
        return "–"
    return f"{value_s * 1000:,.1f}" if abs(value_s) < 0.0995 else f"{value_s * 1000:,.0f}"


def own_error_lines(speed: Speed) -> list[str]:
    """What this kit adds to the figures, measured and watched; [] while it is not known."""
    runs, error = speed.runs, speed.own_error
    if not runs:
        return []
    lag_s = max((run.client.lag.p95 or 0.0) for run in runs)
    busy = max(run.client.cpu for run in runs)
    watched = f"loop lag p95 {in_ms(lag_s)} ms at most · client CPU {busy:.0%} at most"
    return [f"{_error_line(error)} · {watched}" if error else watched]


def errors_table(error: OwnError) -> Table:
    """The kit's own error, figure by figure, in milliseconds."""
    parts = {
        "first text (TTFT)": error.ttft, "gap between chunks": error.gap,
        "time per token (TPOT)": error.tpot, "sending to stamping, a chunk": error.delay,
    }  # fmt: skip
    rows = [
        (name, *(f"{_exact(value)}" for value in (one.mean_s, one.of.p50, one.of.p99)),
         f"{one.of.n:,}") for name, one in parts.items()
    ]  # fmt: skip
    return Table(("figure", "mean, ms", "p50", "p99", "n"), tuple(rows))


def server_table(speed: Speed) -> Table:
    """The medians of what the server measured, under its own names, with a column for each load."""
    runs = ordered(speed)
    medians = [server_medians(run.samples) for run in runs]
    names = dict.fromkeys(name for found in medians for name in found)
    rows = [
        (name, *(f"{found[name]:,.4g}" if name in found else "–" for found in medians))
        for name in names
    ]
    note = "" if rows else "The server reports no times of its own."
    return Table(("server's own", *(str(run.shape) for run in runs)), tuple(rows), note=note)


def moments_table(speed: Speed) -> Table:
    """Every time by its definition, the medians of each load, in milliseconds."""
    parts = (
        ("headers (TTFB)", "ttfb"), ("first text (TTFT)", "ttft"),
        ("first text that is not reasoning (TTFO)", "ttfo"), ("gap between chunks", "gap"),
        ("time per token (TPOT)", "tpot"), ("last text (E2E)", "e2e"),
        ("closing, from the last text to the end", "closing"), ("sent later than due", "lag"),
    )  # fmt: skip
    runs = ordered(speed)
    found = [speed.figures(run) for run in runs]
    rows = [
        (name, _cold(speed, part), *(in_ms(getattr(one, part).p50) for one in found))
        for name, part in parts
    ]
    return Table(("median, ms", "cold", *(str(run.shape) for run in runs)), tuple(rows))


def _cold(speed: Speed, part: str) -> str:
    """The same time for the very first request, which opened the connection."""
    cold = speed.cold
    if cold is None:
        return "–"
    timing = cold.timing
    values = {
        "ttfb": timing.headers_s, "ttft": timing.ttft_s, "ttfo": timing.ttfo_s,
        "gap": percentile(timing.gaps_s, 50), "tpot": timing.tpot_s, "e2e": cold.e2e_s,
        "closing": timing.closing_s,
    }  # fmt: skip
    return in_ms(values.get(part))


def _head(speed: Speed) -> str:
    large = "font-size: 16px; line-height: 24px; font-weight: 600"
    do = own_bottleneck(speed) or advice(speed)
    return (
        f'<div style="{large}">{for_html(plain_answer(speed))}</div>'
        + (f"<div>{for_html(do)}</div>" if do else "")
        + f'<div style="{DIM}">{for_html(_about(speed))}</div>'
    )


def _about(speed: Speed) -> str:
    known = server_of(speed.first) if speed.first else None
    asked = sum(len(run.samples) for run in speed.runs)
    failed = sum(bool(one.failure) for run in speed.runs for one in run.samples)
    where = f"{known[0]} at {speed.endpoint.base_url}" if known else speed.endpoint.base_url
    parts = [where, f"model {speed.endpoint.model or '–'}", str(speed.prompts)]
    lost = f"{failed:,} failed, left out of all times" if failed else "none failed"
    parts.append(f"{counted(asked, 'request')}, {lost}" if asked else "no requests")
    if speed.cluster is not None:
        parts.append(f"sent by {counted(len(speed.cluster.pids), 'worker')}")
    if speed.stopped:
        parts.append("stopped early")
    return " · ".join(parts)


def _own(speed: Speed) -> str:
    if not speed.runs:
        return ""
    sign = Sign("?", PURPLE) if held_up(speed) else Sign("✓", "#0A9A70")
    words = for_html(" ".join(own_error_lines(speed)))
    return f"<div>{marked(sign, 'this kit’s own error')} &nbsp;{words}</div>"


def _error_line(error: OwnError) -> str:
    return (
        f"TTFT {_signed(error.ttft)} · gaps {_signed(error.gap)} · TPOT {_signed(error.tpot)}, "
        f"at {error.at_once} at once against stamped chunks"
    )


def _signed(error: Error) -> str:
    p99 = "" if error.of.p99 is None else f", p99 {_exact(error.of.p99)}"
    return f"{_exact(error.mean_s, '+')} ms{p99}"


def _exact(value_s: float | None, sign: str = "-") -> str:
    """Milliseconds, short ones to the microsecond; never a power of ten, nor minus zero."""
    if value_s is None:
        return "–"
    value = value_s * 1000
    places = 3 if abs(value) < 0.0995 else 2 if abs(value) < 9.995 else 1
    return f"{value:{sign}z,.{places}f}"


def _table(speed: Speed) -> str:
    if not speed.runs:
        return ""
    unit = speed.figures(ordered(speed)[0]).unit
    named = (("", 3), ("first text, ms", 3), ("gap, ms", 3), (f"{unit} per second", 2), ("", 2))
    groups = "".join(
        f'<th colspan="{width}" style="{_HEAD}">{for_html(name)}</th>' for name, width in named
    )
    first, *rest = HEADS
    heads = f'<th style="{_HEAD}; {_FIRST}; {DIM}">{first}</th>'
    heads += "".join(f'<th style="{_HEAD}; {DIM}">{for_html(name)}</th>' for name in rest)
    rows = "".join(_row(speed, run) for run in ordered(speed))
    style = f"{TABLE}; margin: 10px 0 8px; font-size: 13px"
    return (
        f'<table style="{style}"><tbody><tr style="background: none">{groups}</tr>'
        f'<tr style="{ROW}">{heads}</tr>{rows}</tbody></table>'
    )


def _row(speed: Speed, run: Run) -> str:
    first, *rest = row(speed, run)
    cells = f'<td style="{_FIGURE}; {_FIRST}">{for_html(first)}</td>'
    cells += "".join(f'<td style="{_FIGURE}">{for_html(cell)}</td>' for cell in rest)
    noted = _noted(speed, run)
    sign = marked(_KNEE, "knee", "span") if noted == "knee" else for_html(noted)
    return f'<tr style="{ROW}">{cells}<td style="{_FIGURE}; text-align: left">{sign}</td></tr>'


def _noted(speed: Speed, run: Run) -> str:
    """The note at the end of a load's row."""
    if run.lost:
        return "a worker was lost"
    if run is knee(speed):
        return "knee"
    ended = {"errors": "ended: too many failures", "stopped": "stopped", "seconds": "time was up"}
    return ended.get(run.ended, "")
