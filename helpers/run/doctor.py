"""The doctor in a terminal: each layer as it is checked, then the one address to copy."""

from __future__ import annotations

import asyncio
import shutil
import textwrap
from typing import Any

from ..checks.connect.walk import Connection, connect
from ..escaping import for_terminal
from ..show.connect.page import line, took
from .outcome import EXIT, judge

_INDENT = " " * 25


def run(text: str, **asked: Any) -> int:
    """The exit code for a pasted text: 0 it works as it is, 1 it does not, 2 not judged.

    asked:   as for `connect`
    raises:  AddressError, KeyNameError, before anything is asked
    """
    shown = 0

    def watch(connection: Connection) -> None:
        nonlocal shown
        for step in connection.steps[shown:]:
            finding = step.finding
            _say(line(step), f"{took(step)} ms" if step.took_s is not None else "")
            # The advice on a failure is printed at the end, where it is read.
            advice = f"→ {finding.do}" if finding.do and finding.level != "fail" else ""
            for more in filter(None, (finding.evidence, advice)):
                _say(f"{_INDENT}{more}")
        shown = len(connection.steps)

    connection = asyncio.run(connect(text, **asked, watch=watch))
    verdict = connection.verdict
    print()
    _say(connection.headline)
    for do in dict.fromkeys(finding.do for finding in verdict.failures if finding.do):
        _say(f"→ {do}")
    for spelling in connection.spellings:
        print(for_terminal(f"\n  {spelling.what}:\n    {spelling.line}"))
    word, _ = judge("done", verdict.to_json())
    return EXIT[word]


def _say(sentence: str, behind: str = "") -> None:
    """Print a sentence wrapped to the terminal's width, with later lines indented."""
    wide = max(min(shutil.get_terminal_size().columns, 120), 60)
    text = for_terminal(f"{sentence}  {behind}" if behind else sentence)
    indent = _INDENT if sentence.startswith(_INDENT) or behind else "  "
    print(textwrap.fill(
        text, wide, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    ), flush=True)  # fmt: skip
