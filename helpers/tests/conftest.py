"""Fixtures: what a cell displays; one JupyterLab for the run and a fresh page for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from playwright.sync_api import Browser, Page, sync_playwright
from traitlets.config import Config

from helpers.tests.support.browser import CHROMIUM, CHROMIUM_FLAGS, Lab, chromium_path, running_lab

# How long one example takes says nothing on a machine that others use too.
settings.register_profile("endpointscope", deadline=None)
settings.load_profile("endpointscope")


@pytest.fixture
def displayed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[CapturingDisplayPublisher]:
    """What IPython's display sends to a notebook, in `.outputs`, each with `update` true or not."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    shell = InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    shell.display_pub = CapturingDisplayPublisher()
    yield shell.display_pub
    InteractiveShell.clear_instance()


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A running JupyterLab on the repository."""
    if chromium_path() is None:
        pytest.skip(f"no Chromium on the PATH ({', '.join(CHROMIUM)})")
    with running_lab(tmp_path_factory.mktemp("jupyter")) as lab:
        yield lab


# For a module, not for the run: while Playwright is started, asyncio.run() refuses to work.
@pytest.fixture(scope="module")
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
