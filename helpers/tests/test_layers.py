"""The house stands as drawn: imports point downwards, and each outside package has one door."""

import ast
import re
from collections import defaultdict
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

# One process reads all modules, once.
pytestmark = pytest.mark.xdist_group("layers")

HELPERS = Path(__file__).resolve().parents[1]
LAYERS = (
    {"secrets", "product", "places", "lock", "wording"},
    {"errors"},
    {"wire", "address", "arguments"},
    {"endpoint", "escaping", "environment", "files"},
    {"finding"},
    {"diagnose"},
    {"client", "server"},
    {"recordings"},
    {"checks", "session"},
    {"show"},
    {"selftest"},
    {"run"},
    {"kit", "cells"},
)
OUTSIDE = {"training", "readers"}
PURE = {"wording", "errors", "secrets", "finding", "wire", "endpoint", "escaping", "diagnose"}
DOORS = {
    "openai": "client/pool.py",
    "httpx2": "client/pool.py",
    "aiohttp": "client/connection.py",
    "jiter": "wire/parsing.py",
    "brotli": "wire/codings.py",
    "backports": "wire/codings.py",
    "pydantic": "checks/chat/functions.py",
    "IPython": "show/output.py",
    "markdown_it": "show/stream/markup.py",
    "matplotlib": "show/plotting.py",
    "ipywidgets": "show/panel/widgets.py",
    "anywidget": "show/panel/frontend.py",
    "papermill": "run/notebooks.py",
    "nbclient": "run/notebooks.py",
    "mcp": "run/agents/server.py",
    "xllamacpp": "server/llama.py",
    "distributed": "checks/cluster.py",
    "cryptography": "server/certificate.py",
}


@cache
def modules() -> tuple[Path, ...]:
    """Every module of the kit: no test, no training script, no reader, which runs alone."""
    return tuple(
        path
        for path in sorted(HELPERS.rglob("*.py"))
        if path.relative_to(HELPERS).parts[0] != "tests" and not OUTSIDE & {*path.parts}
    )


@cache
def imported(path: Path) -> tuple[str, ...]:
    """The dotted names a module imports, wherever in it."""
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = ["helpers", *path.relative_to(HELPERS).parts[:-1]] if node.level else []
            above = package[: len(package) - node.level + 1]
            place = ".".join([*above, *filter(None, [node.module])])
            names += (f"{place}.{alias.name}" for alias in node.names)
    return tuple(names)


def layer(part: str) -> int | None:
    """Return how high a part of the kit lies, None for the parts outside the drawing."""
    return next((height for height, parts in enumerate(LAYERS) if part in parts), None)


def upward(path: Path) -> list[str]:
    """What a module imports from a higher layer, or from the part beside its own."""
    own = path.relative_to(HELPERS).parts[0].removesuffix(".py")
    height = layer(own)
    found = []
    for name in imported(path):
        part = name.split(".")[1] if name.startswith("helpers.") else own
        other = layer(part)
        if part != own and height is not None and other is not None and other >= height:
            found.append(name)
    return found


@pytest.mark.slow
def test_imports_point_downwards() -> None:
    """No module imports from a higher layer, nor from the part beside its own."""
    paths = {str(path.relative_to(HELPERS)): upward(path) for path in modules()}
    assert {} == {path: names for path, names in paths.items() if names}


def test_no_two_rooms_need_each_other() -> None:
    """At no level do the rooms and modules of a package import in a circle."""
    known = {(*path.parent.relative_to(HELPERS).parts, path.stem): path for path in modules()}
    packages = defaultdict[tuple[str, ...], dict[str, set[str]]](lambda: defaultdict(set))
    for own, path in known.items():
        for name in imported(path):
            parts = tuple(name.split(".")[1:]) if name.startswith("helpers.") else ()
            other = parts if parts in known else parts[:-1]
            if other not in known or other == own:
                continue
            shared = next(n for n, _ in enumerate(own) if own[: n + 1] != other[: n + 1])
            packages[own[:shared]][own[shared]].add(other[shared])
    for rooms in packages.values():
        # Raises CycleError, which names the rooms.
        TopologicalSorter(rooms).prepare()


@pytest.mark.parametrize("package", DOORS)
def test_an_outside_package_has_one_door(package: str) -> None:
    """One module imports it; the others import that module."""
    doors = [
        path.relative_to(HELPERS).as_posix()
        for path in modules()
        if any(name.split(".")[0] == package for name in imported(path))
    ]
    assert [DOORS[package]] == doors


def test_the_pure_rooms_open_nothing() -> None:
    """Words and facts import no socket, file, clock or event loop."""
    forbidden = {"socket", "asyncio", "subprocess", "pathlib", "os", "time", "urllib.request"}
    for path in modules():
        if path.relative_to(HELPERS).parts[0].removesuffix(".py") in PURE:
            names = {name.split(".")[0] for name in imported(path)}
            assert not names & forbidden, path


def test_the_map_of_a_package_names_its_modules() -> None:
    """Whoever opens a folder reads there what each file is for, and of no file that is gone."""
    for path in modules():
        map_ = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        if path.name != "__init__.py" or "\n" not in map_:
            continue
        named = {*re.findall(r"\w+", map_)}
        assert {one.stem for one in path.parent.glob("*.py")} - {"__init__"} <= named, path
