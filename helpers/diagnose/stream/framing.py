"""How events are written: bytes, lines and fields that readers drop or stumble over."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...finding import Finding, Level
from ...wire.encoding import KNOWN, codings
from ...wire.sse import EVENT_STREAM
from ..body.wrappers import head_inside
from ..observed import Observed
from ..proxies import compressed

QUOTE = 80
_SIZE = re.compile(r"[0-9a-fA-F]{1,8}")

# What parser and assembler count: level, sentence, what to change. "pass" is legal, worth knowing.
COUNTED: dict[str, tuple[Level, str, str]] = {
    "comment": (
        "pass", "Comments keep the connection alive.",
        "They keep a client's read timeout from ever running out: limit the time without text.",
    ),
    "bom": (
        "remark", "The stream begins with a byte order mark.",
        "Legal, but the plain openai client loses the first event: write UTF-8 without it.",
    ),
    "bad-utf-8": (
        "fail", "Some bytes are not UTF-8, so characters are damaged.",
        "Hold an incomplete character's bytes back until it is whole. The plain openai client "
        "raises UnicodeDecodeError.",
    ),
    "lone-surrogate": (
        "fail", "A character came in halves that do not fit together.",
        "Cut text between characters, not inside \\ud83d\\udf33: programs that print a half fail.",
    ),
    "split-surrogate": (
        "remark", "A character came in two halves, one in each of two chunks.",
        "Cut text between characters: programs that print each chunk at once fail at a half.",
    ),
    "event-without-data": (
        "remark", "Some events hold no data.",
        "Legal, but the plain openai client raises JSONDecodeError: keep alive with comments.",
    ),
    "empty-data": (
        "remark", "Some events hold empty data.",
        "Legal, but the plain openai client raises JSONDecodeError: keep alive with comments.",
    ),
    "unknown-field": (
        "remark", "Some lines have a field that the standard does not know.",
        "Write what they say after “data: ”: readers drop such lines.",
    ),
    "unfinished-event": (
        "remark", "The last event does not end with an empty line, so readers drop it.",
        "End every event, the last one too, with two line breaks.",
    ),
    "not-json": (
        "fail", "Some data is not JSON.",
        "Each data line holds one JSON object, or [DONE]: most clients stop with an error here.",
    ),
    "no-choices": (
        "remark", "Some chunks have no list of choices.",
        "Programs that read chunk.choices[0] fail: send “choices”: [] where there is none.",
    ),
    "message-for-delta": (
        "remark", "Some chunks hold a whole message where a delta belongs.",
        "Send a delta: clients read nothing else.",
    ),
    "done-again": ("remark", "[DONE] came more than once.", "Send it once, as the last event."),
    "after-done": (
        "remark", "Events came after [DONE].", "Send it last: clients stop reading there.",
    ),
    "text-after-done": (
        "fail", "Text came after [DONE], where no client is still reading.",
        "Send [DONE] last: what follows it is lost.",
    ),
    "bare-control": (
        "fail", "The JSON holds a line break, a tab or another control character unescaped.",
        "Inside a string JSON writes \\n and \\t: use a JSON library. Most clients stop with an "
        "error here.",
    ),
    "text-in-two-places": (
        "fail", "Part of the text is somewhere other than in “content”.",
        "Put all of it into content: clients show what is there and lose the rest.",
    ),
    "null-finish-reason": (
        "remark", "A finish reason is the word “null”.",
        "Send null without quotation marks: programs take the word for the end.",
    ),
    "tool-calls-not-a-list": (
        "fail", "“tool_calls” is one object where a list belongs.",
        "Send a list, even for one call: programs loop over it.",
    ),
    "tool-call-flat": (
        "fail", "A tool call's name and arguments are beside “function”, not in it.",
        "Send {“function”: {“name”: …, “arguments”: …}}: programs read call.function.name.",
    ),
    "tool-call-id-changes": (
        "remark", "A tool call's id changes from piece to piece.",
        "Send the id once, with the first piece: some clients add its pieces up.",
    ),
    "odd-finish-reason": (
        "remark", "A finish reason is not a word.", "Send null until the end, then a word.",
    ),
    "content-parts": (
        "remark", "Some text came in parts, as objects or a list, and not as a string.",
        "Send content as a string: programs that join the pieces fail at anything else.",
    ),
    "content-number": (
        "fail", "Some text came as a number, not as a string.",
        "Quote it, “content”: “12”: a JSON library that makes numbers of digits does this (PHP's "
        "JSON_NUMERIC_CHECK). Programs that join the pieces fail.",
    ),
    "tool-call-without-index": (
        "fail", "A tool call's piece has no index.",
        "Number the calls: the openai client's .stream() raises TypeError otherwise.",
    ),
    "tool-call-odd-index": (
        "fail", "A tool call's piece has an index that is not a number.",
        "Number the calls 0, 1, 2, without quotation marks: programs sort the pieces by it.",
    ),
    "arguments-not-a-string": (
        "fail", "A tool call's arguments came as an object.", "Send them as a string of JSON.",
    ),
    "bad-encoding": (
        "fail", "The body is not encoded as its header says.",
        "Switch compression off for text/event-stream.",
    ),
    "nested-too-deep": (
        "fail", "Some JSON is nested too deeply to be read.",
        "No answer needs that. If it is intended, raise bounds.depth.",
    ),
    "odd-done": (
        "fail", "[DONE] is not written as it should be.",
        "Send exactly “data: [DONE]”: the plain openai client raises JSONDecodeError otherwise.",
    ),
    "null-data": (
        "remark", "Some events hold null.",
        "Send comments to keep a connection alive: programs that read chunk.choices fail at null.",
    ),
    "glued-chunks": (
        "fail", "Several chunks came in one event.",
        "Make each chunk an event of its own: clients cannot read two at once.",
    ),
    "nan": (
        "remark", "The JSON holds NaN or Infinity.",
        "JSON has no such numbers and clients in JavaScript break: send null.",
    ),
    "ping": (
        "remark", "Some events called ping are not chunks.",
        "Legal, but programs that read chunk.choices fail at them: keep alive with comments.",
    ),
    "reasoning-details": (
        "remark", "Reasoning came in reasoning_details only.",
        "Most programs read reasoning_content or reasoning: send one of them, too.",
    ),
    "tool-call-index-order": (
        "remark", "The tool calls are not numbered 0, 1, 2 as they come.",
        "Count calls, not blocks of the answer: openai's .stream() raises IndexError otherwise.",
    ),
    "tool-call-name-again": (
        "fail", "A tool call's name came in more than one piece.",
        "Send the name once: clients that join pieces call get_weatherget_weather.",
    ),
    "tool-call-id-late": (
        "remark", "A tool call's id came after its first piece.",
        "Send the id with the first piece: clients answer a call by its id.",
    ),
}  # fmt: skip


def of_the_framing(observed: Observed) -> Iterator[Finding]:
    """Yield what stands out in the headers and in how the events are written."""
    yield from _headers(observed)
    for name, count in observed.found.items():
        if name == "not-json":
            # Empty data is not JSON either, and has its own name.
            count -= observed.found["empty-data"]
        if name == "unfinished-event" and observed.reading.limit:
            continue
        if name == "unknown-field" and _chunk_sizes(observed):
            yield _undeclared_chunks(observed)
        elif name == "unknown-field" and _heads(observed):
            yield Finding(
                "http-head-inside", "remark",
                "The headers of another HTTP answer are in the stream.",
                _seen(observed, name, count), "A proxy passes its upstream's answer on, headers "
                "and all: have it pass on the body alone. Clients that skip unknown lines cope "
                "with it.",
            )  # fmt: skip
        elif count > 0 and name in COUNTED:
            level, says, do = COUNTED[name]
            if name == "message-for-delta" and not observed.statistics.with_output:
                # Without a single delta, no client shows anything.
                level = "fail"
            yield Finding(name, level, says, _seen(observed, name, count), do)


def _chunk_sizes(observed: Observed) -> bool:
    """Whether the lines with unknown fields are chunk sizes of the transfer encoding."""
    lines = observed.reading.unknown_lines
    return len(lines) > 1 and all(not value and _SIZE.fullmatch(name) for name, value in lines)


def _heads(observed: Observed) -> bool:
    return any(head_inside(*line) for line in observed.reading.unknown_lines)


def _undeclared_chunks(observed: Observed) -> Finding:
    declared = "chunked" in observed.recording.header("transfer-encoding").lower()
    why = (
        "The body was chunked twice, or a chunk's size is wrong"
        if declared
        else "The body is chunked and does not say so: send Transfer-Encoding: chunked"
    )
    return Finding(
        "chunk-sizes-inside", "remark", "The sizes of chunks appear as text in the stream.",
        _seen(observed, "unknown-field", observed.found["unknown-field"]),
        f"{why}. Clients that skip unknown lines cope with it.",
    )  # fmt: skip


def _headers(observed: Observed) -> Iterator[Finding]:
    recording = observed.recording
    if recording.media_type != EVENT_STREAM:
        yield Finding(
            "odd-media-type", "remark", "Its Content-Type is not that of an event stream.",
            f"Content-Type: {recording.header('content-type')[:QUOTE] or 'none'}",
            "Send Content-Type: text/event-stream: some proxies and clients stream only then.",
        )  # fmt: skip
    if length := recording.header("content-length"):
        yield Finding(
            "content-length", "remark", "The stream's length was known before it began.",
            f"Content-Length: {length[:QUOTE]}",
            "A stream's length cannot be known beforehand: something collects it first, or a "
            "cache answers.",
        )  # fmt: skip
    if unknown := set(codings(recording.header("content-encoding"))) - KNOWN:
        yield Finding(
            "odd-encoding", "remark", "Content-Encoding names something that is not an encoding.",
            f"Content-Encoding: {', '.join(sorted(unknown))[:QUOTE]}",
            "Leave the header out: most clients ignore it, others refuse the answer.",
        )  # fmt: skip
    elif compressed(recording):
        yield Finding(
            "compressed", "pass", "The stream is compressed.",
            f"Content-Encoding: {recording.header('content-encoding')[:QUOTE]}",
            "Legal while each event is flushed; compression is the first suspect if text lags.",
        )  # fmt: skip


def _seen(observed: Observed, name: str, count: int) -> str:
    reading = observed.reading
    times = f"{count} time{'s' if count > 1 else ''}"
    if name in ("not-json", "glued-chunks") and reading.unparsed:
        return f"{times}; the first: “{reading.unparsed[0][:QUOTE]}”"
    if name == "unknown-field" and reading.unknown_lines:
        field, value = reading.unknown_lines[0]
        return f"{times}; the first: “{f'{field}: {value}'[:QUOTE]}”"
    return times
