"""The conformance report in JupyterLab: in view, said once, filtered, opened to the bytes."""

from __future__ import annotations

import nbformat
from playwright.sync_api import Page, expect

from helpers.tests.support.browser import REPOSITORY, Lab, NotebookPage

NAME = "04_conformance"


def test_what_is_ignored_is_in_view_and_opens_to_its_bytes(page: Page, lab: Lab) -> None:
    """After Run All at 1280 by 900; then only what is ignored, and what came for it."""
    notebook = nbformat.read(REPOSITORY / "notebooks" / f"{NAME}.ipynb", as_version=4)
    ids = [cell.id for cell in notebook.cells]
    parameters = notebook.cells[ids.index("parameters")]
    parameters.source += '\nbase_url = "demo:textbook+ignores-stop"\nskip = ["context"]'
    opened = NotebookPage(page, lab.copy(notebook), kernel=lab.kernel)
    opened.start_all()
    live = opened.cell(ids.index("live"))
    expect(live).to_contain_text("limit-stop-string is ignored: the text goes on after")
    expect(opened.cell(ids.index("verdict"))).to_contain_text("EndpointFailed")
    live.scroll_into_view_if_needed()
    opened.screenshot("conformance")

    head = live.get_by_text("With care for plain chat.")
    expect(head).to_have_count(1)
    expect(head).to_be_in_viewport()
    expect(live.get_by_text("silently wrong")).to_be_in_viewport()

    live.get_by_label("Verdict").select_option("ignored")
    expect(live.get_by_text("limit-stop-stream", exact=True)).to_be_visible()
    expect(live.get_by_text("models-list", exact=True)).to_have_count(0)
    summary = live.locator("summary", has_text="the text goes on after").first
    summary.click()
    expect(live.locator("pre", has_text="the text ends before the stop word")).to_be_visible()
    opened.screenshot("conformance-ignored")
