"""The doctor in JupyterLab: the corrected line in view and copied, the field looked at again."""

from __future__ import annotations

import nbformat
from playwright.sync_api import Page, expect

from helpers.tests.support.browser import REPOSITORY, Lab, NotebookPage
from helpers.tests.support.endpoint_server import serving
from helpers.tests.support.sockets import dead_port

KEY = "sk-oak-0123456789abcdef"


def test_the_corrected_line_is_in_view_and_is_copied(page: Page, lab: Lab) -> None:
    """After Run All at 1280 by 900; then a curl command is pasted, and its key is gone."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    notebook = nbformat.read(REPOSITORY / "notebooks" / "02_connect.ipynb", as_version=4)
    ids = [cell.id for cell in notebook.cells]
    with serving(names=("llama3.2:3b", "qwen2.5:7b")) as server:
        parameters = notebook.cells[ids.index("parameters")]
        parameters.source += f"\nbase_url = {f'{server.root}/api/generate'!r}"
        opened = NotebookPage(page, lab.copy(notebook), kernel=lab.kernel)
        opened.start_all()
        live = opened.cell(ids.index("live"))
        expect(live).to_contain_text("It answers, with one thing to change")
        expect(opened.cell(ids.index("verdict"))).to_contain_text("EndpointFailed")
        live.scroll_into_view_if_needed()
        opened.screenshot("connect")
        line = live.locator(".endpointscope-connect code").first
        expect(line).to_be_in_viewport()
        live.get_by_role("button", name="Copy").first.click()
        expect(live.get_by_role("button", name="Copied")).to_be_visible()
        assert f'base_url = "{server.url}"' == page.evaluate("navigator.clipboard.readText()")

        field = live.locator("textarea")
        field.fill(f"curl {server.url}/models \\\n -H 'Authorization: Bearer {KEY}'")
        live.get_by_role("button", name="Look").click()
        expect(live).to_contain_text(f"It answers at {server.url}")
        expect(live).to_contain_text("What you pasted held a key")
        expect(field).to_have_value(server.url)
        opened.screenshot("connect-again")
        assert KEY not in page.content()

        field.fill(f"localhost:{dead_port()}")
        live.get_by_role("button", name="Look").click()
        expect(live).to_contain_text("Nothing answers at http://localhost:")
        opened.screenshot("connect-dead")
