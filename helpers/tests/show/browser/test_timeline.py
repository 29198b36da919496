"""The timeline in JupyterLab: it grows while the answer streams, and a picture stays."""

from __future__ import annotations

from helpers.tests.support.browser import NotebookPage, notebook_of

STREAM = """
import asyncio
from time import perf_counter
from helpers.client.chat import begin, complete
from helpers.endpoint import resolve
from helpers.server.builtin import opened
from helpers.show.timeline.live import LiveTimeline
from helpers.wire.request import chat

endpoint = await opened(resolve("demo"))
exchange = begin(endpoint, chat("write a poem about a tree", stream=True, max_tokens=90))
live = LiveTimeline()
began = perf_counter()
running = asyncio.ensure_future(complete(exchange))
while not running.done():
    live.show(exchange, perf_counter() - began)
    await asyncio.wait({running}, timeout=0.1)
live.close(exchange.findings)
"""

WATCH = """
() => {
  window.counts = [];
  new MutationObserver(() => {
    const label = document.querySelector('.jp-OutputArea svg[role=img]')?.ariaLabel;
    const count = label && /Timeline: (\\d+) read/.exec(label);
    if (count) window.counts.push(+count[1]);
  }).observe(document.querySelector('.jp-Notebook'), {childList: true, subtree: true});
}
"""


def test_the_timeline_grows_and_ends_as_a_picture(page, lab):
    """The lanes count up; at the end a PNG stands there, and text says the same."""
    notebook = NotebookPage(page, lab.copy(notebook_of(STREAM)), kernel=lab.kernel)
    page.evaluate(WATCH)
    notebook.start_all()
    picture = notebook.outputs(0).nth(1).locator("img")
    picture.wait_for()
    counts = page.evaluate("() => window.counts")
    assert len(set(counts)) >= 3
    assert sorted(counts) == counts
    assert 1100 == picture.evaluate("image => image.naturalWidth") / 2
    assert "streamed · It really streams" in notebook.outputs(0).first.inner_text()
    notebook.wait_idle()
    words, png = notebook.saved().cells[0].outputs
    assert words.data["text/plain"].startswith("✓ streamed · It really streams")
    assert {"width": 1100} == png.metadata["image/png"]
