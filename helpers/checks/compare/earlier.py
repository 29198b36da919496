"""An earlier run as a file: the measurements of each target, by name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...endpoint import CallError
from ...files import in_words, json_in
from .speed import MEASURED, speeds
from .turns import Comparison

SCHEMA = 1
Earlier = Mapping[str, Mapping[str, list[float]]]


class EarlierRunError(CallError):
    """The earlier run cannot be read."""

    headline = "This is not an earlier comparison"


def to_json(compared: Comparison) -> dict[str, Any]:
    """The measurements of each target: the warm values, in seconds and tokens per second."""
    found: dict[str, dict[str, Any]] = {
        target.name: {"base_url": target.endpoint.base_url, "model": target.endpoint.model}
        for target in compared.targets
    }
    for what in MEASURED:
        for speed in speeds(compared, what):
            found[speed.target.name][what] = list(speed.values)
    return {"schema": SCHEMA, "targets": found}


def earlier(path: str) -> Earlier:
    """The values of an earlier run, by target and by what was measured.

    raises:  EarlierRunError
    """
    try:
        targets = json_in(Path(path))["targets"]
        return {
            str(name): {what: [float(value) for value in one[what]] for what in MEASURED}
            for name, one in targets.items()
        }
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise EarlierRunError(
            "the JSON of an earlier comparison",
            f"{Path(path).name}: {in_words(error)}",
            "Give the file that 06_compare wrote: compare.json.",
        ) from None
