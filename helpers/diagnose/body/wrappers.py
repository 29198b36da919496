"""What an answer may be wrapped in, found in a body, in a stream or in an event's data."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ...wire.encoding import utf_8, wide_charset
from ...wire.parsing import begins_with, json_fault, parsed
from ...wire.server_error import server_error
from ..observed import Observed

# An answer that hides behind more bytes than this is not found.
READ = 1_000_000
DEEP = 3
QUOTE = 80
_HEAD = re.compile(r"\s*HTTP/\d(?:\.\d)? (\d{3})([^\r\n]{0,80})")
_BEHIND_HEAD = re.compile(r"\r?\n\r?\n")
_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]{40,}")
_PRINTED = re.compile(
    r"^\s*(\[object \w+\]|<[\w.]+( object)? at 0x[0-9a-f]+>|<(async_)?generator\b|<coroutine\b"
    r"|[A-Z]\w*\(\w+=)"
)
_DATA = re.compile(rb"data: ?\{")
_TYPES = ("response.", "message_", "content_block_")
_OBJECTS = ("chat.completion", "text_completion", "response")


@dataclass(frozen=True)
class Disguise:
    """What an answer is wrapped in: the finding's name, its sentence, what to change."""

    name: str
    says: str
    do: str
    inside: Any = None


class Wrapper:
    """A body, or an event's data, in which an answer may hide."""

    def __init__(self, body: bytes, observed: Observed) -> None:
        self.body, self.observed = body, observed

    @cached_property
    def text(self) -> str:
        """The same as text."""
        return self.body.decode("utf-8", "replace")

    @cached_property
    def value(self) -> Any:
        """The JSON value it is, None if it is not JSON."""
        return parsed(self.body)


def head_inside(name: str, value: str) -> tuple[int, str] | None:
    """The status and reason of an HTTP head that begins inside a stream; None if there is none."""
    found = _HEAD.match(f"{name}:{value}" if value else name)
    return (int(found[1]), found[2].strip()) if found else None


def _wide(wrapper: Wrapper) -> Disguise | None:
    """UTF-16 and UTF-32, which Windows programs write unless configured otherwise."""
    if not (charset := wide_charset(wrapper.body)):
        return None
    return Disguise(
        "wide-charset", f"The answer is written in {charset[:6]}, and programs read UTF-8.",
        "JSON and event streams are UTF-8 by their standards: have the server, or the script that "
        "passes its answer on, write UTF-8 (.NET and PowerShell write UTF-16 unless told "
        "otherwise).",
        parsed(utf_8(wrapper.body)),
    )  # fmt: skip


def _behind_a_head(wrapper: Wrapper) -> Disguise | None:
    """A second head in front of the body, from a script that passes on its upstream's answer."""
    if not (found := head_inside(wrapper.text[:200].split("\n")[0], "")):
        return None
    status, reason = found
    says = "The headers of another HTTP answer are in the body, before the answer itself."
    if status >= 400:
        says = f"Another HTTP answer is in the body of this one: {status} {reason}."
    behind = _BEHIND_HEAD.split(wrapper.text, maxsplit=1)[1:]
    return Disguise(
        "http-head-inside", says,
        "A proxy or a script passes its upstream's answer on as text, headers and all: have it "
        "pass on the body alone, with the upstream's status.",
        parsed(behind[0].encode("utf-8", "replace")) if behind else None,
    )  # fmt: skip


def _in_an_array(wrapper: Wrapper) -> Disguise | None:
    value = wrapper.value if wrapper.text.lstrip().startswith("[") else None
    if not isinstance(value, list) or not value or not _is_answer(value[0]):
        return None
    if wrapper.observed.reading.streamed and len(value) > 1:
        says = f"An array of {len(value)} chunks came instead of one event for each."
        do = "Have the server write each chunk as it has it: “data: ”, its JSON, an empty line."
    else:
        says = "The answer came wrapped in an array: […]."
        do = "Send the object itself: clients read one JSON object."
    return Disguise("in-an-array", says, do)


def _in_an_object(wrapper: Wrapper) -> Disguise | None:
    """An answer packed into another object, as it is or as a string of JSON."""
    value = wrapper.value
    if not isinstance(value, dict):
        return None
    if isinstance(value.get("choices"), dict):
        return Disguise(
            "choices-not-a-list", "“choices” is an object where a list belongs.",
            "Send a list, even for one choice: programs read choices[0].",
        )  # fmt: skip
    for path, inside in _within_object(value, "", DEEP):
        refused = "statusCode" in value and server_error(inside)
        if refused or _is_answer(inside):
            says = f"The answer is wrapped in another object, as its “{path}”."
            if refused:
                says = f"An error ({str(value['statusCode'])[:9]}) is wrapped in another object."
            return Disguise(
                "in-an-object", says,
                f"Have the server, or the gateway in front of it, send what is in “{path}”, "
                "and nothing around it."
                + (" An AWS function does this behind a gateway without proxy integration."
                   if "statusCode" in value else ""),
                inside,
            )  # fmt: skip
    return None


def _within_object(value: Any, path: str, deep: int) -> Iterator[tuple[str, Any]]:
    """Yield the objects inside an object, with their paths; strings that hold one as JSON count."""
    for name in list(value)[:50] if isinstance(value, dict) and deep else ():
        inside, at = value[name], f"{path}.{name[:40]}".lstrip(".")
        if isinstance(inside, str) and inside.lstrip()[:1] == "{":
            inside = parsed(inside.encode("utf-8", "replace"))
        if isinstance(inside, dict):
            yield at, inside
            yield from _within_object(inside, at, deep - 1)


def _base64(wrapper: Wrapper) -> Disguise | None:
    bare = wrapper.text.strip().strip('"')
    if not _BASE64.fullmatch(bare):
        return None
    try:
        inside = base64.b64decode("".join(bare.split()))
    except ValueError:
        return None
    if not (inside.lstrip()[:5] == b"data:" or _is_answer(parsed(inside))):
        return None
    return Disguise(
        "in-base64", "The answer is written in Base64.",
        "Something on the way treats the body as binary, as AWS's API Gateway does with "
        "isBase64Encoded: have it decoded there.",
        parsed(inside),
    )  # fmt: skip


def _in_a_string(wrapper: Wrapper) -> Disguise | None:
    """An answer, or a stream of one, encoded as JSON once more."""
    value = wrapper.value
    if not isinstance(value, str):
        return None
    if value.lstrip()[:5] != "data:" and not _is_answer(parsed(value.encode("utf-8", "replace"))):
        return None
    return Disguise(
        "json-twice", "The answer is encoded twice: it is inside a JSON string.",
        "Have the server, or the gateway in front of it, pass the answer's bytes on without "
        "encoding them again.",
    )  # fmt: skip


def _printed(wrapper: Wrapper) -> Disguise | None:
    if not _PRINTED.match(wrapper.text[:200]):
        return None
    return Disguise(
        "printed-object", "The server printed an object of its program instead of its JSON.",
        "Have it write the object's JSON: JSON.stringify(chunk), chunk.model_dump_json().",
    )  # fmt: skip


def _within(wrapper: Wrapper) -> Disguise | None:
    """JSON with something around it, or JSON that breaks the rules of JSON."""
    text = wrapper.text
    at = text.find("{")
    if at > 0 and _is_answer(begins_with(text[at:])):
        return Disguise(
            "text-around", "Something comes before the answer's JSON, so no program can read it: "
            f"“{' '.join(text[: min(at, QUOTE)].split())}”.",
            "Find what writes there, such as a warning, a debug print or a guard against scripts, "
            "and switch it off for the API's paths.",
        )  # fmt: skip
    fault = json_fault(text) if text.lstrip().startswith(("{", "[")) else ""
    if not fault or wrapper.observed.reading.limit or len(text) >= READ:
        return None
    return Disguise(
        "broken-json", f"The answer is not valid JSON: {fault}.",
        "Have the server write it with a JSON library, not by joining strings: a trailing comma, "
        "a comment or single quotes are not JSON.",
    )  # fmt: skip


def _in_one_line(wrapper: Wrapper) -> Disguise | None:
    """Events separated by something that readers do not accept as a line end."""
    body = wrapper.body
    if b"\n" in body or b"\r" in body or len(_DATA.findall(body)) < DEEP:
        return None
    return Disguise(
        "no-line-ends", "All events are on one line: what separates them is not a line break.",
        "End each event with two line breaks, \\n\\n; a space or U+2028 does not end it.",
    )  # fmt: skip


def _lines(wrapper: Wrapper) -> Disguise | None:
    """A chunk whose JSON continues over lines that have no field."""
    begun = wrapper.text.lstrip().startswith(("{", "[")) and not json_fault(wrapper.text)
    if not begun or not wrapper.observed.reading.unknown_lines:
        return None
    return Disguise(
        "json-over-lines", "The JSON runs over several lines, and only the first has “data:”.",
        "Write each chunk on one line (json.dumps without indent, which writes a line break in a "
        "text as \\n), or “data: ” before each line.",
    )  # fmt: skip


def _bare(wrapper: Wrapper) -> Disguise | None:
    """The bare pieces of text, not packed into chunks."""
    value = wrapper.value
    if value is not None and not isinstance(value, str):
        return None
    data = [event.data.lstrip()[:1] for *_, event in wrapper.observed.reading.events]
    if wrapper.text.lstrip()[:1] in ("{", "[", "<") or len(data) < DEEP or data.count("{") > 1:
        return None
    return Disguise(
        "bare-text", "The events hold pieces of bare text, not chunks.",
        'Wrap each piece in a chunk: {"choices": [{"index": 0, "delta": {"content": "…"}}]}.',
    )  # fmt: skip


def _is_answer(value: Any) -> bool:
    """Whether a JSON value is a completion, a response, a message, or a piece of one."""
    if not isinstance(value, dict):
        return False
    kind = str(value.get("type"))
    typed = kind.startswith(_TYPES) or (
        kind == "message" and isinstance(value.get("content"), list)
    )
    called = str(value.get("object")).startswith(_OBJECTS)
    return typed or called or (isinstance(value.get("choices"), list) and bool(value["choices"]))


Find = Callable[[Wrapper], Disguise | None]
OF_A_BODY: tuple[Find, ...] = (
    _wide, _behind_a_head, _in_an_array, _in_an_object, _base64, _printed, _in_a_string, _within,
)  # fmt: skip
OF_A_STREAM: tuple[Find, ...] = (_wide, _in_one_line)
OF_AN_EVENT: tuple[Find, ...] = (
    _in_an_array, _in_an_object, _base64, _printed, _lines, _within, _bare,
)  # fmt: skip
