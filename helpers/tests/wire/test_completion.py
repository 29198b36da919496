"""Chunks and bodies assembled to an answer."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.wire.answer import Answer, Delta, ToolCall
from helpers.wire.builders.completion import CompletionBuilder, full_answer
from helpers.wire.sse import Event

NAMES = (
    "choices", "delta", "message", "content", "index", "finish_reason", "tool_calls", "function",
    "name", "arguments", "id", "usage", "error", "detail", "text", "type", "reasoning", "refusal",
    "code", "x_groq", "completion_tokens", "loc", "status",
)  # fmt: skip
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4)
    | st.sampled_from(["\ud83c", "\udf33", "thinking", "text"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


def assemble(*chunks: object) -> tuple[CompletionBuilder, list[Delta]]:
    """Return the builder that took these chunks, text as it stands and the rest as JSON."""
    builder = CompletionBuilder()
    deltas = []
    for chunk in chunks:
        data = chunk if isinstance(chunk, str) else json.dumps(chunk)
        deltas += builder.feed(Event("message", data))
    return builder, deltas + builder.close()


def piece(finish: str | None = None, index: int = 0, **delta: object) -> dict[str, object]:
    """Return a chunk with one choice."""
    return {"choices": [{"index": index, "delta": delta, "finish_reason": finish}]}


def call(**piece_of_call: object) -> dict[str, object]:
    """Return a chunk with one piece of a tool call."""
    return piece(tool_calls=[piece_of_call])


def test_pieces_of_text_become_the_answer():
    """Text, finish reason, id and model come together; a role alone is no delta."""
    builder, deltas = assemble(
        {"id": "c1", "model": "oak"} | piece(role="assistant", content=""),
        piece(content="A tree"), piece(content=" grows."), piece("stop"), " [DONE] ",
    )  # fmt: skip
    answer = builder.answer
    assert (
        answer.text, answer.finish_reason, answer.id, answer.model,
    ) == ("A tree grows.", "stop", "c1", "oak")  # fmt: skip
    assert [delta.has_output for delta in deltas] == [True, True, False]
    assert (builder.done, builder.chunks) == (True, 4)


@pytest.mark.parametrize(
    "delta",
    [
        {"reasoning": "Hm."},
        {"reasoning_content": "Hm.", "content": None},
        {"reasoning": "Hm.", "reasoning_content": "Hm."},
        {"reasoning": "other", "reasoning_content": "Hm."},
        {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}]},
    ],
)
def test_reasoning_counts_once_under_any_name(delta):
    """Servers that send both names send the same words twice."""
    builder, deltas = assemble(piece(**delta))
    assert (builder.answer.reasoning, builder.answer.text) == ("Hm.", "")
    assert [delta.has_output for delta in deltas] == [True]


@pytest.mark.parametrize(
    "choice",
    [
        {"message": {"role": "assistant", "content": "leaf"}},
        {"text": "leaf"},
        {"delta": {"content": [{"type": "text", "text": "le"}, {"text": "a"}, "f"]}},
        {"delta": None, "message": {"content": {"type": "text", "text": "leaf"}}},
    ],
)
def test_text_is_found_where_servers_put_it(choice):
    """A message for a delta, the legacy text, and content in parts all are text."""
    builder, _ = assemble({"choices": [choice]})
    assert builder.answer.text == "leaf"


def test_a_message_without_text_still_brings_its_calls():
    """An empty text repeats nothing."""
    message = {"content": "", "tool_calls": [{"id": "a", "function": {"name": "plant"}}]}
    builder, _ = assemble({"choices": [{"message": message}]})
    assert builder.answer.tool_calls == (ToolCall("a", "plant"),)


def test_a_message_that_repeats_the_stream_is_no_text():
    """Some servers close their deltas with the whole message."""
    closing = {"choices": [{"message": {"content": "leaf"}, "finish_reason": "stop"}]}
    builder, _ = assemble(piece(content="le"), piece(content="af"), closing)
    assert (builder.answer.text, builder.answer.finish_reason) == ("leaf", "stop")


def test_a_message_that_repeats_the_stream_says_what_is_new():
    """MiniMax closes with all of it, trimmed, and its calls; a first call in it is not lost."""
    text = "The old oak stands on a hill and waits."
    calls = [{"id": "a", "function": {"name": "plant", "arguments": "{}"}}]
    message = {"content": text, "reasoning_content": "hm", "tool_calls": calls}
    closing = {"choices": [{"message": message, "finish_reason": "tool_calls"}]}
    for before in ([call(index=0, **calls[0])], []):
        thought = piece(reasoning_content="hm")
        builder, _ = assemble(thought, piece(content=f"\n{text} "), *before, closing)
        answer = builder.answer
        assert (answer.text.strip(), answer.reasoning) == (text, "hm")
        assert [("a", "plant", "{}")] == [one[:3] for one in answer.tool_calls]
    pieces, _ = assemble(*({"choices": [{"message": {"content": t}}]} for t in ("ha", " ha")))
    assert "ha ha" == pieces.answer.text


@pytest.mark.parametrize(
    "pieces",
    [
        [call(index=0, id="a", function={"name": "plant", "arguments": '{"n"'}),
         call(index=0, function={"arguments": ":1}"})],
        [call(id="a", function={"name": "plant"}), call(function={"arguments": '{"n":1}'})],
        [call(index=3, id="a", function={"name": "plant", "arguments": '{"n":'}),
         call(index=3, id="a", function={"name": "plant", "arguments": "1}"})],
    ],
)  # fmt: skip
def test_pieces_of_a_tool_call_are_one_call(pieces):
    """With or without index, and with id and name repeated in every piece."""
    builder, deltas = assemble(*pieces)
    assert (ToolCall("a", "plant", '{"n":1}'),) == builder.answer.tool_calls
    assert "".join(delta.tool_calls[0].arguments for delta in deltas) == '{"n":1}'


@pytest.mark.parametrize("indices", [(0, 1), (0.0, 1.0), (0, 0), (None, None)])
def test_a_new_id_with_a_name_opens_a_new_call(indices):
    """Several servers number every call 0, some none."""
    pieces = [
        call(index=index, id=name, function={"name": name, "arguments": {"n": 1}})
        for index, name in zip(indices, ("oak", "elm"), strict=True)
    ]
    builder, _ = assemble(*pieces)
    assert [(c.name, c.place) for c in builder.answer.tool_calls] == [("oak", 0), ("elm", 1)]
    assert {'{"n": 1}'} == {c.arguments for c in builder.answer.tool_calls}


@pytest.mark.parametrize(
    "chunks",
    [
        [{"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 5}}],
        [piece("stop") | {"usage": {"prompt_tokens": 3, "completion_tokens": 5}}],
        [{"choices": [], "usage": {"completion_tokens": 1}},
         {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 5}}, piece("stop")],
        [{"choices": [], "x_groq": {"usage": {"prompt_tokens": 3, "completion_tokens": 5}}}],
        [{"choices": [{"usage": {"prompt_tokens": 3, "completion_tokens": 5}}]}],
        [{"usage": {"prompt_tokens": 3, "completion_tokens": 5.0}}],
    ],
)  # fmt: skip
def test_usage_is_found_where_servers_put_it(chunks):
    """The last one counts, for servers that count up in every chunk."""
    usage = assemble(*chunks)[0].answer.usage
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (3, 5, None)


def test_reasoning_tokens_are_part_of_the_usage():
    """They stand in the details, or beside the others."""
    details = {"completion_tokens": 9, "completion_tokens_details": {"reasoning_tokens": 4}}
    assert assemble({"choices": [], "usage": details})[0].answer.usage.reasoning_tokens == 4
    assert full_answer(b'{"choices":[],"usage":{"reasoning_tokens":4}}').usage.reasoning_tokens == 4


def test_an_index_may_be_written_as_a_fraction():
    """JSON has one kind of number; true is none."""
    builder = CompletionBuilder()
    for index in (1.0, 0.0, 1, True):
        builder.take(piece(index=index, content=str(index)), source="")
    assert [(0, "0.0True"), (1, "1.01")] == [(one.index, one.text) for one in builder.choices]


def test_choices_are_kept_apart_by_index():
    """A finish reason that never came stays None and the refusal is the other one's."""
    builder, _ = assemble(
        piece(index=1, refusal="No"), piece(content="yes"), piece("stop", index=0),
        piece(index=1, refusal=" trees."),
    )  # fmt: skip
    first, second = builder.answer.choices
    assert (first.text, first.finish_reason, first.refusal) == ("yes", "stop", "")
    assert (second.text, second.finish_reason, second.refusal) == ("", None, "No trees.")


ERRORS = [
    ({"error": {"message": "no oak", "code": 404, "type": "gone"}}, "no oak", "404", "gone"),
    ({"error": {"message": "no oak", "code": None}}, "no oak", "", ""),
    ({"error": "no oak"}, "no oak", "", ""),
    ({"detail": "no oak"}, "no oak", "", ""),
    (
        {"detail": [{"loc": ["body", "n"], "msg": "no oak", "type": "int"}]},
        "body.n: no oak",
        "",
        "",
    ),
    ({"type": "error", "title": "no oak"}, "no oak", "", "error"),
    ({"status": "failure", "message": "no oak"}, "no oak", "failure", ""),
    ({"object": "error", "message": "no oak", "code": 400}, "no oak", "400", ""),
    ([{"error": {"message": "no oak", "code": 429}}], "no oak", "429", ""),
    ({"errcode": 1301, "errmsg": "no oak"}, "no oak", "1301", ""),
    ({"retcode": -1, "retmsg": "no oak"}, "no oak", "-1", ""),
    ({"err": "no oak"}, "no oak", "", ""),
    ({"internalServerException": {"message": "no oak"}}, "no oak", "", ""),
    ({"title": "no sap", "detail": "no oak", "status": 503}, "no sap: no oak", "503", ""),
    ({"header": {"code": 10013, "message": "no oak"}}, "no oak", "10013", ""),
    ({"ResponseMetadata": {"Error": {"Code": "Gone", "Message": "no oak"}}}, "no oak", "Gone", ""),
    ({"title": "no sap", "errors": {"oak": ["no oak", "no elm"]}}, "oak: no oak; no elm", "", ""),
    ({"error": "invalid", "error_description": "no oak"}, "invalid: no oak", "", ""),
    (
        {"status": 500, "error": "Server Error", "message": "no oak"},
        "Server Error: no oak",
        "500",
        "",
    ),
]


@pytest.mark.parametrize(("body", "message", "code", "kind"), ERRORS)
def test_an_error_is_read_in_any_shape(body, message, code, kind):
    """Inside a stream and instead of an answer it is the same error."""
    inside, _ = assemble(piece(content="leaf"), body)
    instead = full_answer(json.dumps(body).encode())
    for error in (inside.answer.error, instead.error):
        assert (message, code, kind) == (error.message, error.code, error.type)
    assert ("leaf", body) == (inside.answer.text, json.loads(inside.answer.error.body))


@pytest.mark.parametrize(
    "quiet",
    [
        {"errcode": 0, "errmsg": "ok"}, {"header": {"code": 0, "message": "Success"}},
        {"ResponseMetadata": {"RequestId": "1"}}, {"retcode": 0, "retmsg": ""}, {"err": None},
    ],
)  # fmt: skip
def test_a_code_that_says_all_is_well_is_no_error(quiet):
    """Such fields stand beside each chunk of an answer."""
    builder, _ = assemble(quiet, piece(content="leaf") | quiet)
    assert ("leaf", None) == (builder.answer.text, builder.answer.error)


def test_an_error_behind_done_or_inside_a_string_is_one():
    """Behind [DONE] it says why the answer had not ended; after an end it says nothing of it."""
    error = {"error": {"message": "no oak"}}
    for parts in (("[DONE]", error), (json.dumps(json.dumps(error)),)):
        builder, _ = assemble(piece(content="leaf"), *parts)
        assert ("leaf", "no oak") == (builder.answer.text, builder.answer.error.message)
    builder, _ = assemble(piece(content="leaf", finish="stop"), "[DONE]", error)
    assert builder.answer.error is None


def test_an_error_beside_choices_is_kept():
    """The text that stands beside it is not lost."""
    builder, _ = assemble(piece(content="leaf") | {"error": {"message": "cut"}})
    assert (builder.answer.text, builder.answer.error.message, builder.chunks) == ("leaf", "cut", 1)
    groq, _ = assemble(piece(content="leaf") | {"x_groq": {"error": "cut"}})
    assert ("leaf", "cut") == (groq.answer.text, groq.answer.error.message)
    quiet, _ = assemble(piece(content="leaf") | {"error": None, "x_groq": {"error": None}})
    assert quiet.answer.error is None


def test_an_event_named_error_is_an_error_in_any_words():
    """Its data may be a sentence, or JSON of no known shape."""
    builder = CompletionBuilder()
    assert builder.feed(Event("error", "out of sap")) == []
    assert builder.feed(Event("error", '{"sap": 0}')) == []
    assert [error.message for error in builder.errors] == ["out of sap", '{"sap": 0}']


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"Internal Server Error", "Internal Server Error"),
        (b"<html><head><title>502 Bad\n Gateway</title></head></html>", "502 Bad Gateway"),
        (b'"no oak"', "no oak"),
        (b"\xffno", "\ufffdno"),
    ],
)
def test_a_body_without_json_is_an_error_in_its_own_words(body, message):
    """A page is known by its title."""
    answer = full_answer(body)
    assert (message, ()) == (answer.error.message, answer.choices)


def test_a_full_body_is_an_answer():
    """Two tool calls without index are two; a BOM before the body is not in the way."""
    message = {"content": None, "tool_calls": [
        {"id": "a", "function": {"name": "plant", "arguments": "{}"}},
        {"id": "b", "function": {"name": "plant", "arguments": "{}"}},
    ]}  # fmt: skip
    body = {"id": "c1", "choices": [{"message": message, "finish_reason": "tool_calls"}]}
    answer = full_answer(b"\xef\xbb\xbf" + json.dumps(body).encode())
    assert [tool_call.id for tool_call in answer.tool_calls] == ["a", "b"]
    assert (answer.finish_reason, answer.error, answer.cut) == ("tool_calls", None, False)


def test_a_full_body_that_broke_off_keeps_its_text():
    """What arrived is an answer, and said to be cut."""
    answer = full_answer(b'{"id":"c1","choices":[{"message":{"content":"A tree gr')
    assert (answer.text, answer.cut, answer.error) == ("A tree gr", True, None)
    assert Answer() == full_answer(b" ")


def test_a_full_body_may_end_in_half_a_character():
    """Nothing more will come, so the half is U+FFFD at once."""
    body = rb'{"choices":[{"message":{"content":"oak\ud83c"}}]}'
    assert full_answer(body).text == "oak\ufffd"


def test_data_that_is_no_json_is_kept_aside():
    """The rest of the stream goes on."""
    builder, _ = assemble(piece(content="oa"), "sap rising", '{"a":1}{"b"', piece(content="k"))
    assert (builder.answer.text, builder.unparsed) == ("oak", ["sap rising", '{"a":1}{"b"'])
    assert builder.findings["not-json"] == 2


def test_what_follows_done_is_counted_and_left_out():
    """No client reads on, so it is no part of the answer."""
    builder, _ = assemble(piece(content="oak"), "[DONE]", piece(content="!"), "[DONE]")
    assert builder.answer.text == "oak"
    assert (builder.findings["text-after-done"], builder.findings["done-again"]) == (1, 1)


def test_an_empty_finish_reason_is_none():
    """It is counted; a real one that follows is taken."""
    builder, _ = assemble(piece("", content="oak"))
    assert (builder.answer.finish_reason, builder.findings["empty-finish-reason"]) == (None, 1)
    assert assemble(piece(""), piece("length"))[0].answer.finish_reason == "length"


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        (["a\ud83c", "\udf33b"], "a🌳b"),
        (["a\ud83c", "b"], "a\ufffdb"),
        (["\udf33", "b\ud83c"], "\ufffdb\ufffd"),
        (["é", "\ud83c", "", "\udf33"], "é🌳"),
    ],
)
def test_halves_of_a_character_meet_across_chunks(pieces, text):
    """A lone one becomes U+FFFD, and the deltas join to exactly the answer's text."""
    builder, deltas = assemble(*(piece(content=part) for part in pieces))
    assert text == builder.answer.text
    assert text == "".join(delta.text for delta in deltas)
    assert text.count("\ufffd") == builder.findings["lone-surrogate"]


@given(
    st.lists(json_values | st.fixed_dictionaries({"choices": st.lists(json_values)}), max_size=4)
)
@pytest.mark.slow
def test_no_shape_of_json_raises(chunks):
    """Whatever stands where, the deltas join to the answer and the answer can be encoded."""
    builder, deltas = assemble(*chunks)
    answer = builder.answer
    for choice in answer.choices:
        mine = [delta for delta in deltas if delta.choice == choice.index]
        assert choice.text == "".join(delta.text for delta in mine)
    assert repr((*answer.choices, answer.error, answer.id, answer.model)).encode()
    full_answer(json.dumps(chunks).encode())


@given(st.binary() | st.text().map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_no_bytes_raise(body):
    """A body may be anything."""
    assert full_answer(body).text.encode() is not None
    assemble(body.decode("latin-1"))
