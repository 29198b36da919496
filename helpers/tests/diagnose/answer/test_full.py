"""What stands out in an answer that came in one piece, and in what its usage counts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from helpers.tests.support.judged import JSON, events, paced, remarked, whole

MESSAGE = {"role": "assistant", "content": "Die Bäume."}
USAGE = {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12}


def answered(charset: str = "utf-8", usage: object = USAGE, **choice: Any) -> dict[str, str]:
    """Return the remarks on a full answer with such a choice."""
    one = {"index": 0, "message": MESSAGE, "finish_reason": "stop"} | choice
    body = json.dumps({"choices": [one], "usage": usage}, ensure_ascii=False).encode(charset)
    return remarked(whole(body, headers=JSON, request_body=b'{"model":"oak"}'))


def test_a_usual_answer_has_no_remarks() -> None:
    """So that the others below are about what they change."""
    assert {} == answered()
    assert {} == answered(message=MESSAGE | {"content": "A damaged \ufffd."}, usage=USAGE)


@pytest.mark.parametrize(
    ("name", "level", "changed"),
    [
        ("text-for-message", "fail", {"message": None, "text": "An oak."}),
        ("delta-for-message", "fail", {"message": None, "delta": MESSAGE}),
        ("nan", "remark", {"logprobs": float("nan")}),
        ("bad-utf-8", "fail", {"charset": "latin-1"}),
        ("content-parts", "remark", {"message": {"content": {"type": "text", "text": "Oak."}}}),
        ("odd-role", "remark", {"message": MESSAGE | {"role": "user"}}),
        ("unknown-finish-reason", "remark", {"finish_reason": "eos"}),
        ("usage-zero", "remark", {"usage": dict.fromkeys(USAGE, 0)}),
        ("usage-odd", "remark", {"usage": USAGE | {"prompt_tokens": 9.5}}),
        ("usage-odd", "remark", {"usage": USAGE | {"total_tokens": [12]}}),
        ("usage-negative", "remark", {"usage": {"completion_tokens": -1}}),
        ("usage-strings", "remark", {"usage": USAGE | {"prompt_tokens": "9"}}),
        ("usage-names", "remark", {"usage": {"inputTokens": 9, "outputTokens": 3}}),
        ("usage-sum", "remark", {"usage": USAGE | {"total_tokens": 5}}),
    ],
)
def test_what_clients_read_otherwise_is_named(
    name: str, level: str, changed: dict[str, Any]
) -> None:
    """Each by its own name, and nothing else."""
    assert {name: level} == answered(**changed)


def test_json_of_another_type_is_remarked() -> None:
    """The openai client for Node makes a string of it."""
    body = json.dumps({"choices": [{"message": MESSAGE, "finish_reason": "stop"}], "usage": USAGE})
    plain = (("Content-Type", "text/plain"),)
    recording = whole(body.encode(), headers=plain, request_body=b'{"model":"oak"}')
    assert {"odd-media-type": "remark"} == remarked(recording)


@pytest.mark.parametrize(("name", "value"), [("id", 5), ("created", "today"), ("model", ["oak"])])
def test_names_of_another_type_are_remarked(name: str, value: object) -> None:
    """As in a stream: clients in languages with strict types refuse them."""
    choices = [{"message": MESSAGE, "finish_reason": "stop"}]
    body = json.dumps({name: value, "choices": choices, "usage": USAGE}).encode()
    recording = whole(body, headers=JSON, request_body=b'{"model":"oak"}')
    assert {f"odd-{name}": "remark"} == remarked(recording)


def test_a_stream_that_counts_nothing_is_told_so() -> None:
    """Zero tokens for text that came; a total that also counts thoughts is right."""
    for usage, name in ((dict.fromkeys(USAGE, 0), True), (USAGE | {"total_tokens": 99}, False)):
        last = f"data: {json.dumps({'choices': [], 'usage': usage})}\n\n".encode()
        *rest, done = events()
        assert name == ("usage-zero" in remarked(paced([*rest, last, done])))
