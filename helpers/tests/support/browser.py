"""A real JupyterLab in a real Chromium, for tests of what a person sees."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.request
import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from http.client import HTTPResponse
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import nbformat
from playwright.sync_api import BrowserContext, Locator, Page, Request, expect
from playwright.sync_api import Error as PlaywrightError

from helpers.tests.support.waiting import PATIENCE_S

REPOSITORY = Path(__file__).resolve().parents[3]
OUT = REPOSITORY / "out"
WAIT_S = 90
# JupyterLab stands in the page after 4 s, or 20 on a busy machine. Once in many runs it never
# does: then a new page is opened.
LOADING_S = 45
TRIES = 4
# Playwright otherwise looks once a frame, and a page that draws no frame is never looked at.
POLLING_MS = 50
expect.set_options(timeout=PATIENCE_S * 1000)
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_CLOSE_ALL = """
() => {
  for (const widget of window.jupyterapp.shell.widgets('main'))
    if (widget.context) widget.context.model.dirty = false;
  return window.jupyterapp.commands.execute('application:close-all').then(() => null);
}
"""
_IDS = "() => window.jupyterapp.shell.currentWidget.content.widgets.map(w => w.model.id)"
# The pipe closes when the test run ends, however it ends, and the server ends with it. The programs
# that JupyterLab starts are not given the pipe: node lets it no longer wait, as if it had closed.
_SERVER = """
import os, signal, sys, threading
pipe = os.dup(0)
os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
def follow():
    os.read(pipe, 1)
    os.kill(os.getpid(), signal.SIGTERM)
threading.Thread(target=follow, daemon=True).start()
from jupyterlab.labapp import main
main()
"""
_SETTINGS = {
    # Cells out of sight are taken out of the page otherwise, and a test would not find them.
    "notebook-extension/tracker.jupyterlab-settings": {"windowingMode": "none"},
    "docmanager-extension/plugin.jupyterlab-settings": {"autosave": False},
}


def chromium_path() -> str | None:
    """Return the first Chromium found on the PATH."""
    return next(filter(None, map(shutil.which, CHROMIUM)), None)


@dataclass
class Lab:
    """A running JupyterLab whose root is the repository; its notebooks are copies in `folder`."""

    url: str
    token: str
    folder: Path

    def copy(self, notebook: Path | nbformat.NotebookNode) -> Path:
        """Return the path of a copy that can be opened and written."""
        path = self.folder / f"{uuid.uuid4().hex[:8]}.ipynb"
        if isinstance(notebook, Path):
            notebook = nbformat.read(notebook, as_version=4)
        nbformat.write(notebook, path)
        return path

    @cached_property
    def kernel(self) -> str:
        """The id of a kernel that notebooks share: to start one takes longer than most tests."""
        started_in = self.folder.relative_to(REPOSITORY).as_posix()
        with self._request("POST", "api/kernels", name="python3", path=started_in) as answer:
            return str(json.load(answer)["id"])

    def end_kernels(self) -> None:
        """End every kernel that an earlier page left running, but the one that is shared."""
        with self._request("GET", "api/kernels") as answer:
            kernels = {kernel["id"] for kernel in json.load(answer)}
        for kernel in kernels - {vars(self).get("kernel")}:
            self._request("DELETE", f"api/kernels/{kernel}").close()

    def _request(self, method: str, path: str, /, **body: str) -> HTTPResponse:
        request = urllib.request.Request(
            f"{self.url}/{path}", method=method, headers={"Authorization": f"token {self.token}"},
            data=json.dumps(body).encode() if body else None,
        )  # fmt: skip
        return urllib.request.urlopen(request, timeout=30)

    def open(self, context: BrowserContext) -> Page:
        """Return a new page in which JupyterLab stands, with no document open."""
        seen: list[str] = []
        for _ in range(TRIES):
            page = context.new_page()
            page.on("console", lambda message: seen.append(message.text))
            page.on("requestfailed", lambda request: seen.append(f"failed: {request.url}"))
            page.on("crash", lambda _: seen.append("the page crashed"))
            page.set_default_timeout(LOADING_S * 1000)
            try:
                page.goto(f"{self.url}/lab?token={self.token}&reset")
                started(page)
            except PlaywrightError as error:
                seen.append(str(error))
                page.close()
            else:
                page.set_default_timeout(WAIT_S * 1000)
                return page
        told = "\n".join(seen).replace(self.token, "…")
        raise RuntimeError(
            f"Expected JupyterLab in the page after {LOADING_S} s; it did not come in {TRIES}"
            f" pages. The browser and its console said:\n{told[-4000:]}"
        )

    def close_all(self, page: Page) -> None:
        """Close every document, unsaved, and end its kernel: the page is as it was at first."""
        page.evaluate(_CLOSE_ALL)
        self.end_kernels()


def real_notebook(
    stem: str, *, cells: Collection[str] = (), **parameters: object
) -> nbformat.NotebookNode:
    """Return one of the notebooks, with parameters set as papermill would set them.

    cells:  the ids of those that it keeps; all of them unless some are named
    """
    notebook = nbformat.read(REPOSITORY / "notebooks" / f"{stem}.ipynb", as_version=4)
    given = next(cell for cell in notebook.cells if cell.id == "parameters")
    given.source += "".join(f"\n{name} = {value!r}" for name, value in parameters.items())
    notebook.cells = [cell for cell in notebook.cells if not cells or cell.id in cells]
    return notebook


def notebook_of(*sources: str) -> nbformat.NotebookNode:
    """Return a notebook of code cells."""
    cells = [nbformat.v4.new_code_cell(source, id=f"cell-{n}") for n, source in enumerate(sources)]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})


@contextmanager
def running_lab(state: Path) -> Iterator[Lab]:
    """Start JupyterLab with its own state in a folder; yield it and end it with its kernels."""
    for name, settings in _SETTINGS.items():
        path = state / "settings" / "@jupyterlab" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(settings))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = OUT / "browser" / uuid.uuid4().hex[:8]
    folder.mkdir(parents=True)
    lab = Lab(f"http://127.0.0.1:{port}", uuid.uuid4().hex, folder)
    with (OUT / "browser" / "jupyterlab.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-c", _SERVER, *_arguments(port, lab.token)],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            env=os.environ | _environment(state),
            cwd=REPOSITORY,
        )
        try:
            _wait_until_it_answers(lab, server)
            yield lab
        finally:
            assert server.stdin is not None
            server.stdin.close()
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
            shutil.rmtree(folder, ignore_errors=True)


def _arguments(port: int, token: str) -> list[str]:
    return [
        "--no-browser",
        "--allow-root",
        "--expose-app-in-browser",
        "--ip=127.0.0.1",
        f"--port={port}",
        "--ServerApp.port_retries=0",
        f"--ServerApp.root_dir={REPOSITORY}",
        f"--IdentityProvider.token={token}",
    ]


def _environment(state: Path) -> dict[str, str]:
    names = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
    }
    return {variable: str(state / name) for variable, name in names.items()} | {
        "JUPYTER_CONFIG_PATH": str(REPOSITORY / "helpers" / "jupyter")
    }


def _wait_until_it_answers(lab: Lab, server: subprocess.Popen[bytes]) -> None:
    deadline = monotonic() + WAIT_S
    while monotonic() < deadline and server.poll() is None:
        try:
            lab._request("GET", "api/kernels").close()
        except (urllib.error.URLError, OSError):
            sleep(0.1)
        else:
            return
    log = (OUT / "browser" / "jupyterlab.log").read_text(errors="replace")
    raise RuntimeError(f"Expected JupyterLab to answer at {lab.url}; its log ends:\n{log[-2000:]}")


def wait_for(page: Page, condition: str, given: object = None) -> None:
    """Wait until a JavaScript function returns something true in the page."""
    page.wait_for_function(condition, arg=given, polling=POLLING_MS)


def started(page: Page) -> None:
    """Wait until JupyterLab stands in the page."""
    wait_for(page, "() => window.jupyterapp && window.jupyterapp.started")
    page.evaluate("() => window.jupyterapp.started.then(() => null)")


@contextmanager
def requests_of(page: Page) -> Iterator[list[str]]:
    """Note the addresses that a page asks for."""
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    page.on("request", note)
    yield asked
    page.remove_listener("request", note)


class NotebookPage:
    """One notebook, open in JupyterLab with an idle kernel.

    kernel:  the id of the one that it runs in; True for a new one, False to run nothing
    """

    def __init__(self, page: Page, path: Path, *, kernel: str | bool = True) -> None:
        self.page = page
        self.path = path
        chosen = {"kernel": {"id": kernel}} if isinstance(kernel, str) else {}
        page.evaluate(
            "how => window.jupyterapp.commands.execute('docmanager:open', how).then(() => null)",
            {"path": path.relative_to(REPOSITORY).as_posix(), **chosen},
        )
        self._wait_open()
        if kernel:
            self.wait_idle()

    def close(self) -> None:
        """Close the notebook, unsaved; the one that was opened before is in front again."""
        self.page.evaluate(
            "() => { const w = window.jupyterapp.shell.currentWidget;"
            " w.context.model.dirty = false; w.close(); }"
        )

    def reload(self) -> None:
        """Load the page again; JupyterLab opens the notebook as it was saved."""
        self.page.reload()
        started(self.page)
        self._wait_open()
        self.wait_idle()

    def _wait_open(self) -> None:
        wait_for(
            self.page,
            "name => { const w = window.jupyterapp.shell.currentWidget;"
            " return !!w && w.title.label === name && !!w.content.model && w.context.isReady; }",
            self.path.name,
        )

    def wait_idle(self) -> None:
        """Wait until the kernel has nothing to do."""
        wait_for(
            self.page,
            "() => window.jupyterapp.shell.currentWidget"
            ".sessionContext.session?.kernel?.status === 'idle'",
        )

    def command(self, name: str) -> Any:
        """Run one of JupyterLab's commands and wait for its end."""
        return self.page.evaluate(
            "name => window.jupyterapp.commands.execute(name).then(() => null)", name
        )

    def start_all(self) -> None:
        """Run all cells without waiting for them."""
        self.page.evaluate(
            "() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); return null; }"
        )

    def run_all(self) -> None:
        """Run all cells and wait until the last one is done."""
        self.command("notebook:run-all-cells")
        self.wait_idle()

    def cell(self, place: int | str) -> Locator:
        """Return a cell by its place in the notebook, or by its id."""
        ids = [] if isinstance(place, int) else self.page.evaluate(_IDS)
        return self.cells.nth(place if isinstance(place, int) else ids.index(place))

    @property
    def cells(self) -> Locator:
        """The cells of the notebook that is in front."""
        return self.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook .jp-Cell")

    def outputs(self, place: int | str) -> Locator:
        """Return the outputs of a cell."""
        return self.cell(place).locator(".jp-OutputArea-child")

    def screenshot(self, name: str) -> Path:
        """Take a picture of the page to out/."""
        path = OUT / f"{name}.png"
        self.page.screenshot(path=path)
        return path

    def use_theme(self, name: str) -> None:
        """Change JupyterLab's theme: "JupyterLab Light" or "JupyterLab Dark"."""
        self.page.evaluate(
            "theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})"
            ".then(() => null)",
            name,
        )
        wait_for(
            self.page,
            "theme => document.body.dataset.jpThemeName === theme"
            " && !document.getElementById('jupyterlab-splash')",
            name,
        )

    def saved(self) -> nbformat.NotebookNode:
        """Save the notebook and return what the file holds."""
        self.command("docmanager:save")
        return nbformat.read(self.path, as_version=4)
