"""What came instead of the answer: a web page, JSON lines, an error with status 200, nothing."""

from __future__ import annotations

import re
from dataclasses import replace

from ...finding import Finding, explained
from ...wire.builders.builder import DONE
from ...wire.encoding import ACCEPTS, accepted_codings, codings
from ...wire.parsing import glued, parsed
from ...wire.server_error import server_error
from ...wording import counted
from ..address import about_path
from ..observed import Observed, begins_a_page, quoted
from .another_api import of_another_api
from .disguise import body_disguised, events_disguised, more_behind
from .misplaced_text import bare_text
from .stray import stray

LINES_READ = 1000
# A body holds at most a few answers one after another.
MANY = 3
_CHUNKED = re.compile(rb"[0-9a-fA-F]{1,8}\r\n\{")
# Codings that the openai client never asks for and cannot read.
_UNUSUAL = {"br", "zstd", "compress", "x-compress"}


def instead_of_an_answer(observed: Observed) -> Finding | None:
    """What the body is, if it is neither a stream of chunks nor a completion."""
    reading = observed.reading
    if not reading.recording.end:
        return None
    if observed.found["bad-encoding"] or reading.body[:2] == b"\x1f\x8b" or _unasked(observed):
        return _bad_encoding(observed)
    if not reading.sse:
        # What our own limit cut short could still have become anything, unless it is a page.
        waiting = observed.ending.end == "limit" and not observed.is_page
        return None if waiting else _other_body(observed)
    return stray(observed) or _without_chunks(observed)


def stream_for_full(observed: Observed) -> Finding | None:
    """A stream that came although the request did not ask for one."""
    if not observed.found["stream-for-full"] or not observed.recording.request_body:
        return None
    return explained(
        "sse-for-full", "A stream came, although the answer was asked for in one piece.",
        expected="one JSON object, as stream: false asks for",
        came=f"{observed.came} and {counted(len(observed.reading.events), 'event')}",
        do="Look for the server's streaming switch: the openai client hands the program the raw "
        "text of the stream here, and no error.",
    )  # fmt: skip


def _unasked(observed: Observed) -> str:
    """The unusual coding of the body that the request did not ask for, "" if there is none."""
    recording = observed.recording
    names = [one for one in codings(recording.header("content-encoding")) if one in _UNUSUAL]
    named = [value for name, value in recording.request_headers if name.lower() == ACCEPTS]
    accepted = accepted_codings(", ".join(named))
    # A request without the header accepts any coding (RFC 9110, 12.5.3).
    if not names or not named or "*" in accepted:
        return ""
    return next((name for name in names if name not in accepted), "")


def _bad_encoding(observed: Observed) -> Finding:
    encoding = observed.recording.header("content-encoding") or "none"
    text = observed.reading.body[:1].isascii() and observed.reading.body[:200].isascii()
    unasked, trouble = _unasked(observed), observed.found["bad-encoding"]
    if unasked and not (trouble and text):
        return explained(
            "bad-encoding", f"The body is compressed with {unasked}, which was not asked for.",
            expected="gzip, deflate, or no compression: Accept-Encoding names no other",
            came=f"Content-Encoding: {encoding}",
            do="Have the server, or the proxy in front of it, respect Accept-Encoding, or switch "
            "compression off for the API's paths: the openai client for Python raises "
            "UnicodeDecodeError here.",
        )  # fmt: skip
    again = "gzip " + ("inside of gzip" if "gzip" in encoding else "that no header names")
    return explained(
        "bad-encoding", "The body is not compressed as its header says, so no program reads it.",
        expected=f"what Content-Encoding: {encoding} announces",
        came=observed.reading.encoding_trouble or again,
        do="Something compresses twice, or not at all: switch compression off for the API's paths.",
    )  # fmt: skip


def _other_body(observed: Observed) -> Finding | None:
    reading, body = observed.reading, observed.reading.body
    # Clients read an answer whatever its type is called.
    if observed.is_page and not observed.answer.choices:
        return (None if begins_a_page(body) else body_disguised(observed)) or _page(observed)
    if not body.strip():
        do = (
            f"Status {observed.recording.status} means that there is no content, so no client "
            "reads the body: send 200."
            if observed.recording.status in (204, 205)
            else "Check the server's log: the answer ended before it began. A gateway that "
            "lost its upstream does this, too."
        )
        return explained(
            "empty", "The answer is empty.", expected=observed.due,
            came=f"{observed.came} and not a single byte{_why_none(observed)}", do=do,
        )  # fmt: skip
    if observed.broken_off:
        return None
    lines = _json_lines(body)
    if observed.found["json-behind"] and (not reading.streamed or len(lines) <= MANY):
        return more_behind(observed)
    if len(lines) > 1 and all(isinstance(parsed(line), dict) for line in lines[:-1]):
        if other := of_another_api(observed, (parsed(line) for line in lines)):
            return replace(other, name="ndjson")
        return explained(
            "ndjson", "JSON lines came instead of server-sent events.",
            expected=observed.due, came=f"{observed.came}, {counted(len(lines), 'line')}",
            do="Have the server write “data: ” before each line and an empty line after it."
            f"{observed.kept()}",
            quote=quoted(lines[0]),
        )  # fmt: skip
    if observed.answer.choices:
        return _whole_for_stream(observed) if reading.streamed else None
    return _no_completion(observed)


def _json_lines(body: bytes) -> list[bytes]:
    """The lines of a body; objects with nothing, or a control character, between them count."""
    apart = body.replace(b"\x1e", b"\n").replace(b"}{", b"}\n{")
    return [line for line in apart.split(b"\n", LINES_READ)[:LINES_READ] if line.strip()]


def _why_none(observed: Observed) -> str:
    """What shows whether a body was meant to come at all."""
    if observed.ending.end == "broken":
        return f"; then the connection was lost ({observed.ending.detail})"
    empty = observed.recording.header("content-length") == "0"
    return ", as Content-Length: 0 says" if empty else ""


def _page(observed: Observed) -> Finding:
    do, fix = about_path(observed)
    return explained(
        "html", "A web page came instead of an answer.", expected=observed.due,
        came=observed.came, quote=observed.words, fix=fix,
        do=f"This address belongs to a web site or a login page. {do}",
    )  # fmt: skip


def _whole_for_stream(observed: Observed) -> Finding:
    cut = ", cut off" if observed.answer.cut else ""
    return explained(
        "full-for-stream", "One whole answer came instead of a stream.",
        expected="a stream of events, as stream: true asks for",
        came=f"{observed.came}: one JSON object with "
        f"{counted(len(observed.answer.text), 'character')} of text{cut}",
        do="The server, or a gateway in front of it, ignored stream: true. Look for its streaming "
        "switch or a newer version, or ask without stream.",
    )  # fmt: skip


def _no_completion(observed: Observed) -> Finding:
    if _CHUNKED.match(observed.reading.body):
        return explained(
            "chunk-sizes-inside", "The sizes of chunks appear as text in the answer.",
            expected=observed.due, came=observed.came, quote=quoted(observed.reading.body),
            do="The body is chunked and does not say so, or was chunked twice: send "
            "Transfer-Encoding: chunked, once.",
        )  # fmt: skip
    value = parsed(observed.reading.body)
    found = _json_without_answer(observed, value) or body_disguised(observed)
    if found := found or bare_text(observed):
        return found
    return explained(
        "not-an-answer", f"What came is not {observed.terms.answer}.", expected=observed.due,
        came=observed.came, quote=observed.words,
        do=f"Check that this address speaks the OpenAI API. {about_path(observed)[0]}",
    )  # fmt: skip


def _json_without_answer(observed: Observed, value: object) -> Finding | None:
    """What the JSON, or the status, reports in place of an answer; None if neither explains it."""
    error = observed.answer.error
    if error and value is not None and server_error(value) is not None:
        return explained(
            "json-error", "An error came with status 200, which means success.",
            expected=observed.due, came=observed.came, quote=error.message,
            do="Its message says what failed; check the server's log. An error should have an "
            "error's status: programs see an empty answer.",
        )  # fmt: skip
    if found := of_another_api(observed):
        return found
    if observed.recording.status == 202:
        return explained(
            "not-ready", "The server accepted the request and did not wait for the answer (202).",
            expected=observed.due, came=observed.came, quote=observed.words,
            do="It answers later, at another address, as a queue does: look for a setting that "
            "makes it wait, or for its OpenAI-compatible API. No OpenAI client comes back to ask.",
        )  # fmt: skip
    if isinstance(value, dict) and value.get("choices") == []:
        return explained(
            "no-choice", "The answer is a completion without a single choice.",
            expected="at least one choice", came=f"{observed.came}, with choices: []",
            quote=observed.words,
            do="The address is right. A server whose model failed, or whose filter removed the "
            "answer, does this: check its log. Programs fail at choices[0].",
        )  # fmt: skip
    return None


def _without_chunks(observed: Observed) -> Finding | None:
    """What is wrong with server-sent events that contain no chunk at all."""
    reading, statistics = observed.reading, observed.statistics
    if statistics.chunks or observed.answer.error or reading.limit:
        return None
    if found := _not_separated(observed):
        return found
    if observed.found["text-after-done"]:
        return _done_first(observed)
    if observed.found["chat-chunks"]:
        return _chat_chunks(observed)
    if statistics.counts["empty-choices"]:
        return None
    speaks = [event for *_, event in reading.events if event.data.strip() not in (DONE, "")]
    if speaks and all(event.data.lstrip().startswith("data:") for event in speaks):
        return explained(
            "data-twice", "“data:” comes twice before each chunk.",
            expected="data: {…}", came=f"{observed.came}, {counted(len(reading.events), 'event')}",
            do="A gateway wraps what is already a stream: have it pass the lines on unchanged.",
            quote=speaks[0].data[:200],
        )  # fmt: skip
    if found := of_another_api(observed, (parsed(one.data) for one in speaks)):
        return found
    return events_disguised(observed) or _no_chunks(observed, [event.data for event in speaks])


def _no_chunks(observed: Observed, texts: list[str]) -> Finding | None:
    """Events, or lines, of no known kind."""
    reading = observed.reading
    if len(texts) > observed.statistics.pings:
        return explained(
            "no-chunks", f"Events came, but none of them is {observed.terms.piece}.",
            expected=observed.due,
            came=f"{observed.came}, {counted(len(reading.events), 'event')}",
            do="This is another API's stream, or the server has a format of its own.",
            quote=texts[0][:200],
        )  # fmt: skip
    if not reading.events and not observed.found["comment"] and reading.body.strip():
        if observed.found["unfinished-event"] and b"data:" in reading.body:
            return None
        return explained(
            "no-events", "Lines came, but no server-sent event among them.",
            expected=observed.due, came=observed.came, quote=quoted(reading.body),
            do="Have the server write “data: ” before each chunk and an empty line after it.",
        )  # fmt: skip
    return None


def _chat_chunks(observed: Observed) -> Finding:
    return explained(
        "chat-chunks", f"Chat chunks came instead of the events of the {observed.terms.api}.",
        expected=observed.due,
        came=f"{observed.came}, {observed.found['chat-chunks']} chunks of a chat completion",
        do=f"Programs that speak the {observed.terms.api} see no text here. Ask this server with "
        'api = "chat", and point agents at a gateway that translates (LiteLLM).',
    )  # fmt: skip


def _done_first(observed: Observed) -> Finding:
    return explained(
        "done-first", "[DONE] came before the text, so programs stop before they see any.",
        expected="[DONE] as the last event", came=f"{observed.came}, with [DONE] as the first",
        do=f"Send [DONE] last.{observed.kept()}",
    )  # fmt: skip


def _not_separated(observed: Observed) -> Finding | None:
    """Events with no empty line between them, so that a parser sees one event, or none."""
    reading = observed.reading
    count = len(re.findall(rb"(?m)^data:[ \t]*\{", reading.body))
    texts = [event.data for *_, event in reading.events if event.data.strip()]
    together = bool(texts) and all(len(glued(data)) > 1 for data in texts)
    text = reading.body.replace(b"\r\n", b"\n").replace(b"\r", b"\n").strip()
    unended = not reading.events and b"\ndata:" in text and b"\n\n" not in text
    if not count or not (together or unended):
        return None
    return explained(
        "no-empty-lines", "There is no empty line between the events, so none of them ends.",
        expected=observed.due, came=f"{observed.came}, {count} data lines",
        do="Have the server end each event with two line breaks (data: …\\n\\n). A proxy that "
        "squeezes empty lines does this, too.",
    )  # fmt: skip
