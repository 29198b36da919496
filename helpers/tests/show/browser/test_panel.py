"""The panel in JupyterLab, used as a person uses it: one page, a fresh panel for each test."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from helpers.tests.support.browser import Lab, NotebookPage, requests_of
from helpers.tests.support.browser_panel import PanelPage, panel_notebook
from helpers.tests.support.capture_server import recording_server
from helpers.tests.support.waiting import until

BURST = "100000"
CONTRAST = """
panel => {
  const rgb = text => {
    const canvas = document.createElement('canvas').getContext('2d');
    canvas.fillStyle = text; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const over = (top, below) => top.slice(0, 3).map((c, i) =>
    (c * top[3] + below[i] * (255 - top[3])) / 255).concat(255);
  const ground = e => {
    const own = rgb(getComputedStyle(e).backgroundColor);
    return own[3] === 255 || !e.parentElement ? own : over(own, ground(e.parentElement));
  };
  const light = c => c.slice(0, 3).map(v => v / 255).map(v =>
    v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ratio = (a, b) => {
    const [lo, hi] = [light(a), light(b)].sort((x, y) => x - y);
    return (hi + 0.05) / (lo + 0.05);
  };
  const worst = (selector, property) => Math.min(
    ...[...panel.querySelectorAll(selector)].filter(e => e.offsetParent).map(e =>
      ratio(over(rgb(getComputedStyle(e)[property]), ground(e)), ground(e))));
  return {
    text: worst('label, input, select, textarea, button, .es-slot, .es-dim, dt, dd, b', 'color'),
    edge: worst('input[type=text], select, textarea', 'borderTopColor'),
  };
}
"""


@pytest.fixture(scope="module")
def notebook(tab: Page, lab: Lab) -> Iterator[NotebookPage]:
    """One notebook for all of the tests: a kernel starts as long as most of them take."""
    yield NotebookPage(tab, lab.copy(panel_notebook("")), kernel=lab.kernel)
    lab.close_all(tab)


@pytest.fixture
def panel(notebook: NotebookPage) -> PanelPage:
    """A new panel, idle, its models listed."""
    opened = PanelPage(notebook)
    opened.run("")
    notebook.run_all()
    opened.wait("idle")
    expect(opened.models).to_contain_text("1 model")
    return opened


def test_text_grows_while_the_panel_stands_still(panel: PanelPage) -> None:
    """A typed prompt is what is asked; the answer comes in steps and nothing above it moves."""
    panel.prompt.fill("write a poem about the sea")
    panel.watch()
    panel.send.click()
    panel.wait("done")
    seen = panel.seen()
    assert len(set(seen["lengths"])) >= 3
    assert sorted(seen["lengths"]) == seen["lengths"]
    assert 1 == len(set(seen["heights"]))
    expect(panel.prompt).to_be_focused()
    expect(panel.said).to_contain_text("streamed It really streams")
    expect(panel.figure("ended")).to_contain_text("complete")
    expect(panel.figure("rate")).to_contain_text("tok/s")
    sent = panel.run("print(panel.exchange.prompt)")
    assert "write a poem about the sea" == sent.strip()


def test_stop_ends_a_burst_long_before_its_end(panel: PanelPage) -> None:
    """It would go on for 20 s; meanwhile a second Send does nothing, a new address has to wait."""
    panel.ask("demo:burst")
    panel.parameters(max_tokens=BURST)
    panel.watch()
    panel.send.click()
    expect(panel.answer.first).to_contain_text("000100")
    panel.send.click()
    panel.ask("demo:thinking+fast")
    panel.wait("streaming")
    clicked = panel.seen()["now"]
    panel.stop.click()
    panel.wait("stopped")
    expect(panel.cell).to_contain_text("stopped by you")
    expect(panel.stop).to_be_focused()
    expect(panel.figure("ended")).to_contain_text("by you")
    assert "client closed" == panel.last_end("burst")
    assert panel.seen()["changed"] - clicked < 5000

    panel.send.click()
    panel.wait("done")
    expect(panel.answer).to_have_text(["A tree stands still and grows."])
    expect(panel.cell).not_to_contain_text("stopped by you")


def test_without_stream_the_answer_comes_whole(panel: PanelPage) -> None:
    """The box is what decides; reasoning is folded, and what has no meaning is a dash."""
    panel.ask("demo:thinking+fast")
    panel.stream.uncheck()
    panel.watch()
    panel.send.click()
    panel.wait("done")
    assert 1 == len(panel.seen()["lengths"])
    expect(panel.figure("chunks")).to_contain_text("–")
    fold = panel.cell.locator("details")
    expect(fold).to_contain_text("The user asks for something about a tree.")
    expect(fold).not_to_have_attribute("open", "")


def test_what_goes_wrong_is_explained_in_place(panel: PanelPage) -> None:
    """Nobody there, nothing to send, a wrong path with its fix: no traceback, no new output."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        panel.ask(address, model="no list")
        panel.send.click()
        panel.wait("error")
    expect(panel.said).to_contain_text(f"Nothing answers at http://{address}/v1")
    for part in ("expected", "got", "do"):
        expect(panel.note.locator("dt", has_text=part)).to_be_visible()

    panel.prompt.fill("   ")
    panel.send.click()
    panel.wait("not sent")
    expect(panel.note).to_contain_text("Type what to ask, then Send.")

    panel.prompt.fill("hi")
    with recording_server(status=404, body=b"404 page not found") as server:
        panel.ask(f"{server.url.removesuffix('/v1')}/chat/completions", model="no list")
        panel.send.click()
        expect(panel.note).to_contain_text("404 page not found")
        panel.button(f"Use {server.url}").click()
        expect(panel.url).to_have_value(server.url)
        panel.send.click()
        expect(panel.note).to_contain_text("If it has no /v1, paste the full address")
        asked = [path for path, *_ in server.seen if path.endswith("completions")]
        assert "/v1/chat/completions" == asked[-1]
    assert 0 == panel.cell.locator("[data-mime-type*='stderr'], [data-mime-type*='error']").count()


def test_hostile_words_do_nothing_anywhere(panel: PanelPage) -> None:
    """In the answer, the model's name, its list, the status, the note and an error."""
    with requests_of(panel.page) as asked:
        panel.ask("demo:hostile")
        expect(panel.said).to_contain_text('tiny<img src=x onerror="window.pwned=')
        panel.send.click()
        panel.wait("done")
        expect(panel.answer.last).to_contain_text("Plain words last.")
        expect(panel.cell.locator("datalist").first.locator("option")).to_have_count(1)
        assert_nothing_happened(panel)

        panel.ask("demo:hostile-error")
        panel.send.click()
        panel.wait("error")
        expect(panel.note).to_contain_text("<script>window.pwned='error'</script>")
        panel.note.locator("code").hover()
        assert_nothing_happened(panel)
    assert not [url for url in asked if "127.0.0.1:9" in url or url.startswith("javascript")]


def assert_nothing_happened(panel: PanelPage) -> None:
    """Look for elements that our panel does not have, and for what they would have done."""
    strange = panel.cell.locator(
        ".es-panel :is(img, script, iframe, form, a, mjx-container, [onerror], [onmouseover]),"
        ".endpointscope-answer :is(img, script, iframe, form, input, svg, style, mjx-container)"
    )
    assert 0 == strange.count()
    assert panel.page.evaluate("() => window.pwned") is None


def test_what_was_asked_before_is_shown_again(panel: PanelPage) -> None:
    """History lists it, a click on its row brings its figures, its word and its text back."""
    panel.ask("demo:thinking+fast")
    panel.send.click()
    panel.wait("done")
    panel.ask("demo:unauthorized", model="no list")
    panel.send.click()
    panel.wait("error")
    rows = panel.panel.locator(".es-session tr", has_text="demo:thinking+fast")
    expect(rows.last).to_be_hidden()
    panel.button("History").click()
    rows.last.click()
    panel.wait("done")
    expect(panel.panel.locator(".es-again")).to_contain_text("A tree stands still and grows.")
    panel.button("Clear").click()
    expect(rows).to_have_count(0)


def test_a_pasted_key_is_never_seen_again(panel: PanelPage) -> None:
    """The field empties, the note explains, and the saved notebook holds nothing of it."""
    key = "sk-proj-0123456789abcdefghij"
    field = panel.panel.get_by_label("Key from", exact=True)
    field.fill(key)
    field.press("Tab")
    expect(panel.note).to_contain_text("what looks like a key itself, which was discarded")
    expect(field).to_have_value("")
    panel.notebook.saved()
    assert key not in panel.notebook.path.read_text()
    assert key not in panel.cell.inner_html()


def test_a_long_wait_is_explained_and_can_be_ended(panel: PanelPage) -> None:
    """After five seconds the rail says that the model may be loading, and nothing has moved."""
    panel.ask("demo:slow")
    height = panel.panel.bounding_box()["height"]
    panel.send.click()
    panel.wait("waiting")
    hint = panel.panel.get_by_text("still waiting: the server may be loading the model")
    expect(hint).to_be_visible()
    assert height == panel.panel.bounding_box()["height"]
    panel.stop.click()
    panel.wait("stopped")


def test_every_control_can_be_named_and_reached(panel: PanelPage) -> None:
    """Tab visits them in their order, Space and Enter press, and no key reaches the notebook."""
    cells = panel.page.locator(".jp-Notebook .jp-Cell").count()
    panel.panel.get_by_label("Server", exact=True).focus()
    names = []
    for _ in range(14):
        names.append(
            panel.page.evaluate(
                "() => { const e = document.activeElement;"
                " return (e.labels?.length ? e.labels[0].innerText : e.innerText) || e.title; }"
            ).strip()
        )
        panel.page.keyboard.press("Tab")
    assert [
        "Server", "Base URL", "Find", "Model", "every model", "Refresh", "Key from", "Prompt",
        "Send", "Stop", "Stream", "Parameters", "Headers, query, body", "Faults",
    ] == names  # fmt: skip

    panel.button("Parameters").focus()
    panel.page.keyboard.press("Space")
    for label in ("System", "Temperature", "Max tokens", "Seed"):
        expect(panel.panel.get_by_label(label, exact=True)).to_be_visible()
    expect(panel.button("Parameters")).to_have_attribute("aria-expanded", "true")
    panel.page.keyboard.press("Space")
    expect(panel.panel.get_by_label("Seed", exact=True)).to_be_hidden()
    expect(panel.button("Parameters")).to_have_attribute("aria-expanded", "false")

    panel.ask("demo:thinking+fast")
    panel.send.focus()
    panel.page.keyboard.press("Enter")
    panel.wait("done")
    expect(panel.prompt).to_be_focused()
    panel.page.keyboard.type("dd")
    expect(panel.prompt).to_have_value("write a poem about a treedd")
    panel.button("Find").focus()
    panel.page.keyboard.type("dd")
    assert cells == panel.page.locator(".jp-Notebook .jp-Cell").count()
    expect(panel.panel).to_be_visible()


def test_ctrl_enter_sends_esc_stops_and_ctrl_s_saves(panel: PanelPage) -> None:
    """From within a field, which keeps its other keys to itself; its last letters count."""
    panel.ask("demo:burst")
    panel.parameters(max_tokens=BURST)
    panel.prompt.fill("one more letter")
    panel.prompt.press("s")
    panel.prompt.press("Control+Enter")
    expect(panel.answer.first).to_contain_text("000100")
    panel.prompt.press("Escape")
    panel.wait("stopped")
    assert "one more letters" == panel.run("print(panel.exchange.prompt)").strip()
    saved = panel.notebook.path.stat().st_mtime_ns
    panel.prompt.press("Control+s")
    assert until(lambda: panel.notebook.path.stat().st_mtime_ns > saved)


def test_everything_can_be_read_and_nothing_is_cut(panel: PanelPage) -> None:
    """In both themes and at three widths: contrast, no sideways scroll, no text cut off."""
    panel.parameters(temperature="0,5")
    panel.ask("demo:unauthorized", model="no list")
    panel.send.click()
    panel.wait("error")
    try:
        for theme in ("Dark", "Light"):
            panel.notebook.use_theme(f"JupyterLab {theme}")
            assert_readable(panel, theme)
    finally:
        panel.page.set_viewport_size({"width": 1280, "height": 900})
        panel.notebook.use_theme("JupyterLab Light")


def assert_readable(panel: PanelPage, theme: str) -> None:
    """Look at three widths for what is cut off, and at the colours of this theme."""
    for width in (1600, 1280, 1000):
        panel.page.set_viewport_size({"width": width, "height": 900})
        panel.panel.evaluate("panel => panel.scrollIntoView({block: 'end'})")
        panel.notebook.screenshot(f"panel-{theme.lower()}-{width}")
        assert [] == cut_off(panel)
        model = panel.panel.get_by_label("Model", exact=True).bounding_box()
        assert model
        assert model["width"] > 100
    contrast = panel.panel.evaluate(CONTRAST)
    assert contrast["text"] >= 4.5
    assert contrast["edge"] >= 3


def cut_off(panel: PanelPage) -> list[str]:
    """Return what is wider than its place: the notebook, a label, a figure, a button."""
    return panel.page.evaluate(
        "() => ['.jp-WindowedPanel-outer', '.es-panel', '.es-panel label', '.es-slot', '.es-state',"
        " '.es-panel button', '.es-note dd', '.es-summary .widget-html-content']"
        ".flatMap(s => [...document.querySelectorAll(s)])"
        ".filter(e => e.clientWidth && e.scrollWidth > e.clientWidth + 1)"
        ".map(e => `${e.className}: ${e.innerText.slice(0, 40)}`)"
    )
