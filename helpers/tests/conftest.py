"""What all tests share: what a cell displays, and the order and the groups they run in."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from IPython.core.displaypub import CapturingDisplayPublisher

from helpers.tests.support.notebooks import shell

# What begins first, so that at the end nothing long is left for one process alone.
LONGEST = ("browser", "notebook", "slow")
# As many bytes may stand in a test's name: fewer than the head that gzip writes.
SHORT = 10

# A shell that starts the tests in the background has them ignore Ctrl-C, and their children too.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# How long one example takes says nothing on a machine that others use too; every run tries others.
settings.register_profile("endpointscope", deadline=None, max_examples=40)
settings.load_profile("endpointscope")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a browser, keep that together, and begin with what takes longest.

    First of all plugins: pytest-xdist reads the groups in the same hook.
    """
    for item in items:
        if "lab" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))
    items.sort(key=_place)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """An argument's name in place of many bytes: gzip writes the time into what it packs.

    Processes that collect their tests in different seconds would have different ones, and run none.
    """
    return argname if isinstance(val, bytes) and len(val) > SHORT else None


def _place(item: pytest.Item) -> int:
    marks = (place for place, name in enumerate(LONGEST) if item.get_closest_marker(name))
    return next(marks, len(LONGEST))


@pytest.fixture
def displayed(tmp_path: Path) -> Iterator[CapturingDisplayPublisher]:
    """What IPython's display sends to a notebook, in `.outputs`, each with `update` true or not."""
    publisher = CapturingDisplayPublisher()
    with shell(tmp_path, publisher):
        yield publisher
