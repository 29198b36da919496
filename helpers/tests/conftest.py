"""What all tests share: what a cell displays, and the order and the groups they run in."""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import signal
import sys
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import is_hypothesis_test, settings
from IPython.core.displaypub import CapturingDisplayPublisher

from helpers.tests.support.notebooks import shell

ROOT = Path(__file__).parents[2]
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


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Collect without the garbage collector, which passes over all that was collected ever after.

    It would walk thousands of tests and all that they import, again and again.
    """
    gc.disable()
    # What hands the tests out needs none of them, and without others there are no turns.
    if "PYTEST_XDIST_WORKER" in os.environ:
        _import_by_turns([Path(place) for place in session.config.args])
    collected = yield
    gc.freeze()
    gc.enable()
    return collected


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a browser, keep that and properties together, begin with what takes longest.

    First of all plugins: pytest-xdist reads the groups in the same hook.
    """
    for item in items:
        if "lab" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))
        # hypothesis reads all of our modules where its first test runs: once is enough.
        elif is_hypothesis_test(getattr(item, "obj", None)) and not any(
            item.iter_markers("xdist_group")
        ):
            item.add_marker(pytest.mark.xdist_group("properties"))
    items.sort(key=_place)


def pytest_runtest_setup() -> None:
    """Begin with no key that went out: a process of its own would know none."""
    if keys := sys.modules.get("helpers.client.keys"):
        keys.forget()


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """An argument's name in place of many bytes: gzip writes the time into what it packs.

    Processes that collect their tests in different seconds would have different ones, and run none.
    """
    return argname if isinstance(val, bytes) and len(val) > SHORT else None


def _import_by_turns(places: list[Path]) -> None:
    """Import the tests of some folders, each process beginning with another part of them.

    What one has rewritten for pytest it leaves to the others in a file; in the same order each
    would do all of it, at the same moment.
    """
    files = [path for place in places for path in sorted(place.rglob("test_*.py"))]
    process = int(os.environ["PYTEST_XDIST_WORKER"].removeprefix("gw"))
    begin = process * len(files) // int(os.environ["PYTEST_XDIST_WORKER_COUNT"])
    for path in files[begin:] + files[:begin]:
        # Whatever is wrong with a file is told when pytest collects it.
        with contextlib.suppress(Exception):
            importlib.import_module(
                ".".join(path.resolve().relative_to(ROOT).with_suffix("").parts)
            )


def _place(item: pytest.Item) -> int:
    marks = (place for place, name in enumerate(LONGEST) if item.get_closest_marker(name))
    return next(marks, len(LONGEST))


@pytest.fixture
def displayed(tmp_path: Path) -> Iterator[CapturingDisplayPublisher]:
    """What IPython's display sends to a notebook, in `.outputs`, each with `update` true or not."""
    publisher = CapturingDisplayPublisher()
    with shell(tmp_path, publisher):
        yield publisher
