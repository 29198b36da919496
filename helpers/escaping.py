"""Hostile text made inert for each place it is shown in: HTML, a terminal, Markdown, XML.

Each function takes any text, never raises, and returns text that can be encoded as UTF-8.
Characters that steer instead of showing become visible: ESC is ␛, a bidi override is �.
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
# MathJax finds its delimiters within one run of text and ends a run at an element's edge. Unlike
# a class that it ignores, the edge also holds in viewers that remove classes.
_MATHEMATICS = {ord(mark): f"<span>{mark}</span>" for mark in "$\\"}
# What means something in the middle of a Markdown line, and nothing that a reader of plain text
# would stumble over: punctuation between letters and figures stays as it is.
_MARKDOWN = re.compile(
    r"[\\`*\[\]<>|~&{}]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])"  # emphasis, links, HTML, cells
    r"|^(?:[-+=#>]|\d+[.)](?=\s|$))"  # a list, a heading, a rule
    r"|!(?=\[)|(?<=[wW]{3})\."
)
# GitHub looks for mentions, issues, emoji, formulas and addresses in runs of text, after references
# such as &#64; have become characters again; the element's edge divides the run.
_DIVIDED = re.compile(r"@(?=\w)|#(?=\w)|\$|:(?=//|[\w+-]+:)|(?<=ww)w(?=\.)")
# GitHub's runner obeys `::` after any white space at a line's start, and `##[` anywhere; Azure's
# obeys `##vso[`, TeamCity `##teamcity[`.
_COMMAND = re.compile(r"^(\s*:)(?=:)|(##)(?=(?:vso|teamcity)?\[)", re.MULTILINE | re.IGNORECASE)


def visible(text: str) -> str:
    """Return text with LF line ends whose steering characters can be seen and do nothing."""
    return encodable(text).replace("\r\n", "\n").replace("\r", "\n").translate(_STEERING)


def for_source(text: str) -> str:
    """Return as many characters, CR LF among them, of which those that steer can be seen."""
    return _LONE_CR.sub("\N{SYMBOL FOR CARRIAGE RETURN}", encodable(text)).translate(_BUT_CR)


def for_html(text: str) -> str:
    """Return text as HTML in which a browser and JupyterLab find no markup and no mathematics."""
    return html.escape(visible(text)).translate(_MATHEMATICS)


def for_attribute(text: str) -> str:
    """Return text for a quoted attribute, where an element would be read as text."""
    return html.escape(visible(text)).replace("\n", "&#10;")


def for_terminal(text: str) -> str:
    """Return text that a terminal and a CI runner's log show and never obey.

    text:  whole lines; two halves of a `::` made inert one by one would join again
    """
    return _COMMAND.sub(r"\1\2 ", visible(text))


def for_markdown(text: str) -> str:
    """Return one line of Markdown that shows the text, in a table's cell too, and nothing else."""
    lines = (" ".join(line.split()) for line in visible(text).strip().split("\n"))
    return "<br>".join(_in_markdown(line) for line in lines)


def _in_markdown(line: str) -> str:
    """One line without a mark that Markdown or GitHub would take for its own."""
    divided = _DIVIDED.split(line)
    marks = [*(f"<span>&#{ord(mark)};</span>" for mark in _DIVIDED.findall(line)), ""]
    parts = (
        _MARKDOWN.sub(lambda found: f"{found[0][:-1]}&#{ord(found[0][-1])};", part)
        for part in divided
    )
    return "".join(part + mark for part, mark in zip(parts, marks, strict=True))


def for_xml(text: str) -> str:
    """Return text of characters that XML 1.0 allows; escaping stays with whoever writes the XML."""
    return visible(text)
