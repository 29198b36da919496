"""The comparison in JupyterLab: columns that stream, a Stop that keeps what came, and Go on."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from helpers.tests.support.browser import Lab, NotebookPage, real_notebook


def test_a_comparison_is_stopped_and_goes_on(page: Page, lab: Lab) -> None:
    """The text grows in its column; the line answers for what came, then for all of it."""
    compare = real_notebook(
        "06_compare", cells=("parameters", "live"), targets=["demo", "demo:crlf"], turns=3,
        tools=False, max_tokens=40,
    )  # fmt: skip
    notebook = NotebookPage(page, lab.copy(compare), kernel=lab.kernel)
    notebook.start_all()
    live = notebook.cell("live")
    expect(live).to_contain_text("10 requests, at most 400 tokens")
    expect(live).to_contain_text("streaming")
    live.get_by_role("button", name="Stop").click()
    expect(live).to_contain_text("requests were not sent")
    live.get_by_role("button", name="Go on").click()
    expect(live).to_contain_text("10 of 10 all answered")
    expect(live.locator("svg[role=img]")).to_have_count(2)
    expect(notebook.outputs("live").first).not_to_contain_text("not asked")
    # Whether one of two equal targets answers sooner is chance.
    expect(notebook.outputs("live").first).to_contain_text(re.compile("First text: |first text "))
