"""The way to an endpoint, layer by layer: a table that fills, and the one address to copy."""

from __future__ import annotations

from ..checks.connect.known import Step
from .theme import VERDICTS


def line(step: Step) -> str:
    """One layer on one line of a terminal."""
    verdict = step.finding.verdict
    return f"{VERDICTS[verdict].mark} {step.layer:<11} {verdict:<10} {step.finding.says}"


def took(step: Step) -> str:
    """How long a layer took, as it stands in the table; "–" where nothing was waited for."""
    if step.took_s is None:
        return "–"
    milliseconds = step.took_s * 1e3
    return f"{milliseconds:.1f} ms" if milliseconds < 10 else f"{milliseconds:,.0f} ms"
