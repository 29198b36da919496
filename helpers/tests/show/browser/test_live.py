"""What a person sees of an answer in JupyterLab: it grows, it is whole, and it does nothing."""

from __future__ import annotations

import nbformat
from playwright.sync_api import expect

from helpers.tests.support.browser import NotebookPage, notebook_of, requests_of

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


def test_an_answer_grows_while_it_comes(page, lab):
    """The text on the page grows in several steps and ends as the whole."""
    words = " ".join(f"word{n}" for n in range(60))
    cell = f"await stream({words!r}, per_s=60, size=6)"
    opened = NotebookPage(page, lab.copy(notebook_of(SETUP, cell)), kernel=lab.kernel)
    page.evaluate(
        "() => { window.lengths = new Set(); new MutationObserver(() => {"
        " const shown = document.querySelectorAll('.endpointscope-answer');"
        " window.lengths.add([...shown].map(e => e.innerText).join('').length); })"
        ".observe(document.querySelector('.jp-Notebook'), {childList: true, subtree: true}); }"
    )
    opened.run_all()
    expect(opened.outputs(1)).to_have_count(1)
    assert opened.outputs(1).inner_text().strip() == words
    assert len(page.evaluate("() => [...window.lengths].filter(n => n > 0)")) >= 3


def test_a_burst_arrives_whole(page, lab):
    """5000 chunks a second, 200,000 characters in all: the page and the file miss nothing."""
    answer = "".join(
        f"chunk {n:05d} ....\n" if n % 5 else f"chunk {n:05d} ...\n\n" for n in range(10_000)
    )
    source = (
        "answer = ''.join(f'chunk {n:05d} ....\\n' if n % 5 else f'chunk {n:05d} ...\\n\\n'"
        " for n in range(10_000))\nawait stream(answer, per_s=5000, size=18)"
    )
    opened = NotebookPage(page, lab.copy(notebook_of(SETUP, source)), kernel=lab.kernel)
    opened.run_all()
    expect(opened.outputs(1).last).to_contain_text("chunk 09999")
    shown = "".join(opened.outputs(1).all_inner_texts())
    assert [int(word) for word in shown.split() if word.isdigit()] == list(range(10_000))
    saved = opened.saved()
    assert answered(saved, 1) == answer
    assert len(saved.cells[1].outputs) < 50


def test_a_click_answers_below_its_panel(page, lab):
    """An answer that a button started stands in the button's cell, also after others ran."""
    panel = (
        "import ipywidgets\nhere = CellContext()\n"
        "button = ipywidgets.Button(description='Send')\n"
        "button.on_click(lambda _: here.run(stream('clicked ' * 50, per_s=200, size=8)))\n"
        "button"
    )
    opened = NotebookPage(
        page, lab.copy(notebook_of(SETUP, panel, "print('other')")), kernel=lab.kernel
    )
    opened.run_all()
    page.get_by_role("button", name="Send").click()
    expect(opened.cell(1).locator(".endpointscope-answer")).to_contain_text("clicked " * 49)
    assert opened.cell(2).locator(".endpointscope-answer").count() == 0


def test_a_hostile_answer_does_nothing_live_or_reopened(page, lab):
    """As text, as reasoning, escaped or shown again: no element, request or formula of its own."""
    source = (
        f"hostile = {HOSTILE!r}\n"
        "await stream(hostile, per_s=1000, size=7)\n"
        "await stream(hostile, per_s=1000, size=7, reasoning=True)\n"
        "Output({'text/html': '<p class=escaped>' + escaping.for_html(hostile) + '</p>'})\n"
        "shown_again = Output(bundle(hostile, hostile))"
    )
    without_us = "formula = Output({'text/html': '<p>$x^2$</p>'})"
    with requests_of(page) as asked:
        opened = NotebookPage(
            page, lab.copy(notebook_of(SETUP, source, without_us)), kernel=lab.kernel
        )
        opened.run_all()
        expect(opened.outputs(1)).to_have_count(4)
        assert_inert(opened)
        saved = opened.saved()
        assert answered(saved, 1) == HOSTILE

        reopened = NotebookPage(page, lab.copy(untrusted(saved)), kernel=False)
        expect(reopened.outputs(1)).to_have_count(4)
        assert_inert(reopened)
    here = (lab.url, lab.url.replace("http", "ws"), "data:", "blob:")
    assert asked
    assert [url for url in asked if not url.startswith(here)] == []


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


def test_an_answer_takes_its_colours_from_the_theme(page, lab):
    """Text is dark on a light theme and light on a dark one, and nothing has a colour of ours."""
    source = (
        "live = Live()\nlive.write('# Oak\\n\\nleaf\\n\\n`code`', 'roots')\nlive.close('■ done')"
    )
    opened = NotebookPage(page, lab.copy(notebook_of(SETUP, source)), kernel=lab.kernel)
    opened.run_all()
    brightness = {}
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        opened.use_theme(theme)
        opened.screenshot(f"live-{theme.split()[1].lower()}")
        brightness[theme] = opened.cell(1).evaluate(
            "cell => [...new Set([...cell.querySelectorAll('.jp-RenderedHTMLCommon *')].map("
            "e => Number(getComputedStyle(e).color.match(/\\d+/)[0]) > 128))]"
        )
    assert brightness == {"JupyterLab Dark": [True], "JupyterLab Light": [False]}
