"""Which clients break if a check of the conformance report fails: looked up, never curated."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache

from .matrix import Cell, Matrix
from .shipped import shipped

# The demo modes with the fault that a check looks for. If a check knows several faults, the word is
# one that its result contains.
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
class BrokenClient:
    """One client that broke when it was tried.

    label:    client and way of reading
    versions: the client's, and the day
    says:     to follow its name: "sees 1 of 2 tool calls"
    """

    label: str
    versions: str
    says: str

    def __str__(self) -> str:
        return f"{self.label} {self.says} ({self.versions})"


def breaking(check: str, came: str) -> list[BrokenClient]:
    """The clients that broke on the fault that a check found; [] if none was tried on it.

    check:  its name, such as "tools-two-apart"
    came:   its result, which tells one of its faults from another
    """
    modes = {mode for mode, word in _PLANTED.get(check, ()) if word in came}
    table = _table()
    return [
        BrokenClient(column.label, f"{column.versions}, {column.tried}", cell.says)
        for row in table.rows if row.name in modes
        for column in table.columns
        for cell in [row.cells[column.name]] if cell.breaks
    ]  # fmt: skip


@lru_cache(maxsize=256)
def tried_on(rule: str) -> tuple[tuple[BrokenClient, ...], tuple[str, ...]]:
    """The clients that broke on a server's violation of a rule, each once, and the other labels.

    rule:  the sentence of its finding; one that no client was tried on gives ((), ())
    """
    table = _table()
    found: dict[str, BrokenClient] = {}
    whole: set[str] = set()
    for row in table.rows:
        broken = [one for one in table.columns if _breaks_by(row.cells[one.name], rule)]
        for column in broken:
            says = row.cells[column.name].says
            client = BrokenClient(column.label, f"{column.versions}, {column.tried}", says)
            found.setdefault(column.name, client)
        if broken:
            whole |= {name for name, cell in row.cells.items() if cell.outcome == "agrees"}
    right = [one.label for one in table.columns if one.name in whole - found.keys()]
    return tuple(found.values()), tuple(right)


def _breaks_by(cell: Cell, rule: str) -> bool:
    return cell.breaks and cell.fault == "server" and cell.rule.startswith(rule)


def planted() -> set[str]:
    """The demo modes that are looked up."""
    return {mode for modes in _PLANTED.values() for mode, _ in modes}


@cache
def _table() -> Matrix:
    return shipped()
