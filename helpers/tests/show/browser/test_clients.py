"""The clients' table in JupyterLab: in view above the answer, and a break opens to its bytes."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from helpers.tests.support.browser import Lab, NotebookPage, real_notebook


def test_a_break_is_in_view_and_opens_to_its_bytes(page: Page, lab: Lab) -> None:
    """Two tool calls under one index: both readings side by side, and what made the difference."""
    notebook = real_notebook(
        "10_clients", cells=("parameters", "live"), base_url="demo:fast+tool-same-index",
        tools=False, readers=["openai"],
    )  # fmt: skip
    shown = NotebookPage(page, lab.copy(notebook), kernel=lab.kernel)
    shown.run_all()
    live = shown.cell("live")
    broken = live.locator("summary", has_text="openai loop")
    expect(broken).to_contain_text("? no right answer")
    table, answer = broken.bounding_box(), live.get_by_text("tool call: ").bounding_box()
    assert table
    assert answer
    assert table["y"] + table["height"] < min(900, answer["y"])
    broken.click()
    opened = live.locator("details[open]")
    expect(opened).to_contain_text("Two tool calls in pieces share index 0.")
    expect(opened.locator("pre").nth(0)).to_contain_text("get_time(")
    expect(opened.locator("pre").nth(1)).to_contain_text("get_weatherget_time(")
    expect(opened.locator("pre").nth(2)).to_contain_text('"index": 0, "id": "call_1_demo"')
