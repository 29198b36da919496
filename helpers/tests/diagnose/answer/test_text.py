"""What was said and what was not: no text is never green, and a text may give a fault away."""

from __future__ import annotations

import json

import pytest

from helpers.tests.support.judged import (
    FIRST,
    JSON,
    LINE,
    STOP,
    TEXT,
    events,
    findings,
    first,
    paced,
    reds,
    remarked,
    whole,
)
from helpers.tests.support.streams import DONE, event
from helpers.wire.reading import read

THOUGHT = [event({"reasoning_content": word}) for word in TEXT]
DETAILS = [event({"reasoning_details": [{"type": "reasoning.text", "text": w}]}) for w in TEXT]
CALL = {"index": 0, "id": "t", "function": {"name": "plant", "arguments": "{}"}}
# Thoughts that are not shown: counted by themselves, as OpenAI does, or in the total alone.
_COUNTS = {"prompt_tokens": 9, "completion_tokens": 32, "total_tokens": 41}
_OF_THOUGHT = {"completion_tokens_details": {"reasoning_tokens": 32}}
COUNTED = event({}, usage=_COUNTS | _OF_THOUGHT)
IN_TOTAL = event({}, usage=_COUNTS | {"completion_tokens": 0})


def ended(*parts: bytes, reason: str = "stop"):
    """Return a recording of these chunks that ends in the usual form."""
    return paced([FIRST, *parts, event({}, reason), DONE])


NO_TEXT = [
    ("refused-by-policy", "unclear", ended(reason="content_filter")),
    ("refused-by-policy", "unclear", ended(reason="content_filter: PROHIBITED_CONTENT")),
    ("failed", "fail", ended(reason="error")),
    ("error-inside", "fail", paced([FIRST, event({}, choices=[{"error": {"message": "gone"}}])])),
    ("failed", "fail", ended(reason="network_error")),
    ("failed", "fail", ended(event({"content": "Oak"}), reason="insufficient_system_resource")),
    ("length-without-text", "fail", ended(reason="MAX_TOKENS")),
    ("no-text", "fail", ended()),
    ("no-text", "fail", ended(event({"content": " \n\n "}))),
    ("wrong-reasoning-field", "fail", ended(*THOUGHT)),
    ("wrong-reasoning-field", "fail", ended(*DETAILS)),
    ("only-reasoning", "remark", ended(*THOUGHT, reason="length")),
    ("only-reasoning", "remark", ended(*DETAILS, reason="length")),
    ("only-reasoning", "remark", ended(COUNTED, reason="length")),
    ("only-reasoning", "remark", ended(IN_TOTAL, reason="length")),
]


@pytest.mark.parametrize(
    ("name", "level", "recording"), NO_TEXT,
    ids=[f"{row[0]}-{at}" for at, row in enumerate(NO_TEXT)],
)  # fmt: skip
def test_no_text_is_never_green(name, level, recording):
    """The finish reason and the reasoning say why; a model that ran out while thinking is fine."""
    found = first(recording)
    assert (name, level) == (found.name, found.level)
    assert found.do


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("tokenizer-marks", "AnĠoakĠisĠaĠtreeĠofĠaĠforest.Ċ"),
        ("tokenizer-marks", "An▁oak▁is▁a▁tree▁of▁a▁forest.<0x0A>"),
        ("", "GPT-2 writes Ġ for a space, and SentencePiece writes ▁ for it, as in ▁the."),
        ("html-escaped", "It&#39;s an &quot;oak&quot; &amp; a tree"),
        ("", "Write &quot;, &amp; and &#39; where a page needs \", & and '."),
    ],
)
def test_marks_and_escapes_that_no_reader_should_see(name, text):
    """A text about them holds ordinary white space and signs as well."""
    found = set(remarked(ended(event({"content": text}))))
    assert ({name} if name else set()) == found & {"tokenizer-marks", "html-escaped"}


def test_a_filter_is_the_policys_and_not_a_broken_server():
    """The endpoint works, and the advice says so."""
    assert "The endpoint works" in first(ended(reason="content_filter")).do


def test_the_wrong_parser_is_not_told_to_raise_tokens():
    """The answer ended by itself; more tokens would change nothing."""
    found = first(ended(*THOUGHT))
    assert "reasoning parser" in found.do
    assert "max tokens" not in found.do


@pytest.mark.parametrize(
    "recording",
    [
        ended(event({"tool_calls": [CALL]}), reason="tool_calls"),
        ended(*(event({"refusal": word}) for word in TEXT)),
        ended(*THOUGHT, *(event({"content": word}) for word in TEXT)),
    ],
    ids=["tool call", "refusal", "thought first"],
)
def test_calls_and_refusals_are_answers(recording):
    """They hold no text, and nothing is missing."""
    assert [] == reds(recording)


TELLS = {
    "text-doubled": events([*TEXT, *TEXT]),
    "text-again": events([*TEXT, "".join(TEXT)]),
    "chunks-repeated": events([*TEXT, *["sap "] * 7]),
    "each-chunk-twice": events([word for word in TEXT for _ in range(2)]),
    "think-tags": events(["<think>", "hm", "</think>", *TEXT]),
    "think-tags-closed": events([*TEXT * 3, "</think>", *TEXT[:4] * 9]),
    "think-tags-dialect": events(["<seed:think>", "hm", *TEXT]),
    "reasoning-is-text": [event({"content": t, "reasoning_content": t}) for t in TEXT] + [STOP],
    "template-tokens": events([*TEXT, "<|im_end|>"]),
    "think-tags-gemma": events(["<|channel>thought\nhm<channel|>", *TEXT]),
    "think-tags-channels": events(["analysis", "hm", "assistantfinal", *TEXT]),
    "template-tokens-cohere": events([*TEXT, "<|END_OF_TURN_TOKEN|>"]),
    "template-tokens-next-turn": events([*TEXT, "<|im_end|>\n<|im_start|>user", *TEXT[::-1]]),
    "template-tokens-unknown": events(["<unk>", *TEXT]),
    "tokenizer-marks-bytes": events([*TEXT, "<0xF0>", "<0x9F>", "<0x8C>", "<0xB3>"]),
    "template-tokens-harmony": events(["<|channel|>analysis<|message|>", *TEXT]),
    "mojibake": events(["Ã©tÃ© â€œoakâ€\x9d ", *TEXT]),
    "nul": events([*TEXT, "\0"]),
    "replacement-character": events(["\ufffd", *TEXT]),
    "other-model": events(TEXT),
    "prompt-echoed": events([*TEXT, "and it grows ."]),
}


SHOWN_TWICE = ("text-again", "each-chunk-twice")


@pytest.mark.parametrize("name", TELLS)
def test_the_text_gives_a_fault_away(name):
    """Without anything being asked again; a remark, but for what programs show twice."""
    model = "maple" if name == "other-model" else "oak"
    said = LINE if name == "prompt-echoed" else "hi"
    asked = {"model": model, "stream": True, "messages": [{"role": "user", "content": said}]}
    found = remarked(paced(TELLS[name], request_body=json.dumps(asked).encode()))
    names = [found[one] for one in found if name.startswith(one)]
    assert ["fail" if name in SHOWN_TWICE else "remark"] == names


@pytest.mark.parametrize(
    "texts",
    [
        ["ha "] * 5,
        [word for word in ["ha ", "ho ", "hi ", "he "] for _ in range(2)],
        [*TEXT, "The old oak, the old oak, the old oak."],
        ["Write <think> tags like this: ", *TEXT, *TEXT[:4], "<|im_end|> is a token. ", *TEXT[:9]],
        ["It ends with `</think>`, and [plant(", *TEXT],
        ["Ã is a letter. ", *TEXT],
        ["été, “oak” – 🌳 ", *TEXT],
        [*TEXT, "</s"],
    ],
    ids=[
        "laughter",
        "in pairs",
        "refrain",
        "about templates",
        "about tags",
        "one letter",
        "UTF-8",
        "cut tag",
    ],
)
def test_what_only_looks_odd_is_not_remarked(texts):
    """Poems repeat, and answers speak of tokens and encodings."""
    assert {} == remarked(paced(events(texts)))


def test_a_character_that_the_limit_cut_is_no_fault():
    """Only in the middle of a text does it show that bytes were lost."""
    recording = ended(*(event({"content": word}) for word in [*TEXT, "\ufffd"]), reason="length")
    assert "replacement-character" not in remarked(recording)


def test_an_answer_at_the_limit_is_a_remark():
    """It came whole as far as it was allowed to."""
    recording = ended(*(event({"content": word}) for word in TEXT), reason="length")
    assert "remark" == remarked(recording)["length"]
    assert [] == reds(recording)


def test_a_whole_answer_without_a_reason_is_not_called_cut():
    """Its JSON is whole: only the word for its end is missing. Half of one is cut all the same."""
    choice = {"index": 0, "message": {"role": "assistant", "content": LINE}, "finish_reason": None}
    body = json.dumps({"object": "chat.completion", "choices": [choice], "usage": {}}).encode()
    facts = {"headers": JSON, "request_body": b'{"model": "oak", "messages": []}'}
    assert "answered" == first(whole(body, **facts)).name
    assert "remark" == remarked(whole(body, **facts))["no-finish-reason"]
    assert "cut" == first(whole(body[:-30], **facts)).name


def test_a_message_counts_before_an_empty_delta_beside_it():
    """Perplexity sends both in a full answer."""
    choice = {"message": {"content": LINE}, "delta": {"content": ""}, "finish_reason": "stop"}
    body = json.dumps({"object": "chat.completion", "choices": [choice]}).encode()
    assert LINE == read(whole(body, headers=JSON)).answer.text


def test_an_error_before_any_text_is_one_too():
    """It should have been a status; its own words are quoted."""
    found = first(paced([b'data: {"error":{"message":"no sap","code":"busy"}}\n\n', DONE]))
    assert ("error-inside", "no sap") == (found.name, found.quote)
    assert "code busy" in found.came


def test_empty_chunks_alone_are_not_an_answer():
    """Something came, and it never held a text."""
    empty = b'data: {"choices":[],"usage":null}\n\n'
    assert "only-empty-chunks" == first(paced([empty] * 9 + [DONE])).name
    assert "streamed" == first(paced([empty, *events(), empty])).name


def test_stop_and_done_alone_hold_no_text():
    """Whatever the order in which a server says it is ready."""
    assert "no-text" == first(paced([STOP, DONE])).name
    assert "only-done" == first(paced([DONE])).name


def test_a_refusal_is_told_beside_the_stream() -> None:
    """It is the model's right, and no fault."""
    found = findings(ended(*(event({"refusal": word}) for word in TEXT)))
    assert [("refused-by-model", "pass")] == [(one.name, one.level) for one in found[1:]]


def test_the_channel_of_a_thought_is_no_text() -> None:
    """Groq names it in each delta."""
    thoughts = [event({"channel": "analysis", "reasoning": word}) for word in TEXT]
    came = ended(*thoughts, reason="length")
    assert "text-elsewhere" != first(came).name
    failed = paced([FIRST, *thoughts, b'data: {"error":{"message":"no sap"}}\n\n', DONE])
    assert "" == read(failed).text
