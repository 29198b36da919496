"""The files of a comparison: a recording of each target, and the figures."""

from __future__ import annotations

import json
from pathlib import Path

from ...checks.compare.earlier import to_json
from ...checks.compare.turns import Comparison
from ...recordings import save, slug, write_private
from ...server.replay import KEPT

NAME = "06_compare"
FIGURES = KEPT.parent / "compare.json"


def kept(compared: Comparison) -> list[Path]:
    """The files that now hold the recordings, one per target, and the figures.

    A recording can be a target of a later comparison; the figures are a later run's baseline.
    """
    paths = []
    for target in compared.targets:
        asked = compared.labelled(target)
        if asked and not target.recorded:
            paths.append(save(asked, target.endpoint, name=f"{NAME}-{slug(target.name)}"))
    write_private(FIGURES, json.dumps(to_json(compared), indent=1))
    return [*paths, FIGURES]
