"""Text that other APIs put into a stream is kept, once and without thoughts, and they are named."""

from __future__ import annotations

import base64
import json
import struct
import zlib
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from helpers.tests.support.judged import TEXT, first, paced, remarked
from helpers.wire.other_framings import MOST, framed
from helpers.wire.reading import read
from helpers.wire.recording import Recording

WHOLE = "".join(TEXT)
THOUGHT = "Let me think of it. "


def aws(payload: object, name: str = "contentBlockDelta") -> bytes:
    """Return a message in AWS's event stream encoding."""
    head = b"\x0b:event-type\x07" + struct.pack(">H", len(name)) + name.encode()
    data = json.dumps(payload).encode()
    start = struct.pack(">II", 16 + len(head) + len(data), len(head))
    start += struct.pack(">I", zlib.crc32(start))
    return start + head + data + struct.pack(">I", zlib.crc32(start + head + data))


def in_base64(chunk: object) -> bytes:
    """Return a message as InvokeModel wraps a model's own chunk."""
    return aws({"bytes": base64.b64encode(json.dumps(chunk).encode()).decode()})


def coded(code: str, value: object) -> bytes:
    """Return a line of the AI SDK's data stream."""
    return f"{code}:{json.dumps(value)}\n".encode()


def each(of: Callable[[str], Any]) -> Iterable[Any]:
    """Return one value per piece of text."""
    return (of(text) for text in TEXT)


def so_far(of: Callable[[str], Any]) -> Iterable[Any]:
    """Return one value per piece, each with all the text so far."""
    return (of("".join(TEXT[: at + 1])) for at in range(len(TEXT)))


def sse(*values: object) -> list[bytes]:
    """Return one event per value."""
    return [f"data: {json.dumps(value)}\n\n".encode() for value in values]


def dashscope(text: str) -> object:
    """Return a chunk of DashScope's."""
    return {"output": {"text": text, "finish_reason": "null"}, "request_id": "1"}


def dify(text: str) -> object:
    """Return a chunk of Dify's."""
    return {"event": "message", "task_id": "1", "answer": text}


def coze(text: str, kind: str = "answer") -> object:
    """Return a message of Coze's."""
    return {"conversation_id": "1", "bot_id": "2", "type": kind, "content": text}


def gemini(text: str, **fields: object) -> object:
    """Return a chunk of Gemini's."""
    return {"candidates": [{"content": {"parts": [{"text": text, **fields}]}}]}


def part(text: str) -> object:
    """Return a part of the AI SDK's UI message stream."""
    return {"type": "text-delta", "id": "1", "delta": text}


STREAMS = [
    ("AI SDK", [coded("f", {}), *each(lambda text: coded("0", text)), coded("d", {})]),
    ("AI SDK", [coded("g", THOUGHT), *each(lambda text: coded("0", text)), b'd:{"finishRea']),
    ("AI SDK", sse({"type": "start"}, {"type": "reasoning-delta", "delta": THOUGHT}, *each(part))),
    ("Bedrock", [aws({"role": "assistant"}), *each(lambda text: aws({"delta": {"text": text}}))]),
    ("Bedrock", [*each(lambda text: in_base64({"delta": {"text": text}})), b"\0\0\1"]),
    ("Bedrock", [*each(lambda text: aws({"delta": {"text": text}})),
                 aws({"delta": {"reasoningContent": {"text": THOUGHT * 9}}})]),
    ("Text Generation", sse(*each(lambda text: {"token": {"text": text}, "generated_text": None}),
                            {"token": {"text": "</s>", "special": True}})),
    ("Gemini", sse(gemini(THOUGHT, thought=True), *each(gemini))),
    ("Gemini", [b"[" + b",\r\n".join(json.dumps(gemini(text)).encode() for text in TEXT)]),
    ("DashScope", sse(*so_far(dashscope))),
    ("Dify", sse(*each(dify))),
    ("Coze", sse(*each(coze), coze('{"msg_type": "end"}', "verbose"), coze(WHOLE))),
    ("Cohere", [json.dumps({"event_type": "text-generation", "is_finished": False, "text": text})
                .encode() + b"\n" for text in TEXT]),
    ("Anthropic", sse({"type": "ping"}, *each(
        lambda text: {"type": "content_block_delta", "delta": {"text": text}}))),
    ("Cloudflare", sse(*each(lambda text: {"response": text, "p": "ab"}))),
    ("Tencent", sse(*each(lambda text: {"Choices": [{"Delta": {"Content": text}}]}))),
    ("KoboldCpp", sse(*each(lambda text: {"token": text, "finish_reason": None}))),
    ("SGLang", sse(*so_far(lambda text: {"text": text, "meta_info": {}}))),
    ("Triton", sse(*each(lambda text: {"model_name": "oak", "text_output": text}))),
    ("AG-UI", sse(*each(lambda text: {"type": "TEXT_MESSAGE_CONTENT", "delta": text}))),
    ("", sse(*each(lambda text: {"choices": [{"messages": [{"text": text}]}]}),
             {"choices": [{"messages": [{"text": WHOLE}]}]})),
    ("", sse(*each(lambda text: {"event": "token", "data": text}), {"data": "[DONE]"})),
    ("", [*each(lambda text: f"event: output\ndata: {text}\n\n".encode()), b"data: {}\n\n"]),
    ("", sse(*each(lambda text: {"data": json.dumps(
        {"choices": [{"index": 0, "delta": {"content": text}}]})}))),
    ("", [f"data: {json.dumps({'choices': [{'index': 0, 'delta': {'content': text}}]}, indent=1)}"
          "\n\n".encode() for text in TEXT]),
]  # fmt: skip


def asked(parts: list[bytes]) -> Recording:
    """Return a recording of a stream of these parts."""
    return paced(parts, request_body=b'{"model": "oak", "stream": true}')


@pytest.mark.parametrize(
    ("api", "parts"), STREAMS, ids=[f"{a}-{i}" for i, (a, _) in enumerate(STREAMS)]
)
def test_text_of_another_api_is_kept_once(api: str, parts: list[bytes]) -> None:
    """Thoughts are none of it, nor is what repeats it; the API is named where it is known."""
    recording = asked(parts)
    assert (WHOLE, "fail") == (read(recording).text, first(recording).level)
    assert first(recording).says.startswith(api) or api in first(recording).says


@pytest.mark.parametrize(
    ("begun", "failed"),
    [
        (sse(*each(dify)), sse({"event": "error", "code": "quota", "message": "no sap"})),
        (sse(*each(part)), sse({"type": "error", "errorText": "no sap"})),
        (list(each(lambda text: coded("0", text))), [coded("3", "no sap")]),
        ([aws({"delta": {"text": text}}) for text in TEXT], [aws({"message": "no sap"})]),
        (sse(*each(lambda text: {"token": {"text": text}})), sse({"error": "no sap"})),
    ],
)
def test_an_error_loses_no_text_of_another_api(begun: list[bytes], failed: list[bytes]) -> None:
    """What came before it is kept, and its own words are quoted, not added."""
    recording = asked(begun + failed)
    assert (WHOLE, "fail") == (read(recording).text, first(recording).level)
    assert "no sap" in first(recording).quote


@pytest.mark.parametrize("body", [b"", b"0: not JSON\n", b'10:"a"\n', b"\0" * 40, aws({})[:20]])
def test_other_bodies_are_framed_by_nothing(body: bytes) -> None:
    """A line is coded by one character; a message is whole, and its checksum fits."""
    assert () == framed(body).values


@pytest.mark.parametrize("name", ["utf-16", "aws"])
def test_another_form_has_no_faults_of_a_chunk(name: str) -> None:
    """The form explains why its bytes are not UTF-8, and its lines no fields."""
    line = json.dumps({"choices": [{"message": {"content": WHOLE}, "finish_reason": "stop"}]})
    body = aws({"delta": {"text": WHOLE}}) if name == "aws" else line.encode(name)
    assert not {"bad-utf-8", "unknown-field"} & remarked(asked([body, body])).keys()


def test_many_small_messages_are_read_once_each() -> None:
    """Cutting each off the rest would copy 100 GB here, and there is an end to what is read."""
    assert MOST == len(framed(aws(1, "a") * (MOST + 1)).values)
    assert MOST == len(framed(coded("0", "a") * (MOST + 1)).values)


def test_a_login_token_is_no_text() -> None:
    """It is one string, and text comes in pieces."""
    assert "" == read(asked(sse({"token": "oak-0123456789"}))).text
