"""One word for the first finding: what a person would call the stream, whatever caused it."""

from __future__ import annotations

from collections.abc import Sequence

from ..finding import Finding

_OF_A_STREAM = {
    "not SSE": (
        "html", "ndjson", "no-empty-lines", "full-for-stream", "json-error", "no-events",
        "no-chunks", "not-an-answer", "bad-encoding", "bytes-repr", "python-dict", "json-twice",
        "literal-newlines", "chat-chunks", "in-an-array", "in-an-object", "in-base64",
        "wide-charset", "printed-object", "odd-data-field", "json-over-lines", "bare-text",
        "no-line-ends", "broken-json", "text-around", "choices-not-a-list",
    ),
    "silent": ("empty", "only-done", "done-first", "zero-chunks", "silence"),
    "cut": ("cut", "connection-lost", "bad-framing", "html-inside", "traceback-inside",
            "http-head-inside"),
    "stalled": ("stalled", "stopped-coming"),
    "buffered": ("buffered", "buffered-by-compression"),
    "error inside": ("error-inside",),
    "unclear": ("too-short", "too-fast", "too-few-reads", "no-times", "tool-call-only", "own-lag"),
}  # fmt: skip
_WORDS = {name: word for word, names in _OF_A_STREAM.items() for name in names}
_KEPT = {"re-chunked": "re-chunked", "keep-alives-only": "keep-alives only"}


def word_of(findings: Sequence[Finding], *, streamed: bool = True) -> str:
    """The one word for what came: "streamed", "buffered", "cut"; "answered" for a full answer."""
    if not findings:
        return ""
    name = findings[0].name
    if streamed and name in _WORDS:
        return _WORDS[name]
    return _KEPT.get(name) or name.replace("-", " ")
