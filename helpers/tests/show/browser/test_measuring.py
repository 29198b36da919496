"""What is measured, in JupyterLab: the answer and its figures in view, without scrolling."""

from __future__ import annotations

import json
from pathlib import Path

from playwright.sync_api import Page, expect

from helpers.selftest.bench.kept import data
from helpers.tests.support.bench import FIGURES
from helpers.tests.support.browser import Lab, NotebookPage, real_notebook

CELLS = ("title", "parameters", "live")
# Three seconds of numbers are painted otherwise, three times.
FEW = 150


def test_how_fast_it_is_stands_above_its_figures(page: Page, lab: Lab) -> None:
    """The verdict's line, the plain answer and a row for each load."""
    speed = real_notebook("05_speed", cells=CELLS, at_once=[1, 2], requests=2, max_tokens=4)
    notebook = NotebookPage(page, lab.copy(speed), kernel=lab.kernel)
    notebook.run_all()
    live = notebook.cell("live")
    expect(live.get_by_text("✓ How fast is it, alone and under load?")).to_be_in_viewport()
    expect(live).to_contain_text("demo:eight-at-once")
    expect(live.get_by_role("row", name="2 at once")).to_be_in_viewport(ratio=1)


def test_what_the_kit_costs_stands_above_its_plot(page: Page, lab: Lab, tmp_path: Path) -> None:
    """Of a bench that was kept: how many budgets are kept, and how late chunks are stamped.

    Then the page tells when it has painted: a press of the button counts in three ways, and leaves
    a row for each and nothing else.
    """
    bench = tmp_path / "bench.json"
    bench.write_text(json.dumps(data(FIGURES)))
    cost = real_notebook("12_overhead", cells=(*CELLS, "painting"), file=str(bench))
    fewer = f"from helpers.selftest.bench import painting as way\nway.TOKENS = {FEW}"
    next(cell for cell in cost.cells if cell.id == "parameters").source += f"\n{fewer}"
    notebook = NotebookPage(page, lab.copy(cost), kernel=lab.kernel)
    notebook.run_all()
    live = notebook.cell("live")
    expect(live.get_by_text("budgets are kept")).to_be_in_viewport()
    expect(live.get_by_role("img")).to_be_in_viewport(ratio=1)

    painting = notebook.cell("painting")
    painting.get_by_role("button", name="Measure in this page").click()
    row = painting.get_by_role("row", name="print loop")
    expect(row).to_be_visible(timeout=120_000)
    expect(painting.get_by_text("numbers, 300 a second")).to_be_visible()
    assert "print loop" not in painting.locator(".jp-RenderedText").all_inner_texts()
    counted = [cell.inner_text() for cell in row.get_by_role("cell").all()]
    assert counted[1].endswith(" ms")
    assert int(counted[4]) < FEW
