"""Modes of what a full answer holds: fields, text and counts that differ from the reference."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ...events import Chunk, chunk_of, event_of, events, finish_of
from ...http1 import Body, Reply, Request, whole
from ...replies import text_reply
from ...upstream import Ask
from ..registry import chat_mode, full_edited, stream_mode

Edit = Callable[[Chunk], object]


def full_mode(name: str, says: str) -> Callable[[Edit], Edit]:
    """Register a mode that edits full answers in place and leaves streams alone."""

    def register(edit: Edit) -> Edit:
        async def change(request: Request, ask: Ask) -> Reply:
            reply = await ask(request)
            return reply if reply.is_event_stream else await full_edited(reply, edit)

        chat_mode(name, says, legal=True, group="full_answers")(change)
        return edit

    return register


def _message(answer: Chunk) -> dict[str, Any]:
    return answer["choices"][0]["message"]  # type: ignore[no-any-return]


def _with_text(answer: Chunk, change: Callable[[str], Any], *, json_too: bool = False) -> None:
    """Change the text, but not JSON that was asked for, so that only one thing is wrong."""
    text = _message(answer).get("content")
    if text and (json_too or not text.startswith("{")):
        _message(answer)["content"] = change(text)


@full_mode("full-no-id", "Leaves the id out of full answers.")
def _no_id(answer: Chunk) -> None:
    answer.pop("id", None)


@full_mode("full-model-null", "Leaves the model null in full answers.")
def _model_null(answer: Chunk) -> None:
    answer["model"] = ""


@full_mode("full-content-list", "Gives the text of full answers as a list of parts.")
def _content_list(answer: Chunk) -> None:
    _with_text(answer, lambda text: [{"type": "text", "text": text}])


@full_mode("full-content-object", "Gives the text of full answers as an object.")
def _content_object(answer: Chunk) -> None:
    _with_text(answer, lambda text: {"text": text})


@full_mode("full-empty", "Gives full answers without any text.")
def _empty(answer: Chunk) -> None:
    if _message(answer).get("content"):
        answer["choices"][0]["finish_reason"] = "stop"
    _with_text(answer, lambda _: "")


@full_mode("full-finish-null", "Leaves finish_reason null in full answers.")
def _finish_null(answer: Chunk) -> None:
    answer["choices"][0]["finish_reason"] = None


@full_mode("full-finish-eos", "Ends full answers with the reason eos.")
def _finish_eos(answer: Chunk) -> None:
    answer["choices"][0]["finish_reason"] = "eos"


@full_mode("full-strict-keys-out", "Leaves refusal and logprobs out of full answers.")
def _strict_keys_out(answer: Chunk) -> None:
    _message(answer).pop("refusal", None)
    if not answer["choices"][0].get("logprobs"):
        answer["choices"][0].pop("logprobs", None)


@chat_mode("leaves-stop-in", "Leaves the stop word at the end of the text.", legal=True)
async def _leaves_stop_in(request: Request, ask: Ask) -> Reply:
    reply, stop = await ask(request), request.json.get("stop")
    if not isinstance(stop, str):
        return reply
    if reply.is_event_stream:
        reply.body = _with_last(reply.body, f" {stop}")
        return reply
    return await full_edited(reply, lambda answer: _add(answer, stop))


@chat_mode("leaks-stop", "Streams the beginning of the stop word.", legal=True)
async def _leaks_stop(request: Request, ask: Ask) -> Reply:
    reply, stop = await ask(request), request.json.get("stop")
    if isinstance(stop, str) and reply.is_event_stream:
        reply.body = _with_last(reply.body, f" {stop[:3]}")
    return reply


def _add(answer: Chunk, stop: str) -> None:
    if answer["choices"][0]["finish_reason"] == "stop":
        _with_text(answer, lambda text: f"{text} {stop}")


async def _with_last(body: Body, text: str) -> Body:
    """Yield the events; if a stop word ended the answer, with a text before its end."""
    async for event in events(body):
        chunk = chunk_of(event)
        if finish_of(chunk) == "stop":
            choice = {"index": 0, "delta": {"content": text}, "finish_reason": None}
            yield event_of(chunk | {"choices": [choice]})
        yield event


@chat_mode("cut-says-stop", "Says stop where the token limit ended an answer.", legal=True)
async def _cut_says_stop(request: Request, ask: Ask) -> Reply:
    reply = await ask(request)
    if reply.is_event_stream:
        reply.body = _says_stop(reply.body)
        return reply
    return await full_edited(reply, _stopped)


async def _says_stop(body: Body) -> Body:
    async for event in events(body):
        chunk = chunk_of(event)
        _stopped(chunk)
        yield event_of(chunk) if chunk else event


def _stopped(answer: Chunk) -> None:
    for choice in answer.get("choices") or []:
        if choice.get("finish_reason") == "length":
            choice["finish_reason"] = "stop"


@chat_mode("stop-says-length", "Says length where a stop word ended an answer.", legal=True)
async def _stop_says_length(request: Request, ask: Ask) -> Reply:
    def edit(answer: Chunk) -> None:
        answer["choices"][0]["finish_reason"] = "length"

    reply = await ask(request)
    stops = request.json.get("stop") and not reply.is_event_stream
    return await full_edited(reply, edit) if stops else reply


@full_mode("full-logprobs-old", "Gives logprobs in the shape of the completions API.")
def _logprobs_old(answer: Chunk) -> None:
    if answer["choices"][0].get("logprobs"):
        answer["choices"][0]["logprobs"] = {"tokens": ["The"], "token_logprobs": [-0.5]}


@full_mode("full-logprobs-null", "Gives tokens without their logprob.")
def _logprobs_null(answer: Chunk) -> None:
    for one in (answer["choices"][0].get("logprobs") or {}).get("content", []):
        one["logprob"] = None


@full_mode("full-n-same-index", "Gives index 0 to every choice of a full answer.")
def _n_same_index(answer: Chunk) -> None:
    for choice in answer["choices"]:
        choice["index"] = 0


@full_mode("full-fenced", "Puts JSON into a fence.")
def _fenced(answer: Chunk) -> None:
    _with_text(
        answer,
        lambda text: f"```json\n{text}\n```" if text.startswith("{") else text,
        json_too=True,
    )


@full_mode("full-template-token", "Ends full answers with a token of its template.")
def _template_token(answer: Chunk) -> None:
    _with_text(answer, lambda text: f"{text}<|im_end|>")


@full_mode("full-think-tags", "Thinks in tags in the text of full answers.")
def _think_tags(answer: Chunk) -> None:
    _with_text(answer, lambda text: f"<think>A tree.</think>{text}")


@full_mode("full-prompt-echo", "Repeats the system prompt before the text.")
def _prompt_echo(answer: Chunk) -> None:
    _with_text(answer, lambda text: f"You answer in plain words. {text}")


@full_mode("full-leading-space", "Begins full answers with a line break that streams do not have.")
def _leading_space(answer: Chunk) -> None:
    _with_text(answer, lambda text: f"\n{text}")


@full_mode("full-only-reasoning", "Gives its text as reasoning, and no answer.")
def _only_reasoning(answer: Chunk) -> None:
    text = _message(answer).get("content")
    if text and not text.startswith("{"):
        _message(answer).update(content=None, reasoning_content=text)


@full_mode("full-reasoning", "Thinks in reasoning_content, and counts it.")
def _reasoning(answer: Chunk) -> None:
    _message(answer)["reasoning_content"] = "A tree stands there. " * 3
    answer["usage"]["completion_tokens_details"] = {"reasoning_tokens": 12}


@full_mode("full-reasoning-uncounted", "Thinks in reasoning_content, and does not count it.")
def _reasoning_uncounted(answer: Chunk) -> None:
    _message(answer)["reasoning_content"] = "A tree stands there. " * 3
    answer["usage"].pop("completion_tokens_details", None)


@full_mode("usage-apart", "Counts reasoning outside of completion_tokens.")
def _usage_apart(answer: Chunk) -> None:
    answer["usage"]["completion_tokens_details"] = {"reasoning_tokens": 5}
    answer["usage"]["total_tokens"] += 5


@full_mode("usage-no-total", "Counts prompt and answer, and no total.")
def _usage_no_total(answer: Chunk) -> None:
    answer["usage"].pop("total_tokens", None)


@full_mode("usage-wrong-sum", "Counts a total that is not the sum.")
def _usage_wrong_sum(answer: Chunk) -> None:
    answer["usage"]["total_tokens"] -= 7


@full_mode("usage-zero-prompt", "Counts no tokens for the prompt.")
def _usage_zero_prompt(answer: Chunk) -> None:
    tokens = answer["usage"]["completion_tokens"]
    answer["usage"].update(prompt_tokens=0, total_tokens=tokens)


@full_mode("usage-stands-still", "Counts 14 tokens for every prompt.")
def _usage_stands_still(answer: Chunk) -> None:
    tokens = answer["usage"]["completion_tokens"]
    answer["usage"].update(prompt_tokens=14, total_tokens=14 + tokens)


@full_mode("usage-pieces", "Counts half as many tokens as came.")
def _usage_pieces(answer: Chunk) -> None:
    usage = answer["usage"]
    usage["completion_tokens"] //= 2
    usage["total_tokens"] = usage["prompt_tokens"] + usage["completion_tokens"]


@full_mode("usage-cached", "Counts tokens of the prompt as cached.")
def _usage_cached(answer: Chunk) -> None:
    answer["usage"]["prompt_tokens_details"] = {"cached_tokens": 8}


@full_mode("usage-no-details", "Counts without any details.")
def _usage_no_details(answer: Chunk) -> None:
    answer["usage"].pop("prompt_tokens_details", None)


@full_mode("full-no-usage", "Gives full answers without token counts.")
def _no_usage(answer: Chunk) -> None:
    answer.pop("usage", None)


@stream_mode("stream-other-usage", "Counts ten tokens more when it streams.", legal=True)
async def _stream_other_usage(body: Body) -> Body:
    async for event in events(body):
        chunk = chunk_of(event)
        if usage := chunk.get("usage"):
            usage["prompt_tokens"] += 10
            usage["total_tokens"] += 10
            event = event_of(chunk)
        yield event


@chat_mode("full-nan", "Writes NaN into full answers.", legal=True)
async def _nan(request: Request, ask: Ask) -> Reply:
    reply = await ask(request)
    if reply.is_event_stream or reply.status != 200:
        return reply
    answer = json.loads(await whole(reply.body)) | {"score": float("nan")}
    return text_reply(200, json.dumps(answer), "application/json")


@chat_mode("full-text-html", "Calls its JSON text/html.", legal=True)
async def _text_html(request: Request, ask: Ask) -> Reply:
    reply = await ask(request)
    if reply.is_event_stream or reply.status != 200:
        return reply
    return text_reply(200, await whole(reply.body), "text/html")


@full_mode("full-role-missing", "Leaves the role out of full answers.")
def _role_missing(answer: Chunk) -> None:
    _message(answer).pop("role", None)
