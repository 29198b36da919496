"""A batch in JupyterLab: it can be stopped while it runs, and gone on with."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from helpers.tests.support.browser import Lab, NotebookPage, real_notebook


def test_a_running_batch_is_stopped_by_its_button(page: Page, lab: Lab) -> None:
    """The cell ends within moments, with what came and the question left open."""
    notebook = real_notebook("09_batch", cells=("parameters", "live"), base_url="demo", at_once=2)
    shown = NotebookPage(page, lab.copy(notebook), kernel=lab.kernel)
    shown.start_all()
    live = shown.cell("live")
    # Two are asked at once: that one alone has an answer may never be seen.
    expect(live).to_contain_text(re.compile(r"[1-9]\d* of 60"))
    live.get_by_role("button", name="Stop").click()
    expect(live).to_contain_text("Did every prompt get an answer? Unclear. You stopped")
    expect(live).to_contain_text("tokens out")
    assert 0 == live.locator("script").count()
