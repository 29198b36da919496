"""Modes of the answer: its text, its tool calls, and where a text is missing."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from helpers.server.faults.answers.text import REFRAIN, UMLAUTS, VERSE
from helpers.server.faults.requests.tools import ARGUMENTS, NAME
from helpers.tests.support.asking import PROMPT, Came, chat, demo

USAGE = {"include_usage": True}


def spoken(name: str, **body: Any) -> Came:
    """Return a stream in a mode, as fast as it comes."""
    return chat(demo(f"{name}+fast"), seed=1, temperature=0, **body)


TEXTS = {
    "text-doubled": VERSE * 2,
    "text-restarts": "".join(VERSE.splitlines(keepends=True)[:2]) + VERSE,
    "prompt-echo": f"{PROMPT[0]['content']}\n{VERSE}",
    "think-tags": f"<think>\nA short poem will do.\n</think>\n\n{VERSE}",
    "think-end-only": f"A short poem will do.\n</think>\n\n{VERSE}",
    "template-tokens": f"{VERSE}<|im_end|>\n<|im_start|>assistant",
    "mojibake": UMLAUTS.encode().decode("cp1252"),
    "umlauts": UMLAUTS,
    "poem-refrain": "".join(line + REFRAIN for line in VERSE.splitlines(keepends=True)),
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_is_the_one_the_mode_says(name: str) -> None:
    """In many chunks, with a finish reason, usage and [DONE]."""
    came = spoken(name, stream_options=USAGE)
    assert TEXTS[name] == came.text
    assert len(came.deltas) > 15
    assert came.chunks[-2]["choices"][0]["finish_reason"] == "stop"
    assert came.events[-1] == "[DONE]"


def test_only_the_stream_says_its_text_twice() -> None:
    """A full answer shows that no sampling is to blame."""
    for name in ("text-doubled", "text-restarts"):
        message = spoken(name, stream=False).json["choices"][0]["message"]
        assert VERSE == message["content"]


def test_one_chunk_comes_eight_times_in_the_same_bytes() -> None:
    """The others come once, unless the model repeats itself."""
    runs = [len(list(run)) for _, run in itertools.groupby(spoken("chunks-repeated").events)]
    assert 8 in runs
    assert 1 == sum(length >= 6 for length in runs)


def test_legal_texts_hold_what_looks_like_a_fault() -> None:
    """A quoted prompt, and an answer about HTML, tracebacks, newlines and tags."""
    assert f"“{PROMPT[0]['content']}”" in spoken("prompt-quoted").text
    code = spoken("code-answer").text
    for part in ("<html>", "Traceback (most recent call last)", r"\n\n", "<think>", "</s>"):
        assert part in code


FINISHES = {
    "stops-at-once": ("stop", set()),
    "white-space": ("stop", {"content"}),
    "filtered": ("content_filter", set()),
    "finish-error": ("error", set()),
    "finish-error-late": ("error", {"content"}),
    "length-no-text": ("length", set()),
    "details-only": ("stop", {"reasoning_details"}),
    "answer-in-reasoning": ("stop", {"reasoning_content"}),
    "refusal": ("stop", {"refusal"}),
    "tool-call-only": ("tool_calls", {"tool_calls"}),
}


@pytest.mark.parametrize("name", FINISHES)
def test_an_answer_without_text_ends_as_the_mode_says(name: str) -> None:
    """Only the named fields are filled, and the full answer agrees."""
    finish, fields = FINISHES[name]
    came = spoken(name)
    filled = {key for delta in came.deltas for key, value in delta.items() if value}
    assert filled - {"role"} == fields
    assert came.chunks[-1]["choices"][0]["finish_reason"] == finish
    assert name == "finish-error-late" or not came.text.strip()
    choice = spoken(name, stream=False).json["choices"][0]
    assert choice["finish_reason"] == finish
    message = {key for key, value in choice["message"].items() if value}
    assert message - {"role"} == fields


def calls(name: str) -> list[dict[str, Any]]:
    """Return the pieces of tool calls that a mode streams."""
    return [call for delta in spoken(name).deltas for call in delta.get("tool_calls", [])]


@pytest.mark.parametrize(
    "name", ["tool-call-only", "tool-whole", "tool-no-index", "tool-name-repeated", "tool-id-late"]
)
def test_the_pieces_of_a_call_make_its_arguments(name: str) -> None:
    """Whatever else is wrong with them."""
    pieces = [call["function"].get("arguments", "") for call in calls(name)]
    assert ARGUMENTS == json.loads("".join(pieces))
    assert (len(pieces) == 1) == (name == "tool-whole")


def test_a_call_lacks_what_its_mode_says() -> None:
    """Index, one name, an early id: each is wrong in one mode and right in the legal one."""
    legal = calls("tool-call-only")
    assert [0] * len(legal) == [call["index"] for call in legal]
    assert [True] + [False] * (len(legal) - 1) == ["id" in call for call in legal]
    assert not any("index" in call for call in calls("tool-no-index"))
    assert {NAME} == {call["function"]["name"] for call in calls("tool-name-repeated")}
    late = calls("tool-id-late")
    assert [False] * (len(late) - 1) + [True] == ["id" in call for call in late]


def test_two_calls_share_an_index_or_have_their_own() -> None:
    """Two ids either way."""
    for name, indices in (("tool-same-index", {0}), ("tool-two", {0, 1})):
        pieces = calls(name)
        assert indices == {call["index"] for call in pieces}
        assert 2 == len({call["id"] for call in pieces if "id" in call})


def test_arguments_can_be_an_object() -> None:
    """Streamed and full."""
    assert ARGUMENTS == calls("tool-arguments-object")[0]["function"]["arguments"]
    message = spoken("tool-arguments-object", stream=False).json["choices"][0]["message"]
    assert ARGUMENTS == message["tool_calls"][0]["function"]["arguments"]


def test_counts_can_be_strings() -> None:
    """In the stream as in a full answer."""
    counts = spoken("usage-strings", stream_options=USAGE).chunks[-1]["usage"]
    assert "40" == counts["completion_tokens"]
    assert counts.keys() == spoken("usage-strings", stream=False).json["usage"].keys()


@pytest.mark.parametrize("name", ["other-model", "model-dated", "model-prefixed"])
def test_a_full_answer_names_the_same_model_as_its_stream(name: str) -> None:
    """Another one, or another form of it."""
    streamed = {chunk["model"] for chunk in spoken(name).chunks}
    assert streamed == {spoken(name, stream=False).json["model"]} != {"endpointscope-tiny"}
