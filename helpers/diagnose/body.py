"""What came instead of an event stream."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..wire.chunk_statistics import Facts, glued, is_ping
from ..wire.completion import parsed
from ..wire.reading import Reading
from ..wire.server_error import server_error, text_error

QUOTE = 200
LINES_READ = 1000
_SET_IT = (
    "The server, or a gateway before it, ignored stream: true. Look for its switch, or a newer "
    "version; else ask without stream."
)


@dataclass(frozen=True)
class Ruling:
    """A word's cause under a stable name, its sentence, its evidence and what to change."""

    cause: str
    says: str
    evidence: str = ""
    remedy: str = ""


def instead_of_sse(facts: Facts) -> Ruling | None:
    """Return what the body is when it is no stream of chunks, None when it may be one."""
    reading = facts.reading
    if reading.sse is False:
        return _other_body(reading)
    counts = facts.shape.counts
    chunks = counts["chunks"] + counts["empty-choices"]
    if not reading.recording.end or chunks or facts.answer.error:
        return None
    return _chunkless(reading)


def _other_body(reading: Reading) -> Ruling:
    recording, answer = reading.recording, reading.answer
    body = recording.body
    began = body.removeprefix(b"\xef\xbb\xbf").lstrip()
    came = _came(reading)
    if (recording.status or 0) >= 400:
        words = answer.error.message if answer.error else quoted(body)
        return Ruling(
            "http-error", f"The server refused with status {recording.status}.",
            f"{came}: “{words[:QUOTE]}”", "Read its words: the request was not taken.",
        )  # fmt: skip
    if reading.findings["bad-encoding"] or began[:2] == b"\x1f\x8b":
        return Ruling(
            "bad-encoding", "The body is not encoded as its header says, and cannot be read.", came,
            "Something compresses twice, or not at all, on the way: switch compression off for "
            "text/event-stream.",
        )  # fmt: skip
    if "html" in recording.media_type or re.match(rb"(?i)<(!doctype|html|head)", began):
        title = text_error(recording.text[:20_000]).message
        return Ruling(
            "html", "A web page came instead of a stream.", f"{came}: “{title[:QUOTE]}”",
            "The address belongs to a web site or a login page: check the base URL and its path.",
        )  # fmt: skip
    lines = [line for line in body.split(b"\n", LINES_READ)[:LINES_READ] if line.strip()]
    if len(lines) > 1 and all(isinstance(parsed(line), dict) for line in lines[:-1]):
        return Ruling(
            "ndjson", "JSON lines came instead of server-sent events.",
            f"{came}, {len(lines)} lines; the first: “{quoted(lines[0])}”",
            "This is another API (Ollama's own speaks so): use the address with /v1, or let the "
            "server write “data: ” before each line and an empty line after it.",
        )  # fmt: skip
    return _one_value(reading, came)


def _one_value(reading: Reading, came: str) -> Ruling:
    """Return what a body of one JSON value, or of no JSON at all, is."""
    recording, answer = reading.recording, reading.answer
    if answer.choices and not reading.streamed and recording.request_body:
        return Ruling(
            "no-stream-asked", "No stream was asked for, and one whole answer came.", came,
            "Set stream to true to see whether it streams.",
        )  # fmt: skip
    if answer.choices:
        cut = ", cut off" if answer.cut else ""
        return Ruling(
            "full-for-stream", "One whole answer came instead of a stream.",
            f"{came}: one JSON object with {len(answer.text)} characters of text{cut}", _SET_IT,
        )  # fmt: skip
    value = parsed(recording.body)
    if value is not None and server_error(value) is not None and answer.error:
        return Ruling(
            "json-error", "An error came instead of a stream, with a status that says all is well.",
            f"{came}: “{answer.error.message[:QUOTE]}”",
            "Its words say what failed; look into the server's log.",
        )  # fmt: skip
    if value is not None:
        return Ruling(
            "json", "JSON came instead of a stream, and no answer is in it.",
            f"{came}: “{quoted(recording.body)}”", "Check that this address speaks the OpenAI API.",
        )  # fmt: skip
    return Ruling(
        "no-events", "What came is no event stream.", f"{came}: “{quoted(recording.body)}”",
        "Check that this address speaks the OpenAI API.",
    )  # fmt: skip


def _chunkless(reading: Reading) -> Ruling | None:
    """Return what is wrong with server-sent events that hold not one chunk."""
    body, came = reading.recording.body, _came(reading)
    data_lines = len(re.findall(rb"(?m)^data:[ \t]*\{", body))
    if data_lines and _without_blank_lines(reading):
        return Ruling(
            "no-empty-lines", "No empty line stands between the events, so none of them ends.",
            f"{came}, {data_lines} data lines",
            "Let the server end each event with two line ends (data: …\\n\\n); a proxy that "
            "squeezes empty lines does this too.",
        )  # fmt: skip
    speaks = [event for *_, event in reading.events if not is_ping(event)]
    speaks = [event for event in speaks if event.data.strip() != "[DONE]"]
    if speaks:
        return Ruling(
            "no-chunks", "Events came, but not one of them is a chunk of a chat completion.",
            f"{came}, {len(reading.events)} events; the first: “{speaks[0].data[:QUOTE]}”",
            "This is another API's stream, or the server writes its chunks in a form of its own.",
        )  # fmt: skip
    if not reading.events and not reading.findings["comment"] and body.strip():
        if reading.findings["unfinished-event"] and b"data:" in body:
            return None
        return Ruling(
            "no-events", "Lines came, but not one server-sent event is in them.",
            f"{came}: “{quoted(body)}”",
            "Let the server write “data: ” before each chunk and an empty line after it.",
        )  # fmt: skip
    return None


def _without_blank_lines(reading: Reading) -> bool:
    """Whether all chunks run together in one event, or in none."""
    if not reading.events:
        text = reading.recording.body.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        return text.rstrip().count(b"\ndata:") > 0 and b"\n\n" not in text.strip()
    said = [event.data for *_, event in reading.events if not is_ping(event)]
    return bool(said) and all(len(glued(data)) > 1 for data in said)


def _came(reading: Reading) -> str:
    recording = reading.recording
    return f"{recording.status} with {recording.media_type or 'no content type'}"


def quoted(body: bytes) -> str:
    """Return the beginning of a body on one line."""
    return " ".join(body[: 2 * QUOTE].decode("utf-8", "replace").split())[:QUOTE]
