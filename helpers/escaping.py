"""Hostile text made inert for wherever it is shown: HTML, a terminal, Markdown, XML.

Each function accepts any text, never raises, and returns text that can be encoded as UTF-8.
Control characters become visible: ESC is ␛, a bidi override is �.
"""

from __future__ import annotations

import html
import re

from .wire.surrogates import encodable as encodable

_UNSEEN = "\N{REPLACEMENT CHARACTER}"
_STEERING: dict[int, str] = {
    **{code: chr(0x2400 + code) for code in range(0x20) if chr(code) not in "\t\n"},
    0x7F: "\N{SYMBOL FOR DELETE}",
    **dict.fromkeys(range(0x80, 0xA0), _UNSEEN),  # C1: 0x9B starts a terminal sequence like ESC [
    **dict.fromkeys((0x2028, 0x2029), _UNSEEN),
    **dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)), _UNSEEN),
    **dict.fromkeys(range(0xD800, 0xE000), _UNSEEN),
    **dict.fromkeys((0xFFFE, 0xFFFF), _UNSEEN),
}
_BUT_CR = {code: mark for code, mark in _STEERING.items() if code != ord("\r")}
_LONE_CR = re.compile(r"\r(?!\n)")
# MathJax looks for delimiters within one run of text, and an element's boundary ends the run.
# Unlike a class that MathJax ignores, this also works in viewers that strip classes.
_MATHEMATICS = {ord(mark): f"<span>{mark}</span>" for mark in "$\\"}
# Only what Markdown interprets within a line: punctuation between letters and digits stays as it
# is, so that the source remains readable as plain text.
_MARKDOWN = re.compile(
    r"[\\`*\[\]<>|~&{}]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])"  # emphasis, links, HTML, cells
    r"|^(?:[-+=#>]|\d+[.)](?=\s|$))"  # a list, a heading, a rule
    r"|!(?=\[)|(?<=[wW]{3})\."
)
# GitHub looks for mentions, issues, emoji, formulas and addresses in runs of text, after decoding
# references such as &#64;; an element's boundary splits the run.
_DIVIDED = re.compile(r"@(?=\w)|#(?=\w)|\$|:(?=//|[\w+-]+:)|(?<=ww)w(?=\.)")
# GitHub's runner obeys `::` after any leading white space on a line, and `##[` anywhere; Azure's
# obeys `##vso[`, TeamCity's `##teamcity[`.
_COMMAND = re.compile(r"^(\s*:)(?=:)|(##)(?=(?:vso|teamcity)?\[)", re.MULTILINE | re.IGNORECASE)


def visible(text: str) -> str:
    """The text with LF line ends and its control characters made visible and inert."""
    return encodable(text).replace("\r\n", "\n").replace("\r", "\n").translate(_STEERING)


def for_source(text: str) -> str:
    """The text at its original length, CR LF kept, with its control characters made visible."""
    return _LONE_CR.sub("\N{SYMBOL FOR CARRIAGE RETURN}", encodable(text)).translate(_BUT_CR)


def for_html(text: str) -> str:
    """The text as HTML in which a browser and JupyterLab find no markup and no mathematics."""
    return html.escape(visible(text)).translate(_MATHEMATICS)


def for_attribute(text: str) -> str:
    """The text for a quoted attribute, which cannot contain the elements that `for_html` adds."""
    return html.escape(visible(text)).replace("\n", "&#10;")


def for_terminal(text: str) -> str:
    """The text, shown but never obeyed by a terminal or a CI runner's log.

    text:  whole lines; the halves of a `::` escaped separately would join again
    """
    return _COMMAND.sub(r"\1\2 ", visible(text))


def for_markdown(text: str) -> str:
    """One line of Markdown that shows exactly the text, even in a table cell."""
    lines = (" ".join(line.split()) for line in visible(text).strip().split("\n"))
    return "<br>".join(_in_markdown(line) for line in lines)


def _in_markdown(line: str) -> str:
    """One line in which Markdown and GitHub find no syntax of theirs."""
    divided = _DIVIDED.split(line)
    marks = [*(f"<span>&#{ord(mark)};</span>" for mark in _DIVIDED.findall(line)), ""]
    parts = (
        _MARKDOWN.sub(lambda found: f"{found[0][:-1]}&#{ord(found[0][-1])};", part)
        for part in divided
    )
    return "".join(part + mark for part, mark in zip(parts, marks, strict=True))


def for_xml(text: str) -> str:
    """The text in characters that XML 1.0 allows; escaping is left to the XML writer."""
    return visible(text)
