"""What a committed notebook looks like: no outputs, readable ids, one parameters cell."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

from .plan import COMMON_PARAMETERS, Refused, defaults, is_parameters_cell

Notebook = dict[str, Any]

KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
LANGUAGE = {"name": "python"}
NOTEBOOK_METADATA = {"kernelspec", "language_info", "endpointscope"}
CELL_METADATA = {"tags", "jupyter", "deletable", "editable", "jp-MarkdownHeadingCollapsed"}

_READABLE_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+){0,7}")
_RANDOM_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){0,3}(-[0-9a-f]{12})?")


def untidy(notebook: Notebook) -> list[str]:
    """What must be fixed before a notebook is committed, one sentence each."""
    found = []
    if (notebook.get("nbformat"), notebook.get("nbformat_minor")) != (4, 5):
        found.append("The format is not nbformat 4.5.")
    metadata = notebook.get("metadata", {})
    if metadata.get("kernelspec") != KERNELSPEC:
        found.append(f"The kernelspec is not {KERNELSPEC}.")
    if metadata.get("language_info", LANGUAGE) != LANGUAGE:
        found.append("language_info holds more than the language's name.")
    found += [f"Its metadata holds {name}." for name in sorted(set(metadata) - NOTEBOOK_METADATA)]
    cells = notebook.get("cells", [])
    ids = [cell.get("id", "") for cell in cells]
    found += [
        f"Two cells have the id {name}." for name in sorted({i for i in ids if ids.count(i) > 1})
    ]
    for number, cell in enumerate(cells, start=1):
        found += [f"Cell {number} {what}." for what in _untidy_cell(cell)]
    return found + _untidy_parameters(cells)


def tidy(notebook: Notebook) -> Notebook:
    """The notebook without outputs, counts and stray metadata; good cell ids are kept."""
    clean = copy.deepcopy(notebook)
    clean["nbformat"], clean["nbformat_minor"] = 4, 5
    kept = clean.get("metadata", {}).get("endpointscope")
    clean["metadata"] = {"kernelspec": dict(KERNELSPEC), "language_info": dict(LANGUAGE)}
    if kept is not None:
        clean["metadata"]["endpointscope"] = kept
    taken: set[str] = set()
    for number, cell in enumerate(clean["cells"], start=1):
        held = cell.get("metadata", {}).items()
        cell["metadata"] = {k: v for k, v in held if k in CELL_METADATA and v not in ([], {})}
        cell["source"] = source(cell).splitlines(keepends=True)
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
        cell["id"] = _free_id(cell, number, taken)
        taken.add(cell["id"])
    return clean


def written(notebook: Notebook) -> str:
    """A notebook as JupyterLab saves it, so that saving and cleaning give the same bytes."""
    return json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def clean(path: Path) -> tuple[bool, list[str]]:
    """Whether the file was changed, and what only a person can fix."""
    before = path.read_text(encoding="utf-8")
    notebook = tidy(json.loads(before))
    after = written(notebook)
    if after != before:
        path.write_text(after, encoding="utf-8", newline="\n")
    return after != before, untidy(notebook)


def source(cell: Notebook) -> str:
    """A cell's text, which a file may store as a list of lines."""
    text = cell.get("source", "")
    return text if isinstance(text, str) else "".join(text)


def _untidy_cell(cell: Notebook) -> list[str]:
    found = []
    name = cell.get("id", "")
    if not _readable(name):
        found.append(f"has the id {name!r}, which says nothing: name it, such as ask-streamed")
    if cell.get("outputs"):
        found.append("holds outputs")
    if cell.get("execution_count") is not None:
        found.append("holds an execution count")
    if not source(cell).strip():
        found.append("is empty")
    stray = sorted(set(cell.get("metadata", {})) - CELL_METADATA)
    return found + [f"holds the metadata {name}" for name in stray]


def _untidy_parameters(cells: list[Notebook]) -> list[str]:
    tagged = [cell for cell in cells if is_parameters_cell(cell)]
    if len(tagged) != 1:
        return [f"{len(tagged)} cells are tagged parameters; exactly one must be."]
    try:
        names = list(defaults({"cells": cells}))
    except Refused as refused:
        return [str(refused)]
    expected = list(COMMON_PARAMETERS)
    if names[: len(expected)] != expected:
        return [f"The parameters do not begin with {', '.join(expected)}."]
    return []


def _readable(name: str) -> bool:
    return bool(_READABLE_ID.fullmatch(name)) and not _RANDOM_ID.fullmatch(name)


def _free_id(cell: Notebook, number: int, taken: set[str]) -> str:
    name = cell.get("id", "")
    if not _readable(name):
        words = re.findall(r"[a-z][a-z0-9]*", source(cell).lower())[:4]
        name = "-".join(words)[:40].rstrip("-")
    if not _readable(name):
        name = f"cell-{number}"
    return name if name not in taken else f"{name[:36]}-{number}"
