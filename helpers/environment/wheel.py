"""The build hook that hatchling calls to add files to the wheel; this file itself is left out.

The folder helpers/ becomes the package `endpointscope`, so the notebooks shipped in it must import
that name. An editable install keeps the folder's own name, which a clone's notebooks import, and
adds the product's name as an alias, for the command.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PACKAGE = "endpointscope"
_IMPORT = re.compile(r"\b(import|from) helpers\b")
_ALIAS = '''\
"""This clone's helpers under the product's name."""

import sys

import helpers

sys.modules[__name__] = helpers
'''


class WheelHook(BuildHookInterface[Any]):
    """Adds the notebooks to a wheel, or the alias to an editable install."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Tell hatchling which files to include, and where."""
        made = Path(self._made.name)
        if version == "editable":
            (made / "alias.py").write_text(_ALIAS, encoding="utf-8")
            build_data["force_include_editable"] = {str(made / "alias.py"): f"{PACKAGE}.py"}
            return
        for notebook in sorted(Path(self.root, "notebooks").glob("*.ipynb")):
            text = packed(notebook.read_text(encoding="utf-8"))
            (made / notebook.name).write_text(text, encoding="utf-8", newline="\n")
        build_data["force_include"][str(made)] = f"{PACKAGE}/notebooks"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Delete the temporary files of the build."""
        self._made.cleanup()

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._made = tempfile.TemporaryDirectory()


def packed(notebook: str) -> str:
    """A notebook's text, changed to import the package by its name in the wheel."""
    return _IMPORT.sub(rf"\1 {PACKAGE}", notebook).replace("python3 -m helpers", PACKAGE)
