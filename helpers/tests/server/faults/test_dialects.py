"""A dialect is a dated list of modes, and works as an address of its own."""

from __future__ import annotations

import re
from typing import Any

import pytest

from helpers.server.faults.registry import REGISTRY
from helpers.tests.support.asking import Came, asked, chat, demo

DIALECTS = [name for name, entry in REGISTRY.items() if entry.group == "dialects"]
SERVICES = [name for name, entry in REGISTRY.items() if entry.group == "service_dialects"]
USAGE = {"include_usage": True}


def spoken(name: str, **body: Any) -> Came:
    """Return a streamed answer in a dialect, as fast as it comes."""
    return chat(demo(f"{name}+fast"), **body)


def test_the_named_servers_have_a_dialect() -> None:
    """One for each server that the list of endpoints offers, and a few beside."""
    expected = "openai llama.cpp g4f g4f-2023 ollama vllm lm-studio litellm azure"
    assert sorted(DIALECTS) == sorted(expected.split())


@pytest.mark.parametrize("name", [*DIALECTS, *SERVICES])
def test_a_dialect_is_nothing_but_known_modes_with_a_source(name: str) -> None:
    """It names the version and where its ways were seen, so that it ages visibly."""
    entry = REGISTRY[name]
    assert entry.parts
    assert all(REGISTRY[part].change for part in entry.parts)
    assert re.search(r"\d", entry.version) or "user reports" in entry.version
    assert entry.taken_from
    assert entry.version in entry.says


@pytest.mark.parametrize("name", DIALECTS)
def test_a_dialect_answers_as_an_address(name: str) -> None:
    """Text, a finish reason at its end, and a full answer too."""
    came = spoken(name)
    assert len(came.text) > 20
    assert "length" in [chunk["choices"][0]["finish_reason"] for chunk in came.chunks[-3:] if
                        chunk["choices"] and "finish_reason" in chunk["choices"][0]]  # fmt: skip
    assert spoken(name, stream=False).json["choices"][0]["message"]["content"]


def test_g4f_of_2023_has_no_v1_no_done_and_no_counts() -> None:
    """Its address ends at the port; below /v1 nothing answers; models are not listed."""
    endpoint = demo("g4f-2023+fast")
    assert endpoint.url.endswith("/demo:g4f-2023+fast")
    came = chat(endpoint, stream_options=USAGE)
    assert came.events[-1] != "[DONE]"
    assert not any("role" in delta for delta in came.deltas)
    assert not any("usage" in chunk for chunk in came.chunks)
    usage = chat(endpoint, stream=False).json["usage"]
    assert set(usage.values()) == {None}
    assert asked(endpoint, "GET", "/models").status == 404
    assert asked(endpoint, "POST", "/v1/chat/completions", b"{}").status == 404


@pytest.mark.parametrize("name", ["g4f", "ollama", "lm-studio"])
def test_some_repeat_the_role_in_every_delta(name: str) -> None:
    """Each delta has it, the first one together with text."""
    came = spoken(name)
    assert {delta.get("role") for delta in came.deltas} == {"assistant"}
    assert came.deltas[0]["content"]


def test_g4f_counts_in_the_finish_chunk() -> None:
    """Asked for or not, and there is no chunk with usage alone."""
    for options in ({}, {"stream_options": USAGE}):
        last = spoken("g4f", **options).chunks[-1]
        assert last["choices"][0]["finish_reason"] == "length"
        assert last["usage"]["completion_tokens"] > 0


def test_litellm_leaves_the_finish_reason_out_and_counts_beside_a_delta() -> None:
    """The key comes with the reason; the usage stands beside an empty delta."""
    chunks = spoken("litellm", stream_options=USAGE).chunks
    assert "finish_reason" not in chunks[0]["choices"][0]
    assert chunks[-1]["choices"] == [{"index": 0, "delta": {}}]
    assert chunks[-1]["usage"]


def test_azures_asynchronous_filter_tells_after_the_end() -> None:
    """Its findings come as choices without a delta, the last one behind the finish reason."""
    chunks = spoken("azure-async").chunks
    assert [] == chunks[0]["choices"]
    assert "delta" not in chunks[-1]["choices"][0]
    assert ["length"] * 2 == [chunk["choices"][0]["finish_reason"] for chunk in chunks[-2:]]


def test_groq_counts_in_a_field_of_its_own() -> None:
    """Unasked in the last chunk; a chunk for the counts comes only where it was asked for."""
    counts = [
        spoken("usage-in-x-groq", **options).chunks[-1]
        for options in ({}, {"stream_options": USAGE})
    ]
    assert 40 == counts[0]["x_groq"]["usage"]["completion_tokens"]
    assert ([], 40) == (counts[1]["choices"], counts[1]["usage"]["completion_tokens"])


def test_azure_begins_with_filter_results() -> None:
    """A first chunk without choices, id and model."""
    first = spoken("azure").chunks[0]
    assert first["choices"] == []
    assert first["id"] == first["model"] == ""
    assert first["prompt_filter_results"]


def test_openai_writes_null_until_it_counts() -> None:
    """Each chunk has usage, null in all but the last."""
    chunks = spoken("openai", stream_options=USAGE).chunks
    assert [chunk["usage"] for chunk in chunks[:-1]] == [None] * (len(chunks) - 1)
    assert chunks[-1]["usage"]["completion_tokens"] == 40


def test_vllm_finishes_with_its_last_text() -> None:
    """Text and finish reason come in one chunk, as its users noticed."""
    choice = spoken("vllm").chunks[-1]["choices"][0]
    assert choice["delta"]["content"]
    assert choice["finish_reason"] == "length"


def test_lm_studio_answers_unknown_paths_with_200() -> None:
    """An error in the body is the only sign."""
    came = asked(demo("lm-studio"), "GET", "/nowhere")
    assert came.status == 200
    assert "Unexpected endpoint" in came.json["error"]
    assert "created" not in asked(demo("lm-studio"), "GET", "/models").json["data"][0]
