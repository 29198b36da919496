"""Where files are: in a clone of the repository, or in an installed package.

Standard library only, since the commands need it before anything is installed.
"""

from __future__ import annotations

import os
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
_ABOVE = PACKAGE.parent
CHECKOUT = _ABOVE if (_ABOVE / "pyproject.toml").is_file() else None
NOTEBOOKS = (CHECKOUT or PACKAGE) / "notebooks"
# How a command passes its folder to the kernels it starts, whose working directory differs.
OUT_VARIABLE = "ENDPOINTSCOPE_OUT"


def home() -> Path:
    """The clone, or the current folder if there is none."""
    return CHECKOUT or Path.cwd()


def out() -> Path:
    """The folder for everything generated."""
    return Path(os.environ.get(OUT_VARIABLE) or home() / "out")


def near(path: Path) -> str:
    """A path as a person would type it from here."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
