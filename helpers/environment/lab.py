"""Starts JupyterLab on the notebooks. Standard library only, since it runs first."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..places import CHECKOUT, NOTEBOOKS, OUT_VARIABLE, PACKAGE, home, out
from .installation import MissingError
from .interpreter import become

# Not "notebooks", since an installed kit runs in a folder that belongs to the user.
COPIES = "endpointscope-notebooks"
FIRST = "01_ask.ipynb"


def start(rest: Sequence[str], python: str, environ: Mapping[str, str]) -> int:
    """Replace this process with JupyterLab; generated files go to out/, next to the notebooks.

    raises:  MissingError without JupyterLab
    """
    if CHECKOUT is None and importlib.util.find_spec("jupyterlab") is None:
        raise MissingError("JupyterLab is missing: pip install 'endpointscope[lab,engine]'")
    folder = "notebooks" if CHECKOUT else copied(Path.cwd() / COPIES)
    os.chdir(home())
    jupyter = [python, "-m", "jupyterlab", *arguments(rest, folder=folder, root=is_root())]
    return become(jupyter, variables(environ))


def copied(folder: Path) -> str:
    """The name of the folder, which now has all notebooks; existing ones are not overwritten."""
    folder.mkdir(exist_ok=True)
    for notebook in NOTEBOOKS.glob("*.ipynb"):
        if not (folder / notebook.name).exists():
            shutil.copyfile(notebook, folder / notebook.name)
    return folder.name


def is_root() -> bool:
    """Whether the user is root; Windows has no such user."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def arguments(rest: Sequence[str], *, folder: str, root: bool) -> list[str]:
    """The arguments of jupyter lab, which open the first notebook unless one is named.

    It is opened as a page, since a file's folder would become the root of the file browser.
    root:  adds --allow-root, without which JupyterLab refuses to run as root
    """
    named = any(argument.endswith(".ipynb") for argument in rest)
    allowed = ["--allow-root"] if root and "--allow-root" not in rest else []
    page = [f"--LabApp.default_url=/lab/tree/{folder}/{FIRST}"]
    return [*allowed, *([] if named else page), *rest]


def variables(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment variables that make JupyterLab use the project's settings.

    Settings in JUPYTER_CONFIG_PATH act as defaults and leave the user's own settings alone. The
    page's layout (which tabs are open) is stored in out/, apart from other projects'.
    """
    settings = [str(PACKAGE / "jupyter")]
    if environ.get("JUPYTER_CONFIG_PATH"):
        settings.append(environ["JUPYTER_CONFIG_PATH"])
    return {
        "JUPYTERLAB_WORKSPACES_DIR": str(out() / "workspaces"),
        OUT_VARIABLE: str(out()),
        **environ,
        "JUPYTER_CONFIG_PATH": os.pathsep.join(settings),
    }
