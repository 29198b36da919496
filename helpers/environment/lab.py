"""JupyterLab on the notebooks. Standard library only: it starts before anything is imported."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..places import CHECKOUT, NOTEBOOKS, OUT_VARIABLE, PACKAGE, home, out
from .installation import MissingError
from .interpreter import become

# Not "notebooks": an installed kit works in a folder that is somebody's own.
COPIES = "endpointscope-notebooks"
FIRST = "01_ask.ipynb"


def start(rest: Sequence[str], python: str, environ: Mapping[str, str]) -> int:
    """Become JupyterLab; what is generated goes to out/, beside the notebooks' folder.

    raises:  MissingError without JupyterLab
    """
    if CHECKOUT is None and importlib.util.find_spec("jupyterlab") is None:
        raise MissingError("JupyterLab is missing: pip install 'endpointscope[lab,engine]'")
    folder = "notebooks" if CHECKOUT else copied(Path.cwd() / COPIES)
    os.chdir(home())
    jupyter = [python, "-m", "jupyterlab", *arguments(rest, folder=folder, root=is_root())]
    return become(jupyter, variables(environ))


def copied(folder: Path) -> str:
    """The name of the folder that has the notebooks now; those that it had stay as they are."""
    folder.mkdir(exist_ok=True)
    for notebook in NOTEBOOKS.glob("*.ipynb"):
        if not (folder / notebook.name).exists():
            shutil.copyfile(notebook, folder / notebook.name)
    return folder.name


def is_root() -> bool:
    """Whether the user is root; Windows knows no such user."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def arguments(rest: Sequence[str], *, folder: str, root: bool) -> list[str]:
    """The arguments of jupyter lab: the first notebook, unless another one is named.

    A page, not a file: a file's folder would become the top of the file browser.
    root:  as root JupyterLab refuses to start; whoever types `lab` as root means it
    """
    named = any(argument.endswith(".ipynb") for argument in rest)
    allowed = ["--allow-root"] if root and "--allow-root" not in rest else []
    page = [f"--LabApp.default_url=/lab/tree/{folder}/{FIRST}"]
    return [*allowed, *([] if named else page), *rest]


def variables(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment variables of JupyterLab: its settings travel with the project.

    Settings in JUPYTER_CONFIG_PATH are defaults beside the user's own, which stay as they are.
    The layout of the page (which tabs are open) is kept in out/, apart from other projects'.
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
