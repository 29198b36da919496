"""Hostile text made inert for each place it is shown in: HTML, a terminal, Markdown, XML.

Each function takes any text, never raises, and returns text that can be encoded as UTF-8.
Characters that steer instead of showing become visible: ESC is ␛, a bidi override is �.
"""

from __future__ import annotations

import html
import re
from string import punctuation

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
# MathJax finds its delimiters within one run of text and ends a run at an element's edge. Unlike
# a class that it ignores, the edge also holds in viewers that remove classes.
_MATHEMATICS = {ord(mark): f"<span>{mark}</span>" for mark in "$\\"}
# GitHub looks for mentions, issues, emoji and addresses in runs of text, after references such as
# &#64; have become characters again; the element's edge divides the run.
_MARKDOWN: dict[int, str] = {
    **{ord(mark): f"&#{ord(mark)};" for mark in punctuation},
    **{ord(mark): f"<span>&#{ord(mark)};</span>" for mark in "@#:$"},
}
# GitHub's runner obeys `::` after any white space at a line's start, and `##[` anywhere.
_COMMAND = re.compile(r"^(\s*:)(?=:)|(##)(?=\[)", re.MULTILINE)


def visible(text: str) -> str:
    """Return text with LF line ends whose steering characters can be seen and do nothing."""
    return encodable(text).replace("\r\n", "\n").replace("\r", "\n").translate(_STEERING)


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
    return "<br>".join(line.translate(_MARKDOWN) for line in lines)


def for_xml(text: str) -> str:
    """Return text of characters that XML 1.0 allows; escaping stays with whoever writes the XML."""
    return visible(text)
