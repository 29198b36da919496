"""The checks that a fault changes, each with its new verdict."""

from __future__ import annotations

from ..finding import Conformance

Turned = dict[str, Conformance]


def turned(**verdicts: str) -> Turned:
    """Checks with their verdicts, given by verdict as names separated by spaces."""
    return {
        name: verdict  # type: ignore[misc]
        for verdict, names in verdicts.items()
        for name in names.split()
    }
