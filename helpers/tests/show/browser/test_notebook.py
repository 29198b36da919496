"""The first notebook in JupyterLab: run, sent again by hand, interrupted, reloaded."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from helpers.tests.support.browser import Lab, NotebookPage
from helpers.tests.support.browser_panel import NOTEBOOK, PanelPage, panel_notebook

STREAMED = 9
COSTS = 11
VERDICT = 13
GROWTH = """
index => {
  const cell = document.querySelectorAll('.jp-Notebook .jp-Cell')[index];
  window.lengths = new Set();
  new MutationObserver(() => window.lengths.add(
    [...cell.querySelectorAll('.endpointscope-answer')].map(e => e.innerText).join('').length
  )).observe(cell, {childList: true, subtree: true});
}
"""


def test_all_cells_run_to_the_verdict(page: Page, lab: Lab) -> None:
    """As it is: two answers, the second one growing, their costs and a green verdict.

    After a reload of the page the kernel still has the answer, and a new cell shows it.
    """
    opened = NotebookPage(page, lab, lab.copy(NOTEBOOK))
    page.evaluate(GROWTH, STREAMED)
    opened.run_all()
    expect(opened.cell(VERDICT)).to_contain_text("Does it answer? Yes")
    expect(opened.cell(COSTS).locator("tr")).to_have_count(3)
    assert len(page.evaluate("() => [...window.lengths].filter(n => n > 0)")) >= 3
    assert 0 == page.locator("[data-mime-type='application/vnd.jupyter.error']").count()

    panel = PanelPage(opened)
    panel.ask("demo:thinking+fast")
    panel.send.click()
    expect(panel.answer).to_have_text(["A tree stands still and grows."])
    opened.saved()
    page.reload()
    again = NotebookPage(page, lab, opened.path)
    again.command("notebook:insert-cell-below")
    shown = PanelPage(again).run("panel.answer")
    assert "A tree stands still and grows." in shown


def test_a_send_while_cells_run_and_a_cell_interrupted(page: Page, lab: Lab) -> None:
    """Send waits for no cell but the panel's own; an interrupt ends the request with its cell."""
    waits = "import asyncio\ncame = asyncio.Event()\nawait came.wait()\nprint('woken')"
    opened = NotebookPage(page, lab, lab.copy(panel_notebook(waits, "")))
    opened.start_all()
    panel = PanelPage(opened)
    panel.wait("idle")
    panel.ask("demo:thinking+fast")
    panel.send.click()
    expect(panel.answer).to_have_text(["A tree stands still and grows."])
    assert 0 == opened.cell(3).locator(".endpointscope-answer").count()
    opened.command("notebook:interrupt-kernel")
    # A click's end makes the kernel look idle, although a cell still waits.
    expect(opened.cell(3)).to_contain_text("Traceback")

    panel.ask("demo:burst")
    panel.parameters(max_tokens="100000")
    page.evaluate(
        "() => { const n = window.jupyterapp.shell.currentWidget.content; n.activeCellIndex = 4;"
        " n.deselectAll(); n.activeCell.model.sharedModel.setSource('await panel.ask()');"
        " window.jupyterapp.commands.execute('notebook:run-cell'); return null; }"
    )
    expect(opened.cell(4)).to_contain_text("000100")
    panel.send.click()
    opened.command("notebook:interrupt-kernel")
    panel.wait("stopped")
    opened.wait_idle()
    assert ["client closed"] == panel.closed_by_client("burst")

    panel.ask("demo:thinking+fast")
    panel.send.click()
    panel.wait("done")
    expect(panel.answer).to_have_text(["A tree stands still and grows."])
