"""One notebook executed by papermill in its own kernel; the only import of papermill."""

from __future__ import annotations

import json
import logging
import os
import sys
import time
import warnings
from collections.abc import Iterator, Mapping
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import nbformat
import papermill
import zmq
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, papermill_engines

from ..places import OUT_VARIABLE
from .screen import Screen

Ended = Literal["done", "raised", "limit", "died", "broken"]

_ENGINE = "endpointscope"
_START_S = 60
# For messages still in transit when a cell ends: on a busy machine, a long answer needs seconds.
_OUTPUT_S = 60


@dataclass(frozen=True)
class CellError:
    """An exception that ended a cell."""

    name: str = ""
    message: str = ""
    source: str = field(default="", repr=False)
    traceback: str = field(default="", repr=False)


@dataclass(frozen=True)
class Execution:
    """How one notebook ran.

    ended:     "done" the last cell ended; "raised" a cell raised; "limit" it ran out of time;
               "died" the kernel died; "broken" it never ran
    notebook:  with the outputs that came so far; nothing in it is redacted yet
    """

    ended: Ended
    notebook: dict[str, Any] = field(repr=False)
    seconds: float
    error: CellError = CellError()


def execute(
    path: Path, parameters: Mapping[str, Any], *, limit_s: float, screen: Screen, out: Path
) -> Execution:
    """Execute a notebook in its own folder, with this interpreter's kernel, and return how it ran.

    The notebook is not written here, as its contents have to be redacted first.
    out:     the folder for files that the notebook keeps, such as its recordings
    raises:  CancelledError after `stop`; BrokenPipeError if nobody reads the screen
    """
    run = _Run(screen, limit_s, out, path.parent)
    error = CellError()
    _running.add(run)
    try:
        papermill.execute_notebook(
            _without_fields(path), None, parameters=dict(parameters), engine_name=_ENGINE,
            kernel_name="python3", language="python", progress_bar=False, run=run,
        )  # fmt: skip
        ended: Ended = "done"
    except CellExecutionError as raised:
        ended, error = "raised", run.error(raised.ename, raised.evalue)
    except CellTimeoutError as late:
        ended, error = "limit", run.error("TimeoutError", str(late))
    except DeadKernelError:
        ended, error = "died", run.error("DeadKernelError", "")
    except BrokenPipeError:
        # Nobody reads the screen, which is no fault of the notebook.
        raise
    except Exception as broken:
        ended, error = "broken", run.error(type(broken).__name__, str(broken))
    finally:
        _running.discard(run)
    if run.stopped:
        raise CancelledError
    run.screen.end_cell()
    return Execution(ended, _as_saved(run.notebook, path), time.monotonic() - run.began, error)


@contextmanager
def quiet() -> Iterator[None]:
    """Silence the loggers and warnings of packages whose messages are for their own developers."""
    for name in ("papermill", "traitlets", "asyncio"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def stop() -> None:
    """Kill the kernels of all running executions, so that each execution ends."""
    for run in tuple(_running):
        run.stop()


class _Run:
    """What the engine is given, and what it leaves behind however it ends."""

    def __init__(self, screen: Screen, limit_s: float, out: Path, folder: Path) -> None:
        self.screen = screen
        self.folder = str(folder)
        self.variables = {**os.environ, OUT_VARIABLE: str(out)}
        self.began = time.monotonic()
        self.limit_s = limit_s
        self.cell: Any = None
        self.notebook: Any = None
        self.manager: Any = None
        self.stopped = False

    def stop(self) -> None:
        """Kill the kernel, if it has started."""
        self.stopped = True
        process = getattr(getattr(self.manager, "provisioner", None), "process", None)
        if process is not None:
            process.kill()

    def error(self, name: str, message: str) -> CellError:
        """The error of the cell that ran last, with its traceback."""
        if self.cell is None:
            return CellError(name, message)
        shown = [
            out.traceback for out in self.cell.get("outputs", []) if out.output_type == "error"
        ]
        traceback = "\n".join(shown[-1]) if shown else ""
        return CellError(name, message, self.cell.source, traceback)

    def left_s(self, _cell: object = None) -> float:
        """The seconds left, never 0, which nbclient takes for no limit at all."""
        return max(0.001, self.began + self.limit_s - time.monotonic())


class _ThisInterpreter(KernelSpecManager):
    """Knows one kernel: the running interpreter, whatever the user has installed as python3."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        launch = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(
            argv=launch, name=kernel_name, display_name="Python 3", language="python",
            metadata={"supported_encryption": ["curve"]},
        )  # fmt: skip


class _Client(PapermillNotebookClient):  # type: ignore[misc] # papermill is untyped
    """Papermill's client, with messages shown on the screen and one limit for all cells."""

    def __init__(self, managed: Any, run: _Run) -> None:
        super().__init__(
            managed, kernel_name="python3", coalesce_streams=True, timeout_func=run.left_s,
            timeout=max(1, int(run.limit_s)), startup_timeout=_START_S,
            iopub_timeout=_OUTPUT_S, log=logging.getLogger("papermill"),
        )  # fmt: skip
        self._run = run

    def create_kernel_manager(self) -> AsyncKernelManager:
        self.km = AsyncKernelManager(
            kernel_name="python3", kernel_spec_manager=_ThisInterpreter(), config=self.config,
            transport_encryption="auto" if zmq.has("curve") else "disabled",
        )  # fmt: skip
        self._run.manager = self.km
        return self.km

    def papermill_execute_cells(self) -> None:
        for index, cell in enumerate(self.nb.cells):
            self._run.cell = cell
            self.nb_man.cell_start(cell, index)
            try:
                self.execute_cell(cell, index)
            except CellExecutionError as raised:
                self.nb_man.cell_exception(cell, cell_index=index, exception=raised)
                raise
            except CellTimeoutError:
                # Otherwise a kernel that does not answer would get five seconds to shut down.
                self.shutdown_kernel = "immediate"
                raise
            finally:
                self.nb_man.cell_complete(cell, cell_index=index)
                self._run.screen.end_cell()

    def process_message(self, msg: dict[str, Any], cell: Any, cell_index: int) -> Any:
        self._run.screen.show(msg)
        return super().process_message(msg, cell, cell_index)


class _Engine(Engine):  # type: ignore[misc] # papermill is untyped
    """Passes on what a cell raises; papermill's own check of the outputs would add markers."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: Any, kernel_name: str, *, run: _Run, **_: Any
    ) -> None:
        run.notebook = nb_man.nb
        # Only the kernel changes to the notebook's folder, as two notebooks share this process.
        _Client(nb_man, run).execute(env=run.variables, cwd=run.folder)


_running: set[_Run] = set()
papermill_engines.register(_ENGINE, _Engine)


def _without_fields(path: Path) -> str:
    """A path with braces escaped, since papermill fills in {fields}."""
    return str(path).replace("{", "{{").replace("}", "}}")


def _as_saved(notebook: Any, path: Path) -> dict[str, Any]:
    """The notebook as plain data, as its file stores it, without this machine's paths."""
    if notebook is None:
        return {}
    known = notebook.metadata.papermill
    known["input_path"] = path.name
    known.pop("output_path", None)
    saved: dict[str, Any] = json.loads(nbformat.writes(notebook))
    return saved
