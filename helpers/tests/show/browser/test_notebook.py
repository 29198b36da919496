"""The first notebook in JupyterLab: run, sent again by hand, interrupted, reloaded."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from helpers.errors import INTERRUPTED
from helpers.tests.support.browser import Lab, NotebookPage, real_notebook
from helpers.tests.support.browser_panel import PanelPage, panel_notebook

GROWTH = """
() => {
  const notebook = document.querySelector('.jp-Notebook');
  window.lengths = new Set();
  new MutationObserver(() => window.lengths.add(
    [...notebook.querySelectorAll('.endpointscope-answer')].map(e => e.innerText).join('').length
  )).observe(notebook, {childList: true, subtree: true});
}
"""
RESTARTS = """
() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel
  .statusChanged.emit('restarting')
"""


def test_all_cells_run_to_the_verdict(page: Page, lab: Lab) -> None:
    """As it is: two answers, the first one growing, their costs and a green verdict, all in view.

    After a reload of the page the kernel still has the answer, and a new cell shows it.
    """
    opened = NotebookPage(page, lab.copy(real_notebook("01_ask")), kernel=lab.kernel)
    page.evaluate(GROWTH)
    opened.run_all()
    expect(opened.cell("verdict")).to_contain_text("Does it answer? Yes")
    live = opened.cell("live")
    expect(live.locator(".es-said")).to_contain_text("Does it answer? Yes")
    for shown in (".es-panel", ".es-said", ".endpointscope-answer"):
        expect(live.locator(shown).first).to_be_in_viewport()
    expect(live).to_contain_text("As a stream")
    expect(live).to_contain_text("In one piece")
    expect(live.locator("table:not(.es-session) tr")).to_have_count(3)
    expect(opened.cell("costs")).to_be_hidden()
    assert len(page.evaluate("() => [...window.lengths].filter(n => n > 0)")) >= 3
    assert 0 == page.locator("[data-mime-type='application/vnd.jupyter.error']").count()

    panel = PanelPage(opened)
    panel.ask("demo:thinking+fast")
    panel.send.click()
    expect(panel.answer).to_have_text(["A tree stands still and grows."])
    expect(live).not_to_contain_text("In one piece")
    expect(live.locator("table:not(.es-session)")).to_have_count(0)
    saved = opened.saved()
    elsewhere = NotebookPage(page, lab.copy(saved), kernel=False)
    lost = elsewhere.cell("live").get_by_text("model not found")
    lost.wait_for(state="attached")
    expect(lost).to_be_hidden()
    expect(elsewhere.cell("live")).to_contain_text("A tree stands still and grows.")
    expect(elsewhere.cell("live").locator(".endpointscope-kept b")).to_be_visible()
    elsewhere.close()
    opened.reload()
    opened.command("notebook:insert-cell-below")
    shown = panel.run("panel.answer")
    assert "A tree stands still and grows." in shown


def test_a_send_while_cells_run_and_a_cell_interrupted(page: Page, lab: Lab) -> None:
    """Send waits for no cell but the panel's own; an interrupt ends the request with its cell.

    A panel whose kernel was restarted takes nothing more.
    """
    waits = "import asyncio\ncame = asyncio.Event()\nawait came.wait()\nprint('woken')"
    opened = NotebookPage(page, lab.copy(panel_notebook(waits, "")), kernel=lab.kernel)
    opened.start_all()
    panel = PanelPage(opened)
    panel.wait("idle")
    panel.ask("demo:thinking+fast")
    panel.send.click()
    expect(panel.answer).to_have_text(["A tree stands still and grows."])
    assert 0 == opened.cell(2).locator(".endpointscope-answer").count()
    opened.command("notebook:interrupt-kernel")
    # A click's end makes the kernel look idle, although a cell still waits.
    expect(opened.cell(2)).to_contain_text("Traceback")

    # A burst may be over before a busy page has shown it.
    panel.ask("demo:endless")
    page.evaluate(
        "() => { const n = window.jupyterapp.shell.currentWidget.content; n.activeCellIndex = 3;"
        " n.deselectAll(); n.activeCell.model.sharedModel.setSource('await panel.ask()');"
        " window.jupyterapp.commands.execute('notebook:run-cell'); return null; }"
    )
    expect(opened.cell(3)).to_contain_text("tree tree tree")
    panel.send.click()
    opened.command("notebook:interrupt-kernel")
    panel.wait("stopped")
    opened.wait_idle()
    expect(opened.cell(3)).to_contain_text(INTERRUPTED)
    expect(opened.cell(3)).not_to_contain_text("CancelledError")
    assert "client closed" == panel.last_end("endless")

    panel.ask("demo:thinking+fast")
    panel.send.click()
    panel.wait("done")
    expect(panel.answer).to_have_text(["A tree stands still and grows."])
    page.evaluate(RESTARTS)
    expect(panel.panel.get_by_text("The kernel has stopped or was restarted.")).to_be_visible()
    assert panel.send.evaluate("button => !!button.closest('[inert]')")
