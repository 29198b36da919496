"""A batch in words and figures, the same for a cell and for a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ...checks.batch.batch import Batch
from ...checks.batch.judging import cut_rows
from ...checks.batch.row import Row
from ...checks.batch.tally import Forecast, Spread, histogram
from ...wire.timing import percentiles
from ...wording import counted, duration, long_duration, number
from ..table import Cells, Table

SHOWN = 10
_BLOCKS = 24


def progress(batch: Batch) -> list[str]:
    """Its progress, in a few words each, the most important first."""
    if batch.state in ("ready", "reading"):
        return ["reading the file" if batch.state == "reading" else "nothing was asked"]
    if not batch.prompts:
        return ["stopped while the file was read: nothing was asked"]
    parts = [f"{batch.asked:,} of {batch.due:,}" if batch.due else "nothing left to ask"]
    if batch.state == "sampling":
        parts[0] = f"a sample first: {parts[0]}"
    if batch.before:
        parts.append(f"{batch.before:,} there before")
    if rate := batch.rate:
        parts.append(f"{rate:,.1f} a second" if rate < 10 else f"{rate:,.0f} a second")
    if (left_s := batch.remaining_s) is not None and batch.state == "asking":
        parts.append(f"{long_duration(left_s)} left")
    if not batch.asked and batch.state in ("done", "stopped"):
        return parts
    parts.append(counted(sum(batch.tally.failed.values()), "error"))
    parts.append(f"{number(batch.tally.tokens_in)} tokens in, {number(batch.tally.tokens_out)} out")
    if batch.plan.prices:
        parts.append(f"cost {money(batch.cost)}")
    return parts


def under_way(batch: Batch) -> str:
    """How many are asked at once, or why none is; "" when it is over."""
    crew = batch.crew
    if crew is None or batch.state not in ("sampling", "asking"):
        return ""
    if crew.waiting:
        return f"waiting: {crew.waiting}"
    resting = f", {crew.resting:,} failed and will be tried again" if crew.resting else ""
    return f"{crew.under_way} at once{resting}"


def forecast_says(forecast: Forecast, *, over: bool = False) -> str:
    """The projected total, by the sample; when over, what the projection was."""
    if forecast.tokens_in is None or forecast.tokens_out is None:
        return "The server doesn't count tokens, so the cost is unknown."
    take = "were expected to take" if over else "will take"
    sentence = (
        f"{forecast.prompts:,} prompts {take} about {_about(forecast.tokens_in)} tokens in and "
        f"{_about(forecast.tokens_out)} out"
    )
    cost = f", about {_money(forecast.cost)}" if forecast.cost else ""
    return f"{sentence}{cost}, estimated from a sample of {forecast.sample}."


def summary(batch: Batch) -> Table:
    """The results, one figure per line."""
    rows: list[Cells] = [
        ("prompts", f"{batch.prompts:,}"),
        ("answers", f"{batch.prompts - batch.left:,}"),
    ]
    if batch.rows or batch.failed:
        rows.append(("failed", f"{len(batch.failed):,}"))
        rows.append(("cut short", f"{len(cut_rows(batch.rows)):,}"))
    if batch.unasked:
        rows.append(("not asked", f"{batch.unasked:,}"))
    rows.append(
        (
            "asked now",
            f"{batch.asked:,} in {long_duration(batch.took_s)}" if batch.asked else "none",
        )
    )
    if batch.asked:
        counts = f"{batch.tally.tokens_in:,}, {batch.tally.tokens_out:,}"
        rows.append(("tokens in, out", counts))
    if batch.asked and batch.plan.prices:
        rows.append(("cost", money(batch.cost)))
    return Table(("", "so far" if batch.unasked else "all"), tuple(rows))


@dataclass(frozen=True)
class Distribution:
    """A named distribution: (label, how many) from top to bottom."""

    name: str
    bins: tuple[tuple[str, int], ...]
    note: str = ""

    @property
    def most(self) -> int:
        """The largest count."""
        return max((count for _, count in self.bins), default=0)

    def __repr__(self) -> str:
        wide = max((len(label) for label, _ in self.bins), default=0)
        lines = [
            f"  {label:>{wide}}  {'█' * round(_BLOCKS * count / self.most):<{_BLOCKS}}  {count:,}"
            for label, count in self.bins
        ]
        return "\n".join([f"{self.name}{f' ({self.note})' if self.note else ''}", *lines])


def distributions(rows: Sequence[Row]) -> list[Distribution]:
    """How long the answers are, how long they took, how they ended."""
    if not rows:
        return []
    tokens = [row.completion_tokens for row in rows if row.completion_tokens is not None]
    lengths = tokens or [row.characters for row in rows]
    times_s = [row.time_s for row in rows if row.time_s is not None]
    ends = Counter(row.finish_reason or "none" for row in rows)
    return [
        _binned("tokens out" if tokens else "characters", lengths, "{:,.0f}"),
        _binned("time in ms", [value * 1000 for value in times_s], "{:,.0f}"),
        Distribution("finish reason", tuple(ends.most_common(SHOWN))),
    ]


def _binned(name: str, values: Sequence[float], form: str) -> Distribution:
    bins = tuple((form.format(start), count) for start, count in histogram(values))
    of = percentiles(values)
    named = (("p50", of.p50), ("p90", of.p90), ("p99", of.p99))
    facts = [f"{key} {form.format(value)}" for key, value in named if value is not None]
    return Distribution(name, bins, " · ".join([f"n = {of.n:,}", *facts]))


def answers_table(rows: Sequence[Row]) -> Table:
    """Answers as rows; the records hold all of them, however many are shown."""
    heads = ("prompt", "answer begins", "tokens out", "time", "finish reason", "tries")
    cells: list[Cells] = [
        (
            row.custom_id[:40], row.begins, number(row.completion_tokens), _time(row.time_s),
            row.finish_reason or "–", str(row.tries),
        )
        for row in rows[:SHOWN]
    ]  # fmt: skip
    return _table(heads, cells, rows)


def failed_table(batch: Batch) -> Table:
    """What failed, and why; the records hold everything.

    If the batch ended early, the last row says why the others were not asked.
    """
    rows, trouble = batch.failed, batch.trouble
    heads = ("prompt", "kind", "what it means", "status", "tries")
    cells: list[Cells] = [
        (row.custom_id[:40], row.kind, row.says, str(row.status or "–"), str(row.tries))
        for row in rows[:SHOWN]
    ]
    if trouble and batch.unasked:
        unasked = (f"{batch.unasked:,} not asked", trouble.name, trouble.says, "–", "–")
        return _table(heads, cells, rows, last=unasked)
    return _table(heads, cells, rows)


def _table(heads: Cells, cells: list[Cells], rows: Sequence[Row], *, last: Cells = ()) -> Table:
    more = len(rows) - len(cells)
    note = f"And {more:,} more." if more else "" if rows or last else "None."
    shown = (*cells, last) if last else tuple(cells)
    return Table(heads, shown, tuple(row.to_dict() for row in rows), note)


def money(cost: float) -> str:
    """A cost without its currency, which the user knows."""
    return f"{cost:,.2f}" if cost >= 1 or not cost else f"{cost:.6f}".rstrip("0")


def _about(spread: Spread) -> str:
    """A total and its uncertainty: 1,200,000 ± 60,000."""
    step = 10 ** max(len(str(round(spread.middle))) - 3, 0)
    middle, off = (round(value / step) * step for value in (spread.middle, spread.off))
    return f"{middle:,}" + (f" ± {off:,}" if off else "")


def _money(spread: Spread) -> str:
    return money(spread.middle) + (f" ± {money(spread.off)}" if spread.off else "")


def _time(seconds: float | None) -> str:
    return "–" if seconds is None else duration(seconds).replace(" ", "\N{NO-BREAK SPACE}")
