"""A recording without a word of either side: times, sizes and the form of what was said."""

from __future__ import annotations

import re

from ...wire.recording import Recording, decoded

# Names whose values are the API's own words; under any other name they may be someone's.
_FORM = frozenset(
    b"object type role finish_reason stop_reason status model id service_tier".split()
)
_LONGEST_FORM = 64
_STRING = re.compile(rb'"((?:[^"\\]|\\.)*+)"(\s*:)?', re.S)
_JSON_LINE = re.compile(rb"\s*(?:data:|event:|id:|retry:|[\[\]{}\"]|$)")


def without_words(recording: Recording) -> None:
    """Replace every word in a recording by stars, one for each byte."""
    reads = [*decoded(recording)]
    body = starred(b"".join(data for _, data in reads))
    recording.reads, start = [], 0
    for at_s, data in reads:
        recording.reads.append((at_s, body[start : start + len(data)]))
        start += len(data)
    recording.encoding_undone = True
    recording.request_body = starred(recording.request_body)


def starred(body: bytes) -> bytes:
    """A body reduced to its form: JSON keeps its names and the API's own words, else stars."""
    return b"".join(_line(line) for line in body.splitlines(keepends=True))


def _line(line: bytes) -> bytes:
    if not _JSON_LINE.match(line):
        return re.sub(rb"[^\r\n]", b"*", line)
    name = b""

    def string(match: re.Match[bytes]) -> bytes:
        nonlocal name
        if match[2]:
            name = match[1]
            return match[0]
        if name in _FORM and len(match[1]) <= _LONGEST_FORM:
            return match[0]
        return b'"' + b"*" * len(match[1]) + b'"'

    return _STRING.sub(string, line)
