"""What parser and builder count of a stream, in words: what it means and what to change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["pass", "remark", "fail"]


@dataclass(frozen=True)
class StreamFinding:
    """One thing beside the word, under a stable name.

    level:  "fail" where programs lose text or break; "pass" for what is legal and worth knowing
    """

    name: str
    says: str
    evidence: str = ""
    remedy: str = ""
    level: Level = "remark"


# What parser and builder count: name, level, sentence, remedy.
COUNTED: dict[str, tuple[Level, str, str]] = {
    "comment": (
        "pass", "Comments keep the connection alive.",
        "They hold a client's read timeout off for ever: set a limit on time without text.",
    ),
    "bom": (
        "remark", "The stream begins with a byte order mark.",
        "Legal, but the plain openai client loses the first event: write UTF-8 without it.",
    ),
    "bad-utf-8": (
        "fail", "Some bytes are not UTF-8, so letters are damaged.",
        "Hold an incomplete character's bytes back until it is whole. The plain openai client "
        "raises UnicodeDecodeError.",
    ),
    "lone-surrogate": (
        "fail", "A character came in halves that do not meet.",
        "Cut text between characters, not inside \\ud83d\\udf33: programs that print a half fail.",
    ),
    "split-surrogate": (
        "remark", "A character came in two halves, one in each of two chunks.",
        "Cut text between characters: programs that print each chunk at once fail at a half.",
    ),
    "event-without-data": (
        "remark", "Some events hold no data.",
        "Legal, but the plain openai client raises JSONDecodeError: keep alive by comments.",
    ),
    "empty-data": (
        "remark", "Some events hold empty data.",
        "Legal, but the plain openai client raises JSONDecodeError: keep alive by comments.",
    ),
    "unknown-field": (
        "remark", "Some lines have a field that the standard does not know.",
        "Readers drop such lines: what they say belongs behind “data: ”.",
    ),
    "unfinished-event": (
        "remark", "The last event is not finished by an empty line, so readers drop it.",
        "End every event, the last one too, with two line ends.",
    ),
    "not-json": (
        "fail", "Some data is not JSON.",
        "Every data is one JSON object, or [DONE]: most clients stop with an error here.",
    ),
    "no-choices": (
        "remark", "Some chunks have no list of choices.",
        "Programs that read chunk.choices[0] fail: send “choices”: [] where there is none.",
    ),
    "message-for-delta": (
        "remark", "Some chunks hold a whole message where a delta belongs.",
        "Clients read “delta” only.",
    ),
    "done-again": ("remark", "[DONE] came more than once.", "Send it once, as the last event."),
    "after-done": (
        "remark", "Events came after [DONE].", "Send it last: clients stop reading there.",
    ),
    "odd-finish-reason": (
        "remark", "A finish reason is not a word.", "Send null until the end, then a word.",
    ),
    "content-parts": (
        "remark", "Some text came as a list of parts.", "A delta's content is a string.",
    ),
    "tool-call-without-index": (
        "remark", "A tool call's piece has no index.",
        "Number the calls: the openai client's .stream() raises TypeError.",
    ),
    "arguments-not-a-string": (
        "remark", "A tool call's arguments came as an object.", "Send them as a string of JSON.",
    ),
    "bad-encoding": (
        "fail", "The body is not encoded as its header says.",
        "Switch compression off for text/event-stream.",
    ),
    "body-too-large": (
        "fail", "The body is larger than is read.", "Where it is meant, raise bounds.body_bytes.",
    ),
    "event-too-large": (
        "fail", "One event is larger than is read.",
        "An event is one chunk of an answer. Where it is meant, raise bounds.event_bytes.",
    ),
    "too-many-events": (
        "fail", "More events came than are read.", "Where it is meant, raise bounds.events.",
    ),
    "inflates-too-much": (
        "fail", "The compressed body grows beyond reason.",
        "So small a body that becomes so large holds no answer. Else raise bounds.inflation.",
    ),
    "nested-too-deep": (
        "fail", "Some JSON is nested deeper than is read.", "Else raise bounds.depth.",
    ),
}  # fmt: skip
