"""A conversation in JupyterLab: turns below the panel, saved, and alive after a reload."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from helpers.tests.support.browser import Lab, NotebookPage, real_notebook

CALLS = """def get_weather(city: str) -> str:
    return f"18 degrees and sunny in {city}"

chat.start_over()
chat.tool(get_weather)
await chat.say("What is the weather in Berlin?")"""
HOSTILE = "<img src=x onerror=\"document.title='taken'\"> write a poem about a tree"


def test_turns_stand_below_the_panel_and_outlive_the_page(page: Page, lab: Lab) -> None:
    """The last one in view after Run All; said by a click, edited, saved, shown again."""
    cells = ("title", "parameters", "live", "tools")
    notebook = real_notebook(
        "08_chat", cells=cells, base_url="demo:fast", extra_body={"temperature": 0}
    )
    notebook.cells[-1].source = CALLS
    opened = NotebookPage(page, lab.copy(notebook), kernel=lab.kernel)
    opened.start_all()
    live = opened.cell("live")
    live.get_by_role("button", name="Run", exact=True).click()
    expect(live).to_contain_text("1 turn ·")
    expect(live).to_contain_text("18 degrees and sunny in")
    opened.wait_idle()
    expect(live.locator(".endpointscope-answer").last).to_be_visible()
    expect(opened.cell("tools").locator(".endpointscope-answer")).not_to_have_count(0)
    assert opened.outputs("live").count() < 10

    prompt = live.get_by_label("Prompt", exact=True)
    prompt.fill(HOSTILE)
    live.get_by_role("button", name="Send").click()
    expect(live).to_contain_text("2 turns")
    expect(live).to_contain_text("onerror=")
    assert (page.title() != "taken", 0) == (True, live.locator("img").count())
    live.get_by_role("button", name="Edit last").click()
    expect(prompt).to_have_value(HOSTILE)
    prompt.fill("a hill")
    live.get_by_role("button", name="Send").click()
    expect(live).to_contain_text("1 earlier answer")
    saved = opened.saved()
    texts = [str(out.data.get("text/plain")) for cell in saved.cells if cell.id == "live"
             for out in cell.outputs]  # fmt: skip
    assert any("2 · you: a hill" in text for text in texts)

    opened.reload()
    live = opened.cell("live")
    prompt = live.get_by_label("Prompt", exact=True)
    # The saved panel stands in the page for a moment before its kernel hears it.
    prompt.fill("goodbye")
    live.get_by_role("button", name="Send").click()
    expect(prompt).to_have_value("")
    live.get_by_role("button", name="Show answer").click()
    expect(live.locator(".es-again")).to_contain_text("3 · you goodbye")
