"""Fixtures: one JupyterLab, Chromium and page for all tests of this folder."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from helpers.tests.support.browser import CHROMIUM, CHROMIUM_FLAGS, Lab, chromium_path, running_lab


def _browser() -> str:
    """Chromium's path; without one these tests are left out, but never in CI."""
    if path := chromium_path():
        return path
    absent = f"no Chromium on the PATH ({', '.join(CHROMIUM)})"
    if os.environ.get("CI"):
        pytest.fail(absent)
    pytest.skip(absent)


@pytest.fixture(scope="package")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A running JupyterLab on the repository."""
    _browser()
    with running_lab(tmp_path_factory.mktemp("jupyter")) as lab:
        yield lab


# For this folder, not for the run: while Playwright is started, asyncio.run() refuses to work,
# and the process goes on to other folders' tests.
@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """A running Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_browser(), args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def tab(chromium: Browser, lab: Lab) -> Iterator[Page]:
    """JupyterLab in a page of 1280 by 900: to load it takes longer than most of the tests."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    yield lab.open(context)
    context.close()


@pytest.fixture
def page(tab: Page, lab: Lab) -> Iterator[Page]:
    """The page with no document open; what a test opens is closed behind it."""
    yield tab
    lab.close_all(tab)
