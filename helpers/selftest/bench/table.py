"""The figures of one run as a table for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from ...wire.timing import Percentiles
from ...wording import counted
from .budgets import goals
from .display import DisplayCost
from .engine import Engine
from .figures import BARE_US, Figures
from .others import Other
from .reading import Cost
from .tools import STREAMS, TOOLS

*_FIRST, _LAST = (tool.name for tool in TOOLS)
TOOL_NAMES = f"{', '.join(_FIRST)} and {_LAST}"
HEADS = ("measured", "figure", "beside it", "goal")

Row = tuple[str, str, str, str]


def table(figures: Figures) -> str:
    """The figures as a table for a terminal."""
    cells = [HEADS, *rows(figures)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(HEADS))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]
    return "\n".join([lines[0], "─" * max(map(len, lines)), *lines[1:]])


def rows(figures: Figures) -> Iterator[Row]:
    """Yield each figure in words: its name, its value, what it is compared with, its budget."""
    met = {goal.name: goal.says for goal in goals(figures)}
    yield from _display_rows(figures, met)
    yield from _reading_rows(figures, met)
    yield from _judging_rows(figures, met)
    yield from _drawing_rows(figures, met)
    yield from _load_rows(figures, met)
    yield from _engine_rows(figures.engine)
    yield from _hop_rows(figures, met)
    bare_us = figures.reading.bare.median_us
    yield (
        "speed of this machine", f"takes {figures.slowness:.1f} times as long",
        f"{bare_us:.1f} µs for the bare socket; {BARE_US:g} where the budgets were set", "",
    )  # fmt: skip
    yield from _other_rows(figures.others)
    before, after = figures.load
    yield "load of this machine", f"{before:.1f} before, {after:.1f} at the end", "", ""


def _display_rows(figures: Figures, goals: dict[str, str]) -> Iterator[Row]:
    ratios, display = figures.ratios, figures.display
    loops = {loop.tokens: loop for loop in display.printed}
    for shown in display.live:
        loop = loops.get(shown.tokens)
        beside = f"print loop {_size(loop)}" if loop else "print loop: linear, not run"
        goal = goals.get("display_bytes", "") if shown is display.live[-1] else ""
        yield f"display, {shown.tokens:,} tokens", _size(shown), beside, goal
    first, last = display.live[0], display.live[-1]
    yield (
        "display, growth per token", f"{ratios.growth:.2f} times",
        f"{last.tokens:,} tokens against {first.tokens:,}", goals.get("growth", ""),
    )  # fmt: skip
    yield (
        "display, against the loop", f"{ratios.live_to_print:.2f} times",
        f"bytes per token at {display.printed[-1].tokens:,}", "",
    )  # fmt: skip
    for shown in display.whole:
        note = f"{shown.tokens:,} tokens, all of it at each"
        yield "display, whole-text updates", _size(shown), note, ""
    lost = sum(shown.lost for shown in (*display.live, *display.printed))
    yield "display, characters lost", str(lost), "", ""
    loop = display.printed[-1]
    yield "arrival to display", _delays(last.delay_s), f"print loop {_delays(loop.delay_s)}", ""


def _reading_rows(figures: Figures, goals: dict[str, str]) -> Iterator[Row]:
    reading, ratios = figures.reading, figures.ratios
    for name, cost, goal in (
        ("reading, this kit", reading.kit, goals.get("reading_us", "")),
        ("reading, plain openai stream", reading.plain, ""),
        ("reading, bare socket", reading.bare, ""),
    ):
        yield name, _cpu(cost), _spread(cost), goal
    yield (
        "reading, against the bare one", f"{ratios.reading_to_bare:.2f} times",
        f"the plain stream takes {ratios.plain_to_reading:.0f} times ours",
        goals.get("reading", ""),
    )  # fmt: skip
    yield (
        "memory, client after a burst", f"{reading.burst_rss / 1e6:.0f} MB",
        f"{reading.idle_rss / 1e6:.0f} MB before; {reading.chunks:,} chunks held", "",
    )  # fmt: skip


def _judging_rows(figures: Figures, goals: dict[str, str]) -> Iterator[Row]:
    ratios, judging = figures.ratios, figures.judging
    for judged in judging:
        goal = goals.get("judged_us", "") if judged is judging[-1] else ""
        for name, cost, note in (("parsing", judged.parse, ""), ("judging", judged.judge, goal)):
            yield f"{name}, {judged.chunks:,} chunks", _cpu(cost), _spread(cost), note
    against = f"CPU per chunk at {judging[-1].chunks:,} against {judging[0].chunks:,}"
    for name, growth in (("parsing", ratios.parse_growth), ("judging", ratios.judge_growth)):
        yield f"{name}, growth per chunk", f"{growth:.2f} times", against, goals.get(name, "")


def _drawing_rows(figures: Figures, goals: dict[str, str]) -> Iterator[Row]:
    for drawn in figures.drawing:
        spent_ms = f"{drawn.cpu.median_us / 1000:.1f} ms CPU"
        yield (
            f"timeline, {drawn.chunks:,} chunks",
            f"{drawn.sent_bytes / 1000:.1f} kB, {spent_ms} an update",
            f"{drawn.share:.1%} of a core; {_spread(drawn.cpu, 1000)}", "",
        )  # fmt: skip
    ratios, (beside, last) = figures.ratios, figures.drawing[-2:]
    yield (
        "timeline, growth of an update", f"{ratios.update_growth:.2f} times",
        f"{last.chunks:,} chunks against {beside.chunks:,}; its CPU {ratios.update_cpu_growth:.2f}",
        goals.get("update", ""),
    )  # fmt: skip


def _load_rows(figures: Figures, goals: dict[str, str]) -> Iterator[Row]:
    for load in figures.loads:
        many = f"{load.streams} stream" + ("s" if load.streams > 1 else "")
        for name, at, value_s in (
            ("p50", "delay_p50", load.delay_p50_s), ("p99", "delay_p99", load.delay_p99_s),
        ):  # fmt: skip
            beside = f"{load.cpu:.0%} CPU, {load.rss / 1e6:.0f} MB" if name == "p50" else ""
            yield (
                f"{many}, sending to stamping", _at(value_s, "ms at", name), beside,
                goals.get(f"{at}_{load.streams}", ""),
            )  # fmt: skip
        bare = load.bare
        for name, at, value_s, bare_s in (
            ("mean", "ttft_mean", load.ttft_mean_s, bare and bare.mean_s),
            ("p99", "ttft_p99", load.ttft_p99_s, bare and bare.p99_s),
        ):
            beside = f"n {load.n:,}" + (
                f"; a client that only stamps {_ms(bare_s)} ms" if bare_s else ""
            )
            yield (
                f"{many}, error of TTFT", _at(value_s, "ms,", name), beside,
                goals.get(f"{at}_{load.streams}", ""),
            )  # fmt: skip
        yield (
            f"{many}, error of TPOT", f"{load.tpot_mean_s * 1000:.4f} ms, mean", "",
            goals.get(f"tpot_{load.streams}", ""),
        )  # fmt: skip
        if rss := goals.get(f"rss_{load.streams}"):
            yield f"{many}, memory", f"{load.rss / 1e6:.0f} MB", "", rss
    yield from _batch_rows(figures, goals)
    yield (
        "imports to the first request", f"{figures.startup.first_s:.2f} s",
        f"imports {figures.startup.import_s:.2f} s", goals.get("start", ""),
    )  # fmt: skip


def _batch_rows(figures: Figures, goals: dict[str, str]) -> Iterator[Row]:
    batch = figures.batch
    yield (
        "batch, a prompt", f"{batch.each.median_us / 1000:.2f} ms CPU",
        f"{_spread(batch.each, 1000)} of {batch.prompts:,}, {batch.rss / 1e6:.0f} MB at the end",
        goals.get("batch", ""),
    )  # fmt: skip


def _other_rows(others: tuple[Other, ...]) -> Iterator[Row]:
    if not others:
        yield "other tools", "not compared", f"a full run asks {TOOL_NAMES} where installed", ""
    for one in others:
        name = f"{one.name} {one.version}".strip()
        if one.above is None:
            yield f"{name}, at {STREAMS} streams", "no report", one.trouble, ""
            continue
        yield (
            f"{name}, error of TTFT", f"{_ms(one.above.ttft_mean_s)} ms, mean",
            f"p99 {_ms(one.above.ttft_p99_s)} ms (n {one.above.n}), {STREAMS} streams", "",
        )  # fmt: skip
        yield (
            f"{name}, error of TPOT", f"{one.above.tpot_mean_s * 1000:.4f} ms, mean",
            f"{one.took_s:.0f} s, {one.cpu_s:.1f} s of CPU", "",
        )  # fmt: skip


def _engine_rows(engine: Engine) -> Iterator[Row]:
    yield "memory, engine's process", f"{engine.rss / 1e6:.0f} MB", "", ""
    yield "engine, start to ready", f"{engine.start_s:.2f} s", "", ""
    yield "proxy, off its pace", _delays(engine.pacing_s), "30 chunks a second", ""
    for replayed in engine.replayed:
        yield (
            f"replay at {replayed.times}x, off its times", _delays(replayed.error_s),
            "from the sending of the request", "",
        )  # fmt: skip


def _hop_rows(figures: Figures, goals: dict[str, str]) -> Iterator[Row]:
    for hop in figures.hops:
        load = hop.load
        many = f"{load.streams} stream" + ("s" if load.streams > 1 else "")
        if hop.by == "proxy":
            note = f"{load.per_s} chunks a second in each"
            yield f"{many}, direct", _delays(hop.direct_s), note, ""
        yield f"{many}, by the {hop.by}", _delays(hop.proxied_s), "sent to arrived", ""
        for name, added_s in (("p50", hop.added_p50_s), ("p99", hop.added_p99_s)):
            yield (
                f"{many}, the {hop.by} adds", _at(added_s, "ms at", name),
                "this less direct", goals.get(f"{hop.by}_{name}_{load.streams}", ""),
            )  # fmt: skip


def _cpu(cost: Cost) -> str:
    return f"{cost.median_us:.1f} µs CPU a chunk"


def _spread(cost: Cost, by: float = 1) -> str:
    return f"{cost.least_us / by:.1f} to {cost.most_us / by:.1f} in {counted(cost.rounds, 'round')}"


def _size(shown: DisplayCost) -> str:
    return f"{shown.sent_bytes / 1e6:.2f} MB, {shown.bytes_per_token:,.0f} B a token"


def _delays(values: Percentiles) -> str:
    return f"p50 {_ms(values.p50)}, p99 {_ms(values.p99)} ms (n {values.n:,})"


def _ms(value_s: float | None) -> str:
    return "–" if value_s is None else f"{value_s * 1000:.2f}"


def _at(value_s: float | None, what: str, name: str) -> str:
    """A time followed by what it is; a p99 of too few values is replaced by a note."""
    return f"too few for a {name}" if value_s is None else f"{_ms(value_s)} {what} {name}"
