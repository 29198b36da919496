"""Modes that wrap an answer so that no client finds it, although all of it is there."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

from ...events import Chunk, chunk_of, delta_of, event_of, is_done, text_of
from ...http1 import Body, Reply, Request, whole
from ...replies import completion, text_reply
from ...upstream import Ask
from ..registry import chat_mode, event_mode, stream_mode

WORDS = "The oak holds its leaves until the wind of the first winter night has come and gone"
PARTS = [("content", f"{word} ") for word in WORDS.split()]


Wrapper = Callable[[Chunk], bytes]


def _formed(form: str) -> Wrapper:
    """A wrapper that writes a chunk's JSON in place of the "…" in a form."""
    return lambda chunk: form.replace("…", json.dumps(chunk)).encode()


def _wrapped(name: str, says: str, expects: str, wrap: Wrapper) -> None:
    """Register a mode that wraps each chunk; [DONE] stays as it is."""

    def change(event: bytes) -> bytes:
        chunk = chunk_of(event)
        return wrap(chunk) if chunk else event

    event_mode(name, says, expects=expects)(change)


def _in_base64(chunk: Chunk) -> bytes:
    return b"data: " + base64.b64encode(json.dumps(chunk).encode()) + b"\n\n"


def _over_lines(chunk: Chunk) -> bytes:
    return f"data: {json.dumps(chunk, indent=1)}\n\n".encode()


def _bare(chunk: Chunk) -> bytes:
    return f"data: {text_of(chunk)}\n\n".encode() if text_of(chunk) else b""


def _an_object(chunk: Chunk) -> bytes:
    return event_of(chunk | {"choices": (chunk["choices"] or [{}])[0]})


def _misplaced(chunk: Chunk) -> bytes:
    delta = delta_of(chunk)
    if "content" in delta:
        delta["text"] = delta.pop("content")
    return event_of(chunk)


for _row in (
    ("packed-chunks", "Packs each chunk into an object of its own.", "in-an-object",
     _formed('data: {"code": 0, "data": …}\n\n')),
    ("base64-chunks", "Encodes each chunk in Base64.", "in-base64", _in_base64),
    ("printed-chunks", "Prints objects of its program in place of their JSON.", "printed-object",
     _formed("data: [object Object]\n\n")),
    ("guarded-chunks", "Writes a guard against scripts before the JSON.", "text-around",
     _formed("data: )]}', …\n\n")),
    ("comma-chunks", "Ends each chunk's JSON with an extra comma.", "broken-json",
     _formed('data: {"choices": [{"delta": {"content": "oak "}}],}\n\n')),
    ("indented-chunks", "Indents its JSON over lines without data: before them.",
     "json-over-lines", _over_lines),
    ("bare-words", "Sends bare words in place of chunks.", "bare-text", _bare),
    ("data-twice", "Writes data: twice before each chunk.", "data-twice",
     _formed("data: data: …\n\n")),
    ("choices-object", "Sends one choice in place of a list of them.", "choices-not-a-list",
     _an_object),
    ("text-elsewhere", "Writes its text into delta.text.", "text-elsewhere", _misplaced),
):  # fmt: skip
    _wrapped(*_row)


@event_mode("capital-data", "Writes Data: for data:.", expects="odd-data-field")
def _capital_data(event: bytes) -> bytes:
    return event.replace(b"data:", b"Data:")


@event_mode("one-line", "Ends its events with a space.", expects="no-line-ends")
def _one_line(event: bytes) -> bytes:
    return event.replace(b"\n\n", b" ")


@event_mode("utf-16", "Writes its stream in UTF-16.", expects="wide-charset")
def _utf_16(event: bytes) -> bytes:
    return event.decode().encode("utf-16-le")


@stream_mode("array-for-stream", "Sends an array of chunks for a stream.", expects="in-an-array")
async def _array(body: Body) -> Body:
    chunks = [chunk_of(event + b"\n\n") for event in (await whole(body)).split(b"\n\n")]
    yield json.dumps([chunk for chunk in chunks if chunk]).encode()


@stream_mode(
    "head-in-stream", "Begins its stream with another HTTP head.", also=("http-head-inside",)
)
async def _head_in_stream(body: Body) -> Body:
    yield b"HTTP/1.1 200 OK\r\nServer: oak\r\n\r\n"
    async for piece in body:
        yield piece


@event_mode("chunks-twice", "Sends each chunk twice.", also=("each-chunk-twice",))
def _chunks_twice(event: bytes) -> bytes:
    return event if is_done(event) else event * 2


@chat_mode("text-again", "Ends with all of its text again.", also=("text-again",), writes=True)
async def _text_again(request: Request, ask: Ask) -> Reply:
    return completion(request, [*PARTS, ("content", "".join(text for _, text in PARTS))])


@chat_mode("unset-marks", "Writes the tokenizer's marks.", also=("tokenizer-marks",), writes=True)
async def _unset_marks(request: Request, ask: Ask) -> Reply:
    return completion(request, [(name, f"Ġ{text.strip()}") for name, text in PARTS])


@chat_mode("escaped-text", "Escapes its text for HTML.", also=("html-escaped",), writes=True)
async def _escaped_text(request: Request, ask: Ask) -> Reply:
    return completion(request, [(name, f"&quot;{text.strip()}&quot; ") for name, text in PARTS])


def _rewritten(name: str, says: str, full: str, rewrite: Callable[[bytes], bytes]) -> None:
    """Register a mode that rewrites the bytes of full answers and leaves streams alone."""
    # What is odd about a readable answer is not the first finding, but one of the others.
    beside = full in ("bad-utf-8", "text-for-message")

    async def change(request: Request, ask: Ask) -> Reply:
        reply = await ask(request)
        if reply.is_event_stream or reply.status != 200:
            return reply
        return text_reply(200, rewrite(await whole(reply.body)), "application/json")

    facts = {"full": "answered", "also": (full,)} if beside else {"full": full}
    chat_mode(name, says, group="disguises", **facts)(change)


def _latin_1(body: bytes) -> bytes:
    answer = json.loads(body)
    answer["choices"][0]["message"]["content"] = "Die Bäume grünen im Frühling."
    return json.dumps(answer, ensure_ascii=False).encode("latin-1", "replace")


def _text_choice(body: bytes) -> bytes:
    answer = json.loads(body)
    for choice in answer["choices"]:
        choice["text"] = choice.pop("message")["content"]
    return json.dumps(answer).encode()


for _name, _says, _full, _rewrite in (
    ("full-array", "Puts full answers into an array.", "in-an-array", lambda b: b"[" + b + b"]"),
    ("full-again", "Writes something after full answers.", "json-behind", lambda b: b + b"{}"),
    ("full-no-choice", "Answers in full with no choice.", "no-choice",
     lambda b: json.dumps(json.loads(b) | {"choices": []}).encode()),
    ("full-latin-1", "Writes full answers in Latin-1.", "bad-utf-8", _latin_1),
    ("full-text-choice", "Answers in full as the old API did.", "text-for-message", _text_choice),
):  # fmt: skip
    _rewritten(_name, _says, _full, _rewrite)
