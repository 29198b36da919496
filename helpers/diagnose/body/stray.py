"""What is in a stream in place of a chunk: a page, a traceback, JSON in another shape."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ...finding import Finding, explained
from ...wire.parsing import behind, parsed
from ...wire.server_error import server_error
from ...wording import counted
from ..observed import ENOUGH, Observed

_ODD_DATA = re.compile(r"^[\s\0\ufeff]*data[\s\0]*$", re.I)


@dataclass(frozen=True)
class Stray:
    """A kind of text that is not a chunk: how it is recognised, what to say, what to change."""

    name: str
    pattern: re.Pattern[str]
    says: str
    do: str


_KINDS = (
    Stray(
        "http-head-inside", re.compile(r"^\s*HTTP/\d(\.\d)? [345]\d\d"),
        "The headers of another HTTP answer are in the stream.",
        "A proxy or a script copies its upstream's answers into one that had already begun: the "
        "upstream failed, as those headers say. Have it send an error event instead.",
    ),
    Stray(
        "html-inside", re.compile(r"^\s*<(!doctype|html|head|body|h1|title|center|hr)\b", re.I),
        "There is a web page in the middle of the stream.",
        "Read the page: a proxy wrote it into an answer that had already begun, and it says "
        "which limit or failure that was.",
    ),
    Stray(
        "traceback-inside",
        re.compile(r"Traceback \(most recent call last\)|^\s+File \".*\", line \d+|\bat .+:\d+\)$"),
        "The server's traceback is in the stream.",
        "The server failed while it wrote the answer: its last line says how. Have it log the "
        "traceback, and send an error event instead.",
    ),
    Stray(
        "bytes-repr", re.compile(r"^\s*b['\"]\s*(\{|data:)"),
        "The chunks are printed Python bytes (b'…') instead of JSON.",
        "Have the server decode its bytes before it writes them: .decode(), not str().",
    ),
    Stray(
        "python-dict", re.compile(r"^\s*\{\s*'"),
        "The chunks are printed Python dictionaries instead of JSON.",
        "Have the server write json.dumps(chunk), not str(chunk).",
    ),
    Stray(
        "error-inside",
        re.compile(r"^\s*\W?(\w*(error|exception)|internal server error|upstream \w+)\b\W", re.I),
        "The server reported an error inside the stream, as bare words.",
        "Its message says what failed; check the server's log. Have it send an error as JSON "
        "after “data: ”, which programs can read.",
    ),
)  # fmt: skip


def stray(observed: Observed) -> Finding | None:
    """The first text in the stream that explains what went wrong; None if nothing does.

    Only what is outside valid chunks counts: an answer may well talk about pages and
    tracebacks.
    """
    if observed.found["json-twice"] and not observed.answer.error:
        return _finding(
            observed, "json-twice", "The chunks are JSON encoded twice: strings of JSON.",
            "Have the server encode each chunk once.", "",
        )  # fmt: skip
    if found := _hidden_lines(observed):
        return found
    texts = list(_outside(observed))
    if any((behind(text) or "").lstrip().startswith("\\n") for text in texts):
        return _finding(
            observed, "literal-newlines",
            "Line breaks came as the two characters \\n, so the events are not separated.",
            "Have the server write real line breaks after each event; it escapes them once too "
            "often.", " ".join(texts[0].split()),
        )  # fmt: skip
    for kind in _KINDS:
        for text in texts:
            if kind.pattern.search(text):
                return _finding(observed, kind.name, kind.says, kind.do, " ".join(text.split()))
    for text in texts:
        error = server_error(parsed(text.encode("utf-8", "replace")), text)
        if error is not None:
            return _finding(
                observed, "error-inside", "The server reported an error inside the stream, as bare "
                "JSON.", "Its message says what failed. Programs do not see it: have the server "
                "send it after “data: ”.", error.message,
            )  # fmt: skip
    return None


def _hidden_lines(observed: Observed) -> Finding | None:
    """Lines that were meant to be data, but whose field has another name; an answer has none."""
    lines = observed.reading.unknown_lines
    odd = next(((name, value) for name, value in lines if _ODD_DATA.match(name)), None)
    if odd is None or observed.said_something or observed.found["chat-chunks"]:
        return None
    return _finding(
        observed, "odd-data-field",
        f"The lines begin with {odd[0][:20]!r}, which is not “data”, so readers drop them.",
        "Write “data: ” in lower case as the first characters of the line, with nothing before it.",
        odd[1],
    )  # fmt: skip


def _finding(observed: Observed, name: str, says: str, do: str, quote: str) -> Finding:
    after = f"after {counted(observed.chunks, 'chunk')}" if observed.chunks else "from the start"
    return explained(
        name, says, expected="events with one JSON chunk each", came=f"something else {after}",
        do=f"{do}{observed.kept()}", quote=quote[:500],
    )  # fmt: skip


def _outside(observed: Observed) -> Iterator[str]:
    """Yield what is outside valid chunks: data that is not JSON, lines of an unknown field."""
    reading = observed.reading
    yield from reading.unparsed
    for name, value in reading.unknown_lines:
        yield f"{name}:{value}" if value else name
    if observed.found["unfinished-event"]:
        # A last line without an end is not an event, but it holds a server's last words.
        tail = reading.body[-ENOUGH:].decode("utf-8", "replace").rsplit("\n\n", 1)[-1].lstrip()
        if not tail.startswith(":"):
            yield tail.removeprefix("data:")
