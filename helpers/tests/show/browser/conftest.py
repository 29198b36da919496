"""Fixtures: one JupyterLab and one Chromium for all tests of this folder, a fresh page for each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from helpers.tests.support.browser import CHROMIUM, CHROMIUM_FLAGS, Lab, chromium_path, running_lab


@pytest.fixture(scope="package")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A running JupyterLab on the repository."""
    if chromium_path() is None:
        pytest.skip(f"no Chromium on the PATH ({', '.join(CHROMIUM)})")
    with running_lab(tmp_path_factory.mktemp("jupyter")) as lab:
        yield lab


# For this folder, not for the run: while Playwright is started, asyncio.run() refuses to work,
# and the process goes on to other folders' tests.
@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """A running Chromium."""
    path = chromium_path()
    if path is None:
        pytest.skip(f"no Chromium on the PATH ({', '.join(CHROMIUM)})")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser, lab: Lab) -> Iterator[Page]:
    """An empty page with its own storage, 1280 by 900; the kernels it started end with it."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()
    lab.end_kernels()
