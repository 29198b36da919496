"""The checks that a fault turns, each with the verdict that it comes to."""

from __future__ import annotations

from ..finding import Conformance

Turned = dict[str, Conformance]


def turned(**verdicts: str) -> Turned:
    """Checks by the verdict they come to, their names with spaces between."""
    return {
        name: verdict  # type: ignore[misc]
        for verdict, names in verdicts.items()
        for name in names.split()
    }
