"""The notebook on streams in JupyterLab: a timeline that grows, a picture and text that stay."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from helpers.tests.support.browser import Lab, NotebookPage, real_notebook

WATCH = """
() => {
  window.counts = [];
  new MutationObserver(() => {
    for (const picture of document.querySelectorAll('.jp-OutputArea svg[role=img]')) {
      const count = /Timeline: (\\d+) read/.exec(picture.getAttribute('aria-label') || '');
      if (count && window.counts.at(-1) !== +count[1]) window.counts.push(+count[1]);
    }
  }).observe(document.querySelector('.jp-Notebook'), {childList: true, subtree: true});
}
"""


def test_the_stream_is_watched_until_its_verdict(page: Page, lab: Lab) -> None:
    """The timeline grows and ends as a PNG with the text below it; panel and last cell say yes.

    Then a click looks closer: its button says how many requests it takes, whole, and its tables
    stand where it stood.
    """
    stream = real_notebook(
        "03_stream", cells=("parameters", "live", "deeper", "verdict"), base_url="demo:comments"
    )
    notebook = NotebookPage(page, lab.copy(stream), kernel=lab.kernel)
    page.evaluate(WATCH)
    notebook.run_all()
    expect(notebook.cell("verdict")).to_contain_text("Is it really streaming? Yes.")
    live = notebook.cell("live")
    expect(live.locator(".es-said")).to_contain_text("Is it really streaming? Yes.")
    expect(live.locator(".es-said")).to_be_in_viewport()
    counts = page.evaluate("() => window.counts")
    assert len(set(counts)) >= 3
    assert sorted(counts) == counts
    expect(live).to_contain_text(re.compile(r"streamed · \d+ chunks in \d+ reads"))
    image = live.locator("img")
    assert 2200 == image.evaluate("image => image.naturalWidth")
    text = live.locator(".endpointscope-answer")
    assert len(text.last.inner_text()) > 40
    picture = image.bounding_box()
    below = text.first.bounding_box()
    assert picture
    assert below
    assert picture["y"] + picture["height"] <= below["y"] + 1

    deeper = notebook.cell("deeper")
    look = deeper.get_by_role("button", name="Look closer: 6 requests")
    assert look.evaluate("button => button.scrollWidth <= button.clientWidth")
    look.click()
    expect(deeper).to_contain_text("without compression")
    expect(deeper).to_contain_text("from an idle server")
