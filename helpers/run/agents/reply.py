"""A verdict as an agent gets it: within bounds, and without keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ...client.exchange import Exchange
from ...finding import Finding, Verdict
from ...secrets.spellings import Secrets

LONGEST = 2_000
MOST = 100
_DEEPEST = 6
_UNTOLD = ("base_url", "prompt", "findings", "started_at")


def reply(
    verdict: Verdict, *, recording: Path | None, keys: Iterable[str] = (), **more: Any
) -> dict[str, Any]:
    """A verdict as plain values: each finding in full, or in one sentence if it passed.

    recording:  the file that holds what was sent and what came; None if nothing was sent
    keys:       values to mask everywhere, whatever a server repeats
    more:       further fields from the instrument
    """
    rest = [found for found in verdict.findings if found.level != "pass"]
    passes = [found for found in verdict.findings if found.level == "pass"]
    whole = {
        "question": verdict.question, "base_url": verdict.base_url, "model": verdict.model,
        "passed": verdict.passed, "decided": verdict.decided, "headline": verdict.headline,
        "findings": [_finding(found) for found in rest],
        "passes": [f"{found.about}: {found.says}".removeprefix(": ") for found in passes],
        "recording": str(recording) if recording else None,
        **more,
    }  # fmt: skip
    bounded: dict[str, Any] = _bounded(whole, Secrets(keys))
    return bounded


def figures(exchange: Exchange) -> dict[str, Any]:
    """The outcome of one request, and how long it took."""
    fields = exchange.to_dict()
    return {name: value for name, value in fields.items() if name not in _UNTOLD}


def _finding(finding: Finding) -> dict[str, Any]:
    return {name: value for name, value in asdict(finding).items() if value}


def _bounded(value: Any, secrets: Secrets, depth: int = 0) -> Any:
    """The same values, cut to a length that an agent has use for."""
    if isinstance(value, str):
        text = secrets.text(value)
        return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
    if isinstance(value, Mapping | list | tuple) and depth > _DEEPEST:
        return "…"
    if isinstance(value, Mapping):
        pairs = [*value.items()][:MOST]
        return {str(name)[:LONGEST]: _bounded(one, secrets, depth + 1) for name, one in pairs}
    if isinstance(value, list | tuple):
        kept = [_bounded(one, secrets, depth + 1) for one in value[:MOST]]
        return kept if len(value) <= MOST else [*kept, f"… and {len(value) - MOST} more"]
    return value if value is None or isinstance(value, bool | int | float) else str(value)[:LONGEST]
