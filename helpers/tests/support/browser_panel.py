"""The panel of the first notebook, open in JupyterLab, as a person's hands find it."""

from __future__ import annotations

from typing import Any

import nbformat
from playwright.sync_api import Locator, expect

from helpers.tests.support.browser import NotebookPage, real_notebook
from helpers.tests.support.waiting import until

_SHOWN = "await panel.show()"
_WATCH = """
() => {
  const cell = document.querySelector('.es-panel').closest('.jp-Cell');
  const panel = cell.querySelector('.es-panel');
  const seen = window.seen = {lengths: [], heights: [], changed: 0};
  let text = null;
  new MutationObserver(() => {
    const answers = cell.querySelectorAll('.endpointscope-answer:not(:has(details))');
    const now = [...answers].map(e => e.innerText).join('');
    if (now !== text) {
      text = now;
      seen.changed = performance.now();
      if (now.length) seen.lengths.push(now.length);
    }
    if (panel.querySelector('.es-state b')?.innerText === 'streaming')
      seen.heights.push(panel.getBoundingClientRect().height);
  }).observe(cell, {childList: true, subtree: true, characterData: true});
}
"""


def panel_notebook(*more: str) -> nbformat.NotebookNode:
    """Return the first notebook up to its panel, nothing asked yet, and further code cells."""
    notebook = real_notebook("01_ask", cells=("parameters", "live"))
    live = notebook.cells[-1]
    live.source = live.source.partition(_SHOWN)[0] + _SHOWN
    notebook.cells += [
        nbformat.v4.new_code_cell(source, id=f"more-{number}") for number, source in enumerate(more)
    ]
    return notebook


class PanelPage:
    """The panel on a notebook's page: its controls by their names, its status, its answer."""

    def __init__(self, notebook: NotebookPage) -> None:
        self.notebook = notebook
        self.page = notebook.page
        self.panel = self.page.locator(".es-panel").last
        self.cell = notebook.cells.filter(has=self.panel)
        self.url = self.panel.get_by_label("Base URL", exact=True)
        self.prompt = self.panel.get_by_label("Prompt", exact=True)
        self.stream = self.panel.get_by_label("Stream", exact=True)
        self.send = self.button("Send")
        self.stop = self.button("Stop")
        self.state = self.panel.locator(".es-state b")
        self.models = self.panel.locator(".es-state-of").first
        self.said = self.panel.locator(".es-said")
        # What the last question came to may stand below it, in dim letters.
        self.note = self.panel.locator(".es-note:not(.es-dim)")
        self.answer = self.cell.locator(".endpointscope-answer:not(:has(details))")

    def button(self, name: str) -> Locator:
        """Return a button of the panel."""
        return self.panel.get_by_role("button", name=name, exact=True)

    def ask(self, base_url: str, *, model: str = "1 model") -> None:
        """Type an address, and wait until its models are known or are not to be had."""
        self.url.fill(base_url)
        self.url.press("Enter")
        expect(self.models).to_contain_text(model)

    def figure(self, label: str) -> Locator:
        """Return one figure of the status line."""
        return self.panel.locator(".es-slot").filter(has_text=label)

    def wait(self, state: str) -> None:
        """Wait until the status line says a state."""
        expect(self.state).to_have_text(state)

    def parameters(self, **values: str) -> None:
        """Unfold the parameters and type some of them."""
        self.button("Parameters").click()
        for label, value in values.items():
            field = self.panel.get_by_label(label.replace("_", " ").capitalize(), exact=True)
            field.fill(value)
            field.press("Tab")

    def watch(self) -> None:
        """Note from now on how the answer's length and the panel's height change."""
        self.page.evaluate(_WATCH)

    def seen(self) -> dict[str, Any]:
        """Return what `watch` noted, with the page's clock in ms."""
        return self.page.evaluate("() => ({...window.seen, now: performance.now()})")

    def run(self, source: str, index: int = -1) -> str:
        """Run code in a cell of the notebook and return the text it shows."""
        self.page.evaluate(
            "([source, index]) => { const n = window.jupyterapp.shell.currentWidget.content;"
            " n.activeCellIndex = (index + n.widgets.length) % n.widgets.length;"
            " n.deselectAll(); n.activeCell.model.sharedModel.setSource(source); }",
            [source, index],
        )
        self.notebook.command("notebook:run-cell")
        return self.page.evaluate(
            "index => window.jupyterapp.shell.currentWidget.content.widgets.at(index)"
            ".outputArea.node.innerText",
            index,
        )

    def last_end(self, mode: str) -> str:
        """Return how the engine saw the last chat in a mode end, once none of them is open."""
        source = (
            "from helpers.server.builtin import exchanges, opened\n"
            "from helpers.endpoint import resolve\n"
            "print([e['end'] for e in await exchanges(await opened(resolve('demo')))"
            f" if e['mode'] == {mode!r} and e['path'].endswith('completions')])"
        )
        until(lambda: "open" not in self.run(source))
        return self.run(source).strip().strip("[]").split(",")[-1].strip(" '")
