"""The notebooks' own cells run in this process, as a kernel would run them but without its start.

Several may run at once: what a cell displays or prints is kept with the run that it belongs to.
"""

from __future__ import annotations

import ast
import inspect
import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import CodeType
from typing import Any

import pytest
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from helpers.session import forget
from helpers.show.output import display

FOLDER = Path(__file__).parents[3] / "notebooks"
LIVE = 2
_FLAGS = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


@dataclass(frozen=True)
class Shown:
    """One output: the cell it belongs to, its forms by MIME type, what kind of ours it is."""

    cell: str
    data: Mapping[str, Any]
    kind: str = ""


@dataclass
class Ran:
    """What a notebook's cells left behind.

    names:   every variable at the end
    raised:  what the last cell that ran ended with, None when it came to its end
    """

    names: dict[str, Any]
    shown: list[Shown] = field(default_factory=list)
    raised: Exception | None = None
    cell: str = ""

    def text(self, cell: str) -> str:
        """What a cell put out, in plain text."""
        return "\n".join(str(one.data.get("text/plain")) for one in self.shown if one.cell == cell)

    def print(self, *words: object, sep: str = " ") -> None:
        """What `print` does in a cell."""
        said = sep.join(map(str, words))
        self.shown.append(Shown(self.cell, {"text/plain": said}))


async def ran(
    stem: str, *, cells: int | None = None, without: Collection[str] = (), **parameters: Any
) -> Ran:
    """A notebook's cells, run one after the other until one raises.

    cells:       how many code cells; LIVE are the parameters and the live cell, None is all
    without:     the ids of those that are left out
    parameters:  in place of the notebook's own
    """
    run = Ran({"__name__": "__main__"})
    run.names["print"] = run.print
    token = _run.set(run)
    try:
        for number, (cell, parts) in enumerate(_code(stem)[:cells]):
            run.cell = cell
            for part in () if cell in without else parts:
                await _done(part, run.names)
            if not number:
                run.names.update(parameters)
    except Exception as error:
        run.raised = error
    finally:
        _run.reset(token)
        # A panel that lists what every run of a test asked would take longer with each.
        forget()
    return run


@contextmanager
def published(folder: Path) -> Iterator[None]:
    """A shell whose outputs go to the runs, for as long as they run."""
    with shell(folder, _ToTheRun()):
        yield


@contextmanager
def shell(folder: Path, publisher: DisplayPublisher) -> Iterator[None]:
    """A shell that keeps its files in a folder, and hands what a cell displays to a publisher."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("IPYTHONDIR", str(folder))
        InteractiveShell.instance(
            config=Config({"HistoryManager": {"enabled": False}})
        ).display_pub = publisher
        yield
        InteractiveShell.clear_instance()


async def _done(code: CodeType, names: dict[str, Any]) -> None:
    came = eval(code, names)
    if inspect.iscoroutine(came):
        came = await came
    if came is not None:
        display(came)


@cache
def _code(stem: str) -> tuple[tuple[str, tuple[CodeType, ...]], ...]:
    """The code cells by their ids, each as its statements and the value that it shows."""
    notebook = json.loads((FOLDER / f"{stem}.ipynb").read_text("utf-8"))
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    return tuple((cell["id"], _compiled("".join(cell["source"]), stem)) for cell in code)


def _compiled(source: str, stem: str) -> tuple[CodeType, ...]:
    tree = ast.parse(source)
    last = [tree.body.pop()] if tree.body and isinstance(tree.body[-1], ast.Expr) else []
    value = [ast.Expression(one.value) for one in last if isinstance(one, ast.Expr)]
    statements = compile(tree, stem, "exec", flags=_FLAGS, dont_inherit=True)
    return (
        statements,
        *(compile(one, stem, "eval", flags=_FLAGS, dont_inherit=True) for one in value),
    )


class _ToTheRun(DisplayPublisher):
    def publish(
        self, data: dict[str, Any], metadata: dict[str, Any] | None = None, **_: Any
    ) -> None:
        run = _run.get()
        run.shown.append(Shown(run.cell, data, (metadata or {}).get("endpointscope", "")))


_run: ContextVar[Ran] = ContextVar("run")
