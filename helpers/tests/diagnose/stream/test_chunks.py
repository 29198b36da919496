"""What the chunks look like: ids, roles, indices, usage and their ends, and dialects that pass."""

from __future__ import annotations

import json

import pytest

from helpers.tests.support.judged import (
    FIRST,
    JSON,
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

BODY = events()
WHOLE = b"".join(BODY)


def choice(**fields: object) -> bytes:
    """Return a chunk with one choice of these fields."""
    return event({}, choices=[fields])


ODD = {
    "no-role": b"".join(BODY[1:]),
    "role-again": FIRST + WHOLE,
    "odd-role": WHOLE.replace(b"assistant", b"user"),
    "no-finish-reason": b"".join([*BODY[:-2], DONE]),
    "empty-finish-reason": b"".join([*BODY[:-2], event({}, ""), DONE]),
    "finish-reason-again": b"".join([*BODY[:-1], STOP, DONE]),
    "finish-reason-everywhere": WHOLE.replace(b"null", b'"stop"'),
    "unknown-finish-reason": WHOLE.replace(b'"stop"', b'"eos"'),
    "output-after-finish": b"".join([*BODY[:-1], BODY[-3], DONE]),
    "usage-again": WHOLE.replace(b'"created"', b'"usage": {}, "created"'),
    "odd-id": WHOLE.replace(b'"id": "c"', b'"id": 7'),
    "odd-created": WHOLE.replace(b'"created": 1', b'"created": "today"'),
    "odd-model": WHOLE.replace(b'"model": "oak"', b'"model": 7'),
    "content-number": WHOLE.replace(b'"content": "wind "', b'"content": 7'),
    "message-for-delta": WHOLE.replace(b'"delta"', b'"delta": {}, "message"'),
    "odd-object": WHOLE.replace(b"chat.completion.chunk", b"chunk"),
    "no-index": WHOLE.replace(b'"index": 0, ', b""),
    "index-null": WHOLE.replace(b'"index": 0', b'"index": null'),
    "no-delta": b"".join([BODY[0], choice(index=0, finish_reason=None), *BODY[1:]]),
    "delta-null": b"".join([BODY[0], choice(index=0, delta=None), *BODY[1:]]),
    "delta-string": b"".join([BODY[0], choice(index=0, delta="sap"), *BODY[1:]]),
    "odd-choice": b"".join([BODY[0], event({}, choices=[None]), *BODY[1:]]),
}
FAILS = {
    "no-finish-reason", "empty-finish-reason", "delta-string", "odd-choice", "content-number",
    "message-for-delta",
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_each_oddity_has_its_name_beside_the_word(name):
    """One thing wrong, one finding, red where a program would lose text or break."""
    recording = paced(ODD[name].splitlines(keepends=True))
    assert "streamed" == first(recording).name
    assert {name: "fail" if name in FAILS else "remark"} == remarked(recording)


@pytest.mark.parametrize("field", ["id", "created", "model"])
def test_what_should_stay_and_changes_is_named(field):
    """Ids, times and models are one for all chunks."""
    values = {"id": str, "created": lambda at: 9 * (at % 3), "model": lambda at: f"oak:{at}"}[field]
    body = [event({"content": text}, **{field: values(at)}) for at, text in enumerate(TEXT)]
    assert {f"{field}-changes"} == set(remarked(paced([FIRST, *body, STOP, DONE])))


def test_chunks_of_another_answer_between_those_of_this_one_are_named():
    """An id that comes back is no new id for each chunk; a choice of its own may have its own."""
    alien = event({"content": " Mr Smith"}, id="other")
    assert {"ids-mixed"} == set(remarked(paced([*BODY[:5], alien, *BODY[5:]])))
    assert {"id-changes"} == set(remarked(paced([*BODY[:-1], event({}, id="other"), DONE])))


def test_fewer_than_no_tokens_are_no_count():
    """Programs add them up."""
    usage = {"prompt_tokens": 9, "completion_tokens": -1, "total_tokens": 8}
    assert "usage-negative" in remarked(
        paced([*BODY[:-1], event({}, choices=[], usage=usage), DONE])
    )


@pytest.mark.parametrize(
    ("name", "at_s"), [("late-finish", -2), ("late-done", -1), ("late-close", 0)]
)
def test_what_comes_late_after_the_text_is_named(name, at_s):
    """The finish reason, [DONE], and the end of the body."""
    recording = paced(BODY)
    if at_s:
        recording.reads[at_s:] = [(time + 5, data) for time, data in recording.reads[at_s:]]
    recording.end_s = recording.reads[-1][0] + (0 if at_s else 5)
    assert name in remarked(recording)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"prompt": ["a", "b", "c"]}, set()), ({"prompt": [[1], [2], [3]]}, set()),
        ({"prompt": ["a"], "n": 3}, set()), ({"prompt": ["a", "b"], "n": 2}, {"fewer-choices"}),
        ({"prompt": [1, 2, 3]}, {"more-choices"}), ({"prompt": "abc"}, {"more-choices"}),
    ],
)  # fmt: skip
def test_each_prompt_of_a_text_completion_has_its_choices(asked, found):
    """A list of numbers is one prompt."""
    choices = [{"index": at, "text": "An oak.", "finish_reason": "stop"} for at in range(3)]
    body = {"model": "oak", "choices": choices, "usage": {"completion_tokens": 9}}
    recording = whole(
        json.dumps(body).encode(), url="http://127.0.0.1:9/v1/completions", headers=JSON,
        request_body=json.dumps({"model": "oak", **asked}).encode(),
    )  # fmt: skip
    assert found == {"more-choices", "fewer-choices"} & {one.name for one in findings(recording)}


def test_more_choices_than_were_asked_for_are_red():
    """Programs that take the first show a part of the text; a choice for each piece is one text."""
    spread = [choice(index=at, delta={"content": t}) for at, t in enumerate(TEXT)]
    recording = paced([FIRST, *spread, STOP, DONE])
    recording.request_body = b'{"stream":true}'
    assert "more-choices" in reds(recording)
    assert "".join(TEXT) == read(recording).text
    recording.request_body = b'{"stream":true,"n":1}'
    assert "".join(TEXT) == read(recording).text
    recording.request_body = b'{"stream":true,"n":16}'
    assert TEXT[0] == read(recording).text
    recording.request_body = b""
    assert "more-choices" not in reds(recording)


def test_a_chat_is_no_text_completion():
    """Its text is shown, and programs that ask for a text completion see none."""
    url = "http://127.0.0.1:9/v1/completions"
    texts = [choice(index=0, text=text, finish_reason=None) for text in TEXT]
    assert "delta-for-text" in reds(paced(BODY, url=url))
    assert [] == reds(
        paced([*texts, choice(index=0, text="", finish_reason="stop"), DONE], url=url)
    )
    answer = b'{"choices": [{"index": 0, "message": {"content": "Oak."}, "finish_reason": "stop"}]}'
    assert ["message-for-text"] == reds(paced([answer], url=url, request_body=b"{}", headers=JSON))


def test_an_only_choice_has_the_index_0():
    """Its text is shown all the same."""
    recording = paced(WHOLE.replace(b'"index": 0', b'"index": 1').splitlines(keepends=True))
    recording.request_body = b'{"stream":true}'
    assert {"index-not-0": "remark"} == remarked(recording)


def test_what_was_asked_for_and_did_not_come_is_remarked():
    """Servers that ignore n and logprobs answer as if nobody had asked."""
    asked = b'{"model":"oak","stream":true,"n":2,"logprobs":true}'
    names = {"fewer-choices", "no-logprobs"}
    assert names == names & set(remarked(paced(BODY, request_body=asked)))
    for came, found in (([], True), ([{"token": "Oak", "logprob": -0.1}], False)):
        given = choice(delta={"content": "Oak"}, logprobs={"content": came})
        recording = paced([*BODY[:-2], given, STOP, DONE], request_body=asked)
        assert found == ("no-logprobs" in remarked(recording))


def test_done_after_usage_stands_in_for_a_finish_reason():
    """Real gateways end that way, and nothing of the answer is lost."""
    usage = event({}, choices=[], usage={"prompt_tokens": 1, "completion_tokens": 9})
    assert "remark" == remarked(paced([*BODY[:-2], usage, DONE]))["no-finish-reason"]


def test_usage_in_strings_is_named():
    """Clients that add them up fail."""
    last = event({}, "stop", usage={"prompt_tokens": "1", "completion_tokens": "2"})
    assert "remark" == remarked(paced([*BODY[:-2], last, DONE]))["usage-strings"]


def called(*pieces: dict[str, object]) -> dict[str, str]:
    """Return what is remarked of a tool call that came in these pieces."""
    chunks = [event({"tool_calls": [piece]}) for piece in pieces]
    return remarked(paced([FIRST, *chunks, event({}, "tool_calls"), DONE]))


def test_tool_calls_follow_the_rules_clients_rely_on():
    """An index for each, the id first, the name once, arguments as text."""
    half = {"function": {"arguments": "{"}}
    good = {"index": 0, "id": "a", "function": {"name": "plant", "arguments": "{}"}}
    assert "fail" == called({"id": "a"} | good["function"] | half)["tool-call-without-index"]
    assert {"tool-call-odd-index": "fail"} == called(good | {"index": "0"})
    assert "fail" == called(good, good | {"id": "b"})["tool-call-index-again"]
    assert {"tool-call-index-order": "remark"} == called(good | {"index": 1})
    assert {"tool-call-without-id": "remark"} == called({"index": 0, "function": good["function"]})
    assert "tool-call-id-late" in called({"index": 0, **half}, {"index": 0, "id": "a", **half})
    again = {"index": 0, "function": {"name": "plant", "arguments": "}"}}
    assert "fail" == called(good, again)["tool-call-name-again"]
    parts = called(good | {"function": {"name": "p", "arguments": {}}})
    assert "fail" == parts["arguments-not-a-string"]


@pytest.mark.parametrize("odd", [{}, {"tool_calls": 7}, {"tool_calls": [None, {"index": "0"}]}])
def test_the_index_that_calls_share_is_named_whatever_else_comes(odd):
    """Pieces behind them make another sentence: more clients lose those."""
    calls = [{"index": 1, "id": i, "function": {"name": "p", "arguments": ""}} for i in "ab"]
    more = {"index": 1, "function": {"arguments": "{}"}}
    for end, said in ((), "Two tool calls"), ((more,), "Two tool calls in pieces"):
        deltas = [{"tool_calls": [piece]} for piece in (*calls, *end)]
        came = [FIRST, event(odd), *map(event, deltas), event({}, "tool_calls"), DONE]
        found = next(one for one in findings(paced(came)) if one.name == "tool-call-index-again")
        assert f"{said} share index 1." == found.says


def test_tool_calls_in_any_legal_form_are_not_remarked():
    """Whole, as Ollama and Gemini send them, or in pieces, and two beside each other."""
    calls = [
        {"index": at, "id": f"c{at}", "function": {"name": "plant", "arguments": "{}"}}
        for at in (0, 1)
    ]
    assert {} == called(*calls)
    opening = {"index": 0, "id": "a", "function": {"name": "plant", "arguments": ""}}
    assert {} == called(opening, *[{"index": 0, "function": {"arguments": c}} for c in "{}"])


AZURE = [
    {"id": "", "object": "", "created": 0, "model": "", "choices": [],
     "prompt_filter_results": [{"prompt_index": 0}]},
    {"id": "", "object": "", "created": 0, "model": "", "choices": [
        {"index": 0, "finish_reason": None, "content_filter_offsets": {"check_offset": 9},
         "content_filter_results": {}}]},
]  # fmt: skip
DIALECTS = {
    "azure's asynchronous filter": [
        b"data: " + json.dumps(AZURE[0]).encode() + b"\n\n",
        *BODY[:5],
        b"data: " + json.dumps(AZURE[1]).encode() + b"\n\n",
        *BODY[5:],
    ],
    "openrouter's repeated end": [*BODY[:-1], STOP, DONE],
    "openrouter's comments": [b": OPENROUTER PROCESSING\n\n", *BODY],
    "llama.cpp's times": [
        event({"content": t}, created=1 + at // 40) for at, t in enumerate(TEXT)
    ] + [STOP, DONE],
    "litellm's one end for two": [
        *(
            event({}, choices=[
                {"index": at, "delta": {"content": text}, "finish_reason": None} for at in (0, 1)
            ])
            for text in TEXT
        ),
        STOP, DONE,
    ],
    "no done": BODY[:-1],
    "usage beside the end": [*BODY[:-2], event({}, "stop", usage={"total_tokens": 3}), DONE],
    "groq's usage": [*BODY[:-2], event({}, "stop", x_groq={"usage": {"total_tokens": 3}}), DONE],
    "mistral's parts": [
        *BODY[:-2], event({"content": [{"type": "text", "text": "sap"}]}), STOP, DONE,
    ],
    "nulls everywhere": [
        event({"content": t, "tool_calls": None, "refusal": None, "role": None}, usage=None)
        for t in TEXT
    ] + [STOP, DONE],
    "gemini's whole call": [
        FIRST, event({"tool_calls": [{"index": 0, "id": "a", "function": {
            "name": "p", "arguments": '{"a":1}'}}]}, "tool_calls"), DONE,
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", DIALECTS)
def test_a_dialect_that_is_meant_is_never_red(name):
    """What large servers do on purpose."""
    asked = b'{"model":"oak","stream":true,"n":2}'
    assert [] == reds(paced(DIALECTS[name], request_body=asked))


def test_azures_filter_apart_changes_no_names():
    """Its reports leave id, time and model empty, which is one remark and not five."""
    asked = b'{"model":"oak","stream":true}'
    found = remarked(paced(DIALECTS["azure's asynchronous filter"], request_body=asked))
    assert {"filter-apart": "remark"} == found


def test_chunks_without_any_name_are_remarked():
    """Only a report on the filter may leave all of them out."""
    bare = [{"choices": [{"index": 0, "delta": {"content": word}}]} for word in TEXT]
    found = remarked(paced([*(b"data: %b\n\n" % json.dumps(one).encode() for one in bare), DONE]))
    assert {"odd-object", "no-id", "no-created", "no-model"} <= {*found}


def test_usage_that_was_asked_for_is_missed():
    """And one that was not asked for is a mere fact."""
    asked = b'{"model":"oak","stream":true,"stream_options":{"include_usage":true}}'
    assert "no-usage" in remarked(paced(BODY, request_body=asked))
    unasked = paced(
        [*BODY[:-2], event({}, "stop"), event({}, choices=[], usage={"total_tokens": 9}), DONE]
    )
    assert {} == remarked(unasked)
    assert "usage-unasked" in {found.name for found in findings(unasked)}
