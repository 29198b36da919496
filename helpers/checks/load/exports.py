"""A measurement for programs: JSON with the names that vLLM's and guidellm's users know."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ...wire.timing import Percentiles
from .answer import plain_answer, server_of
from .baseline import values_of
from .figures import Figures, gaps_s, server_medians
from .loading import Run
from .own_error import Error
from .speed import Speed

SCHEMA = 1


def to_dict(speed: Speed) -> dict[str, Any]:
    """All figures, in milliseconds if the name says so; unknown ones are None."""
    known = server_of(speed.first) if speed.first else None
    return {
        "schema": SCHEMA,
        "answer": plain_answer(speed),
        "base_url": speed.endpoint.base_url,
        "model_id": speed.endpoint.model,
        "server": known[0] if known else None,
        "prompts": str(speed.prompts),
        "stopped": speed.stopped,
        "capacity": {
            unit: {"kept": low, "missed": high} for unit, (low, high) in speed.capacity.items()
        },
        "own_error_ms": _own_error(speed),
        "benchmarks": [_benchmark(speed, run) for run in speed.runs],
    }


def to_json(speed: Speed) -> str:
    """The figures as JSON, which a later run can use as its baseline."""
    # The file may be printed in a CI log: escaped, no character controls it and no ##[ commands it.
    return json.dumps(to_dict(speed), indent=1).replace("##[", r"##\u005b") + "\n"


def to_jsonl(speed: Speed) -> str:
    """One JSON line per request."""
    return "".join(json.dumps(row) + "\n" for row in rows(speed))


def rows(speed: Speed) -> Iterator[dict[str, Any]]:
    """Each request as plain values: guidellm's names, and ours where it has none."""
    for run in speed.runs:
        for one in run.samples:
            timing = one.timing
            yield {
                "load": str(run.shape), "number": one.number, "turn": one.turn,
                "due_s": one.due_s, "sent_s": one.sent_s, "failure": one.failure or None,
                "time_to_headers_ms": _ms(timing.headers_s),
                "time_to_first_event_ms": _ms(timing.first_event_s),
                "time_to_first_token_ms": _ms(timing.ttft_s),
                "time_to_first_output_ms": _ms(timing.ttfo_s),
                "time_per_output_token_ms": _ms(timing.tpot_s),
                "request_latency": one.e2e_s, "closing_ms": _ms(timing.closing_s),
                "own_ms": _ms(-timing.call_s), "output_tokens": timing.tokens,
                "prompt_tokens": one.prompt_tokens, "cached_tokens": one.cached_tokens,
                "output_tokens_per_second": timing.tokens_per_s,
                "chunks": len(timing.chunk_s), "chunk_s": list(timing.chunk_s),
                "connection_reused": one.reused, "server": dict(one.server),
            }  # fmt: skip


def _benchmark(speed: Speed, run: Run) -> dict[str, Any]:
    found = speed.figures(run)
    values = values_of(speed)[str(run.shape)]
    return {
        "load": str(run.shape), "max_concurrency": run.shape.at_once or None,
        "request_rate": run.shape.per_s or None, "ended": run.ended, "completed": found.n,
        "failed": sum(found.failed.values()), "failures": dict(found.failed),
        "unfinished": run.unfinished, "lost_workers": run.lost, "duration": found.duration_s,
        "total_input_tokens": found.prompt_tokens, "total_output_tokens": found.tokens,
        "total_cached_tokens": found.cached_tokens, "unit": found.unit,
        "request_throughput": found.requests_per_s, "output_throughput": found.all_per_s,
        "request_goodput": found.good_per_s, "goodput_share": found.good,
        "most_together": found.together, "connections_reused": found.reused,
        # vLLM's "itl" is every gap between chunks; it is per token only if each chunk is one.
        "itl_is": "per token" if _token_by_token(run) else "per chunk", **_times(found),
        "client": {
            "lag_p95_ms": _ms(run.client.lag.p95), "lag_max_ms": _ms(run.client.longest_s),
            "cpu_share": run.client.cpu,
        },
        "server_medians": server_medians(run.samples),
        "mean_gap_ms": _ms(_mean(gaps_s(run.samples))), **values,
    }  # fmt: skip


def _token_by_token(run: Run) -> bool:
    whole = [one.timing for one in run.samples if not one.failure]
    return bool(whole) and all(timing.gaps_are_itl for timing in whole)


def _times(figures: Figures) -> dict[str, float | int | None]:
    named = {
        "ttfb": figures.ttfb, "ttft": figures.ttft, "ttfo": figures.ttfo, "itl": figures.gap,
        "tpot": figures.tpot, "e2el": figures.e2e, "closing": figures.closing, "lag": figures.lag,
    }  # fmt: skip
    values: dict[str, float | int | None] = {}
    for name, of in named.items():
        values |= _percentiles(name, of)
    return values


def _percentiles(name: str, of: Percentiles) -> dict[str, float | int | None]:
    return {
        f"n_{name}": of.n, f"median_{name}_ms": _ms(of.p50), f"p90_{name}_ms": _ms(of.p90),
        f"p95_{name}_ms": _ms(of.p95), f"p99_{name}_ms": _ms(of.p99),
    }  # fmt: skip


def _own_error(speed: Speed) -> dict[str, Any] | None:
    error = speed.own_error
    if error is None:
        return None
    parts = {"ttft": error.ttft, "gap": error.gap, "tpot": error.tpot, "delay": error.delay}
    return {"at_once": error.at_once, **{name: _error(part) for name, part in parts.items()}}


def _error(error: Error) -> dict[str, float | None]:
    return {"mean": _ms(error.mean_s), "p50": _ms(error.of.p50), "p99": _ms(error.of.p99)}


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _ms(value_s: float | None) -> float | None:
    return None if value_s is None else round(value_s * 1000, 4)
