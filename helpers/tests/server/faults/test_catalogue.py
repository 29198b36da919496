"""Each mode does what its sentence says, and nothing else."""

from __future__ import annotations

import socket
import time
from urllib.parse import urlsplit

import pytest

from helpers.server.faults.answers import hostile_texts
from helpers.server.faults.catalogue import modes
from helpers.server.faults.splicing import CUT_AFTER
from helpers.tests.support.asking import asked, chat, demo

LISTS_ITS_MODELS = sorted(
    set(modes())
    - {"unauthorized", "html", "no-models", "self-signed", "g4f-2023", "404-everything-json"}
    - {"models-array", "models-page", "together", "perplexity"}
)


def test_every_mode_has_one_sentence_for_people() -> None:
    """The list of modes is read by people who choose one."""
    for name, says in modes().items():
        assert says.endswith(".")
        assert 20 < len(says) < 100, name


def test_a_mode_that_breaks_the_chat_lists_its_models() -> None:
    """One thing is wrong per mode: who cannot list models cannot choose one either."""
    came = {name: asked(demo(name), "GET", "/models") for name in LISTS_ITS_MODELS}
    assert {} == {name: one.status for name, one in came.items() if one.status != 200}
    assert {} == {name: one.json for name, one in came.items() if len(one.json["data"]) != 1}


def test_unauthorized_refuses_models_and_chat() -> None:
    """A wrong key opens nothing, in the words of OpenAI."""
    came = chat(demo("unauthorized"))
    assert came.status == 401
    assert came.json["error"]["code"] == "invalid_api_key"
    assert asked(demo("unauthorized"), "GET", "/models").status == 401


def test_no_model_names_the_model_it_does_not_have() -> None:
    """The 404 of a missing model is not the 404 of a wrong path."""
    came = chat(demo("no-model"), model="gpt-9")
    assert came.status == 404
    assert came.json["error"]["code"] == "model_not_found"
    assert "`gpt-9`" in came.json["error"]["message"]


@pytest.mark.parametrize("stream", [True, False])
def test_html_answers_everything_with_a_page(stream: bool) -> None:
    """Status 200 and a web page, as behind a wrong port."""
    came = chat(demo("html"), stream=stream)
    assert came.status == 200
    assert came.headers["content-type"].startswith("text/html")
    assert came.body.startswith(b"<!DOCTYPE html>")


@pytest.mark.slow
def test_zero_chunks_is_an_empty_but_proper_stream() -> None:
    """The stream opens and ends; a full answer is as it should be."""
    came = chat(demo("zero-chunks"))
    assert (came.status, came.body, came.cut) == (200, b"", False)
    assert came.headers["content-type"] == "text/event-stream"
    full = chat(demo("zero-chunks+fast"), stream=False)
    assert full.json["choices"][0]["message"]["content"]


@pytest.mark.parametrize(("tokens", "kept"), [(40, CUT_AFTER), (5, 5)])
def test_a_cut_stream_ends_cleanly_without_finish_or_done(tokens: int, kept: int) -> None:
    """Nothing but the missing end gives it away, in a long answer and in a short one."""
    came = chat(demo("cut+fast"), max_tokens=tokens)
    assert not came.cut
    assert 0 < sum(bool(delta.get("content")) for delta in came.deltas) <= kept
    assert not any(chunk["choices"][0]["finish_reason"] for chunk in came.chunks)
    assert came.events[-1] != "[DONE]"


def test_a_cut_full_answer_ends_before_its_length() -> None:
    """The connection closes in the middle of the body that the length announced."""
    came = chat(demo("cut+fast"), stream=False)
    assert came.cut
    assert 0 < len(came.body) < int(came.headers["content-length"])


@pytest.mark.parametrize("name", ["silence", "slow"])
def test_a_silent_mode_sends_not_even_headers(name: str) -> None:
    """The connection is open, the request is read, and not a byte comes."""
    url = urlsplit(demo(name).url)
    with socket.create_connection((url.hostname, url.port), timeout=0.5) as client:
        body = b'{"stream": true}'
        head = f"POST {url.path}/chat/completions HTTP/1.1\r\nHost: {url.netloc}\r\n"
        client.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        with pytest.raises(TimeoutError):
            client.recv(1)


def test_hostile_text_is_in_every_place_and_the_end_is_right() -> None:
    """Text, reasoning, id and model are hostile; finish reason, usage and [DONE] are in order."""
    came = chat(demo("hostile+fast"), stream_options={"include_usage": True})
    reasoning = "".join(delta.get("reasoning_content") or "" for delta in came.deltas)
    assert came.text == reasoning == "".join(hostile_texts.SAMPLES)
    assert {chunk["model"] for chunk in came.chunks} == {hostile_texts.MODEL}
    assert came.chunks[-2]["choices"][0]["finish_reason"] == "stop"
    assert came.chunks[-1]["usage"]["completion_tokens"] == 2 * len(hostile_texts.SAMPLES)
    assert asked(demo("hostile"), "GET", "/models").json["data"][0]["id"] == hostile_texts.MODEL


def test_a_hostile_error_is_hostile_in_each_field() -> None:
    """A server's own words are as untrusted as a model's."""
    came = chat(demo("hostile-error"))
    assert came.status == 400
    assert set(came.json["error"].values()) == {hostile_texts.ERROR}


def test_a_burst_is_numbered_without_a_gap() -> None:
    """A reader that lost a chunk sees which."""
    came = chat(demo("burst"), max_tokens=3000, stream_options={"include_usage": True})
    assert came.text.split() == [f"{number:06d}" for number in range(3000)]
    assert came.chunks[-1]["usage"]["completion_tokens"] == 3000
    assert came.events[-1] == "[DONE]"


def test_a_burst_keeps_its_rate() -> None:
    """Two thousand chunks at 5000 a second take 0.4 s, not less."""
    start_s = time.perf_counter()
    chat(demo("burst"), max_tokens=2000)
    assert time.perf_counter() - start_s > 0.39


@pytest.mark.parametrize("name", ["temperature", "max_tokens", "seed", "stream_options"])
def test_a_refused_parameter_is_named(name: str) -> None:
    """It is refused only when sent, and the error names it as OpenAI does."""
    value = {"include_usage": True} if name == "stream_options" else 1
    mode = demo(f"refuses-{name.replace('_', '-')}")
    came = chat(mode, **{name: value})
    assert came.status == 400
    assert came.json["error"]["param"] == name
    assert f"'{name}'" in came.json["error"]["message"]


def test_a_parameter_not_sent_is_not_refused() -> None:
    """The mode has one thing wrong, and it did not happen here."""
    assert chat(demo("refuses-seed+fast")).events[-1] == "[DONE]"


def test_rate_limited_says_when_to_come_again() -> None:
    """The header is what a client acts on."""
    came = chat(demo("rate-limited"))
    assert came.status == 429
    assert came.headers["retry-after"] == "20"


def test_error_500_comes_as_a_page() -> None:
    """Proxies answer for a dead server, and in HTML."""
    came = chat(demo("error-500"))
    assert came.status == 500
    assert came.headers["content-type"] == "text/html; charset=utf-8"


def test_thinking_comes_before_the_answer() -> None:
    """Reasoning first, in its own field, then text."""
    fields = [next(iter(delta)) for delta in chat(demo("thinking+fast")).deltas[1:-1]]
    assert fields[0] == "reasoning_content"
    assert fields[-1] == "content"
    assert fields == sorted(fields, reverse=True)


def test_thinks_only_ends_by_length_without_text() -> None:
    """It ran out while it was thinking."""
    choice = chat(demo("thinks-only+fast"), stream=False).json["choices"][0]
    assert choice["message"]["content"] == ""
    assert choice["message"]["reasoning_content"]
    assert choice["finish_reason"] == "length"


def test_no_usage_stays_silent_about_tokens_when_asked() -> None:
    """Streamed or full, the count is absent and the rest is there."""
    came = chat(demo("no-usage+fast"), stream_options={"include_usage": True})
    assert not any("usage" in chunk for chunk in came.chunks)
    assert came.events[-1] == "[DONE]"
    assert "usage" not in chat(demo("no-usage+fast"), stream=False).json


def test_no_done_still_finishes() -> None:
    """A missing [DONE] after a finish reason is legal."""
    came = chat(demo("no-done+fast"))
    assert came.events[-1] != "[DONE]"
    assert came.chunks[-1]["choices"][0]["finish_reason"] == "length"
