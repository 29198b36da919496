"""The watch in JupyterLab: its table grows while another program asks, and a row is a page."""

from __future__ import annotations

import json
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import nbformat
from playwright.sync_api import Page, expect

from helpers.tests.support.browser import REPOSITORY, Lab, NotebookPage

HOSTILE = "<img src=x onerror=\"document.title='taken'\"> $\\alpha$ an oak"


def asked(base_url: str, prompt: str, **more: object) -> int:
    """Ask as any program does, and return how many bytes came."""
    body = {"model": "oak", "stream": True, "max_tokens": 20, **more}
    body["messages"] = [{"role": "user", "content": prompt}]
    request = urllib.request.Request(
        f"{base_url}/chat/completions", json.dumps(body).encode(), {"User-Agent": "agent/1"}
    )
    return len(urllib.request.build_opener().open(request, timeout=60).read())


def test_another_programs_request_is_a_row_and_a_page(page: Page, lab: Lab) -> None:
    """Newest on top; filtered, picked, compared, asked again; no word of it is alive."""
    notebook = nbformat.read(REPOSITORY / "notebooks" / "11_watch.ipynb", as_version=4)
    live = [cell.id for cell in notebook.cells].index("live")
    notebook.cells = notebook.cells[: live + 1]
    shown = NotebookPage(page, lab.copy(notebook), kernel=lab.kernel)
    shown.run_all()
    watch = shown.cell(live)
    expect(watch).to_contain_text("Did the answers come as they should? Yes.")
    base_url = watch.locator("code").first.inner_text()
    rows = watch.locator("table.es-session tr:has(td)")
    expect(rows).to_have_count(2)
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(asked, base_url, HOSTILE, temperature=0.5).result() > 1000
        assert pool.submit(asked, base_url, f"{HOSTILE} and an elm").result() > 1000
    expect(rows).to_have_count(4)
    expect(rows.first).to_contain_text("oak")
    expect(watch.locator(".es-head")).to_contain_text("so far.")

    watch.get_by_label("Filter").fill("temperature 0.5")
    expect(rows).to_have_count(1)
    watch.get_by_label("Filter").fill("")
    rows.first.click()
    below = watch.locator(".es-below")
    expect(below).to_contain_text("agent/1")
    below.locator("summary", has_text="messages").click()
    expect(below.locator("pre").first).to_contain_text(HOSTILE)
    assert page.title() != "taken"
    assert 0 == below.locator("img").count()

    rows.nth(1).get_by_text("compare").click()
    expect(below).to_contain_text("prompt from byte")
    expect(below).to_contain_text("of them cached")
    watch.get_by_role("button", name="Ask again").click()
    expect(rows).to_have_count(5)
    watch.get_by_role("button", name="Case file").click()
    expect(below).to_contain_text("The case file: ")
    watch.get_by_role("button", name="Open in the panel").click()
    expect(watch.get_by_label("Prompt", exact=True)).to_have_value(f"{HOSTILE} and an elm")
    watch.get_by_role("button", name="Stop").first.click()
    expect(watch.locator(".es-head")).to_contain_text("stopped")
