"""What a person sees of an answer in JupyterLab: it is whole, and it does nothing."""

from __future__ import annotations

from collections.abc import Iterator

import nbformat
import pytest
from playwright.sync_api import Page, expect

from helpers.tests.support.browser import Lab, NotebookPage, notebook_of, requests_of

ALLOWED = ["p", "div", "span", "br", "hr", "em", "strong", "s", "code", "pre", "ul", "ol", "li"]
ALLOWED += ["blockquote", "a", "details", "summary"]
ALLOWED += ["table", "thead", "tbody", "tr", "th", "td"]

SETUP = """
import asyncio
from time import monotonic
from helpers import escaping
from helpers.show.output import CellContext, Output
from helpers.show.stream.live import Live, bundle

async def stream(text, per_s, size=1, reasoning=False):
    live, start = Live(), monotonic()
    pieces = [text[n:n + size] for n in range(0, len(text), size)]
    for n, piece in enumerate(pieces):
        live.write("", piece) if reasoning else live.write(piece)
        ahead_s = n / per_s - (monotonic() - start)
        if ahead_s > 0.01:
            await asyncio.sleep(ahead_s)
    live.close()
"""

HOSTILE = r"""
<script>window.ran = 1</script><img src="http://127.0.0.1:9/a" onerror="window.ran = 1">

<svg onload="window.ran = 1"><style>body { display: none }</style></svg>
<iframe srcdoc="<script>parent.ran = 1</script>"></iframe>

![pixel](http://127.0.0.1:9/b) [j](javascript:window.ran=1) [d](data:text/html,x) <javascript:ran=1>

<form action="http://127.0.0.1:9/c"><input name="jupyterapp" id="main"></form>

<button data-commandlinker-command="notebook:run-all-cells" data-commandlinker-args="{}">b</button>

| <b onclick=window.ran=1>x</b> | `<img src=x onerror=window.ran=1>` |
|---|---|
| <style>*{color:red}</style> | $x$ |

# Title <a id="jp-main-dock-panel" name="main">

```html" onmouseover="window.ran=1
</code></pre><script>window.ran = 1</script>
```

One $x^2$, $$\frac{1}{2}$$, \\(y\\), \\[z\\], \\begin{align}a\\end{align}, &dollar;e&dollar;.

[late]: javascript:window.ran=1 "x"

[late] ![late] <http://127.0.0.1:9/d> \u202eesrever\x1b[2J
"""


def answered(notebook: nbformat.NotebookNode, index: int) -> str:
    """Return the answer that a saved notebook's cell holds."""
    outputs = notebook.cells[index].outputs
    return "".join(
        o.data["text/plain"]
        for o in outputs
        if o.get("metadata", {}).get("endpointscope") == "text"
    )


def untrusted(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Return the notebook as somebody else would have sent it: changed, hence not signed here."""
    notebook.metadata["sent"] = "by somebody else"
    return notebook


# Every cell of one notebook: to open one takes longer than to look at any of them.
BURST = """
answer = ''.join(f'chunk {n:05d} ....\\n' if n % 5 else f'chunk {n:05d} ...\\n\\n'
                 for n in range(10_000))
await stream(answer, per_s=5000, size=18)
"""
HARM = f"""
hostile = {HOSTILE!r}
await stream(hostile, per_s=1000, size=7)
await stream(hostile, per_s=1000, size=7, reasoning=True)
Output({{'text/html': '<p class=escaped>' + escaping.for_html(hostile) + '</p>'}})
shown_again = Output(bundle(hostile, hostile))
"""
FORMULA = "formula = Output({'text/html': '<p>$x^2$</p>'})"
COLOURS = "live = Live()\nlive.write('# Oak\\n\\nleaf\\n\\n`code`', 'roots')\nlive.close('■ done')"


@pytest.fixture(scope="module")
def asked(tab: Page) -> Iterator[list[str]]:
    """The addresses that the page asks for."""
    with requests_of(tab) as asked:
        yield asked


@pytest.fixture(scope="module")
def opened(tab: Page, lab: Lab, asked: list[str]) -> Iterator[NotebookPage]:
    """The notebook, run to its end."""
    notebook = notebook_of(SETUP, HARM, FORMULA, BURST, COLOURS)
    opened = NotebookPage(tab, lab.copy(notebook), kernel=lab.kernel)
    opened.run_all()
    yield opened
    lab.close_all(tab)


def test_a_burst_arrives_whole(opened: NotebookPage) -> None:
    """5000 chunks a second, 200,000 characters in all: the page and the file miss nothing."""
    answer = "".join(
        f"chunk {n:05d} ....\n" if n % 5 else f"chunk {n:05d} ...\n\n" for n in range(10_000)
    )
    expect(opened.outputs(3).last).to_contain_text("chunk 09999")
    shown = "".join(opened.outputs(3).all_inner_texts())
    assert [int(word) for word in shown.split() if word.isdigit()] == list(range(10_000))
    saved = opened.saved()
    assert answered(saved, 3) == answer
    assert len(saved.cells[3].outputs) < 50


def test_a_hostile_answer_does_nothing_live_or_reopened(
    opened: NotebookPage, lab: Lab, asked: list[str]
) -> None:
    """As text, as reasoning, escaped or shown again: no element, request or formula of its own."""
    expect(opened.outputs(1)).to_have_count(4)
    assert_inert(opened)
    saved = opened.saved()
    assert answered(saved, 1) == HOSTILE

    saved.cells = saved.cells[:3]
    reopened = NotebookPage(opened.page, lab.copy(untrusted(saved)), kernel=False)
    expect(reopened.outputs(1)).to_have_count(4)
    assert_inert(reopened)
    reopened.close()
    here = (lab.url, lab.url.replace("http", "ws"), "data:", "blob:")
    assert asked
    assert [url for url in asked if not url.startswith(here)] == []


def test_an_answer_takes_its_colours_from_the_theme(opened: NotebookPage) -> None:
    """Text is dark on a light theme and light on a dark one, and nothing has a colour of ours."""
    brightness = {}
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        opened.use_theme(theme)
        opened.screenshot(f"live-{theme.split()[1].lower()}")
        brightness[theme] = opened.cell(4).evaluate(
            "cell => [...new Set([...cell.querySelectorAll('.jp-RenderedHTMLCommon *')].map("
            "e => Number(getComputedStyle(e).color.match(/\\d+/)[0]) > 128))]"
        )
    assert brightness == {"JupyterLab Dark": [True], "JupyterLab Light": [False]}


def assert_inert(opened: NotebookPage) -> None:
    """Look for anything in the outputs that could run, load, name, link or be typeset."""
    page = opened.page
    for fold in opened.cell(1).locator("summary").all():
        fold.click()
    found = opened.cell(1).evaluate(
        "(cell, allowed) => [...cell.querySelectorAll('.jp-RenderedHTMLCommon *')].flatMap(e => ["
        " ...(allowed.includes(e.localName) ? [] : [e.localName]),"
        " ...[...e.attributes].map(a => a.name + (a.name === 'href' ? '=' + a.value : ''))"
        "])",
        ALLOWED,
    )
    harmless = {"class", "style", "target", "rel", "role", "aria-level", "open", "dir"}
    links = {"href=http://127.0.0.1:9/b", "href=http://127.0.0.1:9/d"}
    assert set(found) - harmless - links == set()
    assert page.evaluate("() => window.ran") is None
    expect(opened.cell(2).locator("mjx-container")).to_have_count(1)
    assert opened.cell(1).locator("mjx-container").count() == 0
