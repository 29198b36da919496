"""The notebooks on streams in JupyterLab: a timeline that grows, a picture and text that stay."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from helpers.tests.support.browser import Lab, NotebookPage, notebook_of, real_notebook

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
    """The timeline grows and ends as a PNG with the text below it; panel and last cell say yes."""
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


def test_a_closer_look_is_asked_for_by_a_click(page: Page, lab: Lab) -> None:
    """The button says how many requests it takes, whole, and its tables stand where it stood."""
    cell = (
        "import helpers as es\n"
        "from helpers import cells\n"
        "asked = await es.ask('write a poem about a tree', 'demo:fast', show=False)\n"
        "deeper = await cells.look_closer(asked, deep=False)\n"
        "deeper"
    )
    notebook = NotebookPage(page, lab.copy(notebook_of(cell)), kernel=lab.kernel)
    notebook.run_all()
    look = notebook.cell(0).get_by_role("button", name="Look closer: 6 requests")
    assert look.evaluate("button => button.scrollWidth <= button.clientWidth")
    look.click()
    expect(notebook.cell(0)).to_contain_text("without compression")
    expect(notebook.cell(0)).to_contain_text("from an idle server")


def test_a_recording_shows_the_page_that_was_live(page: Page, lab: Lab) -> None:
    """Word, picture and text stand there as they do after a stream, and the replay agrees."""
    replay = real_notebook(
        "07_replay", cells=("parameters", "live", "replay", "verdict"), base_url="replay:tree.har@0"
    )
    notebook = NotebookPage(page, lab.copy(replay), kernel=lab.kernel)
    notebook.run_all()
    expect(notebook.cell("verdict")).to_contain_text("say what it said? Yes.")
    live = notebook.cell("live")
    expect(notebook.outputs("live").first).to_contain_text("say what it said? Yes.")
    expect(live).to_contain_text("streamed · It really streams")
    assert 2200 == live.locator("img").evaluate("image => image.naturalWidth")
    expect(live.locator(".endpointscope-answer").first).to_contain_text("sunlight falls in drops")
    expect(notebook.cell("replay")).to_contain_text("Replayed: the same text")
