"""What was found in which server: small results in files, and README's table built from them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ...checks.conformance.catalogue import RULES
from ...checks.conformance.check import HARMFUL, PROFILES
from ...checks.conformance.exports import MARKS
from ...checks.conformance.report import Report
from ...endpoint import CallError
from ...escaping import for_markdown
from ...finding import Conformance

FOLDER = Path(__file__).with_name("found")
HEADS = {
    "chat": "chat", "streaming": "streams", "tools": "tools", "structured": "schemas",
    "embeddings": "embeddings", "responses": "Responses", "messages": "Messages",
    "completions": "completions",
}  # fmt: skip
_LONGEST = 160
_NAMED = 6


class KeptError(CallError):
    """A result cannot be kept, or README has no place for the table."""

    headline = "The table of servers cannot be made"


@dataclass(frozen=True)
class ServerResult:
    """The results of one run on one version of a server, without any body or address.

    how:    the backend, or what the server was told to answer
    kinds:  the verdict for each kind of program
    partly: the kinds that work, although something in them is wrong or has no effect
    core:   the core checks that are wrong, or accepted and ignored
    other:  each check that did not pass: its verdict, and what came
    """

    server: str
    version: str
    how: str
    date: str
    rules: str
    requests: int
    tokens: int
    kinds: Mapping[str, Conformance]
    partly: tuple[str, ...] = ()
    core: tuple[str, ...] = ()
    other: Mapping[str, tuple[Conformance, str]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The server and its version, as a row begins."""
        beside = f" ({self.how})" if self.how else ""
        return f"{self.server} {self.version}{beside}"


def found_in(report: Report, *, server: str, version: str, how: str = "") -> ServerResult:
    """A report reduced to what is kept."""
    rows = [row for row in report.rows if row.verdict not in ("pass", "skipped")]
    return ServerResult(
        server, version, how, report.started_at[:10], RULES, report.requests, report.tokens,
        kinds={one.profile: one.verdict for one in report.summary},
        partly=tuple(one.profile for one in report.summary if one.partly),
        core=tuple(row.check.name for row in rows if row.check.core and row.verdict in HARMFUL),
        other={row.check.name: (row.verdict, row.result.came[:_LONGEST]) for row in rows},
    )  # fmt: skip


def keep(result: ServerResult, folder: Path = FOLDER) -> Path:
    """The file that now holds a result, replacing an older one of the same server.

    raises:  KeptError for a name that cannot be a file's
    """
    name = re.sub(r"[^a-z0-9.]+", "-", result.server.lower()).strip("-.")
    if not name:
        raise KeptError("a server's name", repr(result.server)[:40], "Give it as --server NAME.")
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.json"
    path.write_text(json.dumps(asdict(result), indent=1, ensure_ascii=False) + "\n", "utf-8")
    return path


def kept(folder: Path = FOLDER) -> list[ServerResult]:
    """Every result that was kept, by the server's name."""
    return [_read(path) for path in sorted(folder.glob("*.json"))]


def _read(path: Path) -> ServerResult:
    fields: dict[str, Any] = json.loads(path.read_text("utf-8"))
    fields |= {name: tuple(fields[name]) for name in ("core", "partly")}
    fields["other"] = {name: tuple(pair) for name, pair in fields["other"].items()}
    return ServerResult(**fields)


def table(results: Iterable[ServerResult]) -> str:
    """The results as a Markdown table: a sign for each kind of program, and what is red."""
    listed = [*results]
    days = sorted({one.date for one in listed})
    heads = ["server", *(HEADS[name] for name in PROFILES), "wrong, or accepted and ignored"]
    lines = [f"| {' | '.join(heads)} |", f"| --- |{' :-: |' * len(PROFILES)} --- |"]
    lines += [f"| {' | '.join(_cells(one))} |" for one in listed]
    asked = f"Asked {' to '.join(dict.fromkeys((days[0], days[-1])))}" if days else "Nothing kept"
    signs = " · ".join(f"{MARKS[name]} {word}" for name, word in _WORDS.items())
    return "\n".join(
        [
            *lines,
            "",
            f"{asked}, judged by {RULES}. {signs} · in brackets: works apart from that · "
            "**bold**: a core check",
        ]
    )


_WORDS: dict[Conformance, str] = {
    "pass": "works", "tolerated": "works, with a remark", "deviates": "breaks",
    "ignored": "silently wrong", "refused": "refused", "absent": "not there",
    "unclear": "unclear",
}  # fmt: skip


def _cells(result: ServerResult) -> list[str]:
    harmful = [name for name, (verdict, _) in result.other.items() if verdict in HARMFUL]
    # The core first, because it is undisputed; the others are remarks.
    names = [*result.core, *(name for name in harmful if name not in result.core)]
    marked = [f"**`{name}`**" if name in result.core else f"`{name}`" for name in names[:_NAMED]]
    more = [f"{len(names) - _NAMED} more"] if len(names) > _NAMED else []
    signs = [MARKS[result.kinds.get(name, "skipped")] for name in PROFILES]
    signs = [
        f"({sign})" if name in result.partly else sign
        for name, sign in zip(PROFILES, signs, strict=True)
    ]  # fmt: skip
    return [for_markdown(result.name), *signs, ", ".join([*marked, *more]) or "nothing"]


def put_into(readme: Path, made: str) -> None:
    """Replace the table in a file.

    raises:  KeptError if it has none
    """
    text = readme.read_text("utf-8")
    old = re.search(r"^\| server \|.*?\n\n[^\n]+", text, re.DOTALL | re.MULTILINE)
    if not old:
        raise KeptError("a table that begins with | server |", readme.name, "Put one there first.")
    readme.write_text(text[: old.start()] + made + text[old.end() :], "utf-8")
