"""Which clients break where a check of the conformance report fails: looked up, never curated."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache

from .matrix import Matrix
from .shipped import shipped

# The demo modes that do what a check looks for. Where a check knows several faults, the word
# stands in what it says came.
_PLANTED: dict[str, tuple[tuple[str, str], ...]] = {
    "stream-is-sse": (("json-for-stream", ""),),
    "stream-framing": (
        ("bom", "bom"), ("damaged-utf-8", "bad-utf-8"), ("empty-data", "empty-data"),
        ("ping", "event-without-data"), ("unknown-field", "unknown-field"),
    ),
    "stream-json": (
        ("not-json", "not-json"), ("glued-chunks", "glued-chunks"), ("json-twice", "json-twice"),
        ("done-spaces", "[DONE]"),
    ),
    "stream-finish-once": (
        ("finish-missing", "no finish_reason came"), ("finish-unknown", "a word of its own"),
        ("finish-twice", "it came"), ("finish-empty", '""'),
    ),
    "stream-done": (("no-done", ""),),
    "stream-no-error-inside": (("error-first", ""),),
    "stream-deltas-not-cumulative": (("cumulative", ""),),
    "tools-stream-index": (("tool-no-index", ""),),
    "tools-stream-name-once": (("tool-name-repeated", ""),),
    "tools-stream-arguments": (("tool-arguments-object", ""),),
    "tools-two-apart": (("tool-same-index", ""),),
}  # fmt: skip


@dataclass(frozen=True)
class Broken:
    """One client that broke where it was run.

    label:    client and way of reading
    versions: the client's, and the day
    says:     to follow its name: "sees 1 of 2 tool calls"
    """

    label: str
    versions: str
    says: str

    def __str__(self) -> str:
        return f"{self.label} {self.says} ({self.versions})"


def breaking(check: str, came: str) -> list[Broken]:
    """The clients that broke on the fault that a check found; [] where none was run on it.

    check:  its name, such as "tools-two-apart"
    came:   what it says of the endpoint, which tells one of its faults from another
    """
    modes = {mode for mode, word in _PLANTED.get(check, ()) if word in came}
    table = _table()
    return [
        Broken(column.label, f"{column.versions}, {column.tried}", cell.says)
        for row in table.rows if row.name in modes
        for column in table.columns
        for cell in [row.cells[column.name]] if cell.breaks
    ]  # fmt: skip


@lru_cache(maxsize=256)
def broken_by(rule: str) -> tuple[Broken, ...]:
    """The clients that broke where a server broke a rule, each once; () for no such rule.

    rule:  the sentence of its finding
    """
    table = _table()
    found: dict[str, Broken] = {}
    for row in table.rows:
        for column in table.columns:
            cell = row.cells[column.name]
            if cell.breaks and cell.fault == "server" and cell.rule.startswith(rule):
                broken = Broken(column.label, f"{column.versions}, {column.tried}", cell.says)
                found.setdefault(column.name, broken)
    return tuple(found.values())


def planted() -> set[str]:
    """The demo modes that are looked up."""
    return {mode for modes in _PLANTED.values() for mode, _ in modes}


@cache
def _table() -> Matrix:
    return shipped()
