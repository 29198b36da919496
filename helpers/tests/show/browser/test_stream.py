"""The notebooks on streams in JupyterLab: a timeline that grows, a picture and text that stay."""

from __future__ import annotations

import nbformat
from playwright.sync_api import Page, expect

from helpers.tests.support.browser import REPOSITORY, Lab, NotebookPage

WATCH = """
() => {
  window.counts = [];
  new MutationObserver(() => {
    for (const picture of document.querySelectorAll('.jp-OutputArea svg[role=img]')) {
      const count = /Timeline: (\\d+) read/.exec(picture.getAttribute('aria-label') || '');
      if (count && window.counts.at(-1) !== +count[1]) window.counts.push(+count[1]);
    }
  }).observe(document.body, {childList: true, subtree: true});
}
"""


def opened(page: Page, lab: Lab, stem: str, **parameters: str) -> tuple[NotebookPage, list[str]]:
    """Return a notebook's page with its parameters set, and the ids of its cells in order."""
    notebook = nbformat.read(REPOSITORY / "notebooks" / f"{stem}.ipynb", as_version=4)
    ids = [cell.id for cell in notebook.cells]
    for name, value in parameters.items():
        notebook.cells[ids.index("parameters")].source += f"\n{name} = {value!r}"
    return NotebookPage(page, lab, lab.copy(notebook)), ids


def test_the_stream_is_watched_until_its_verdict(page: Page, lab: Lab) -> None:
    """The timeline grows and ends as a PNG with the text below it; the last cell says yes."""
    notebook, ids = opened(page, lab, "03_stream", base_url="demo:comments")
    page.evaluate(WATCH)
    notebook.start_all()
    watch, verdict = ids.index("watch"), ids.index("verdict")
    expect(notebook.cell(verdict)).to_contain_text("Is it really streaming? Yes.")
    counts = page.evaluate("() => window.counts")
    assert len(set(counts)) >= 3
    assert sorted(counts) == counts
    outputs = notebook.outputs(watch)
    expect(outputs.first).to_contain_text("streamed · It really streams")
    assert 2200 == outputs.locator("img").evaluate("image => image.naturalWidth")
    text = outputs.locator(".endpointscope-answer")
    assert len(text.last.inner_text()) > 40
    picture = outputs.locator("img").bounding_box()
    below = text.first.bounding_box()
    assert picture
    assert below
    assert picture["y"] + picture["height"] <= below["y"] + 1
    expect(notebook.cell(ids.index("ways"))).to_contain_text("without compression")


def test_a_recording_shows_the_page_that_was_live(page: Page, lab: Lab) -> None:
    """Word, picture and text stand there as they do after a stream, and the replay agrees."""
    notebook, ids = opened(page, lab, "07_replay", base_url="replay:tree.har@0")
    notebook.start_all()
    expect(notebook.cell(ids.index("verdict"))).to_contain_text("say what it said? Yes.")
    outputs = notebook.outputs(ids.index("page"))
    expect(outputs.first).to_contain_text("streamed · It really streams")
    assert 2200 == outputs.locator("img").evaluate("image => image.naturalWidth")
    expect(outputs.locator(".endpointscope-answer").first).to_contain_text("A squirrel keeps")
    expect(notebook.cell(ids.index("replay"))).to_contain_text("Replayed: the same text")
