"""openai for Python: the plain loop over chunks, and `.stream()`; chats and responses."""

import sys
from typing import Any

from contract import KEY, Asked, Pieces, Seen, main

# The kit brings decoders for br and zstd. The client on its own has none and asks for neither.
sys.modules |= {"brotli": None, "backports.zstd": None, "compression.zstd": None}

from openai import OpenAI  # noqa: E402

USAGE = {"include_usage": True}


def read(asked: Asked, seen: Seen) -> None:
    """Read one stream in the requested way."""
    client = OpenAI(base_url=asked.base_url, api_key=KEY)
    way = {
        "chat": by_stream if asked.way == "stream" else by_loop,
        "chat in one piece": in_one_piece,
        "responses": response_by_stream if asked.way == "stream" else response_by_loop,
        "responses in one piece": response_in_one_piece,
    }[asked.kind]
    way(client, asked, seen)


def by_loop(client: OpenAI, asked: Asked, seen: Seen) -> None:
    """Read by `create(stream=True)`, with the guard for chunks without choices."""
    pieces = Pieces()
    for chunk in client.chat.completions.create(
        model=asked.model, messages=asked.messages, stream=True, stream_options=USAGE,
        **asked.offered,
    ):  # fmt: skip
        seen.chunks += 1
        if chunk.usage:
            seen.count(chunk.usage.prompt_tokens, chunk.usage.completion_tokens)
        if not chunk.choices:
            continue
        choice = chunk.choices[0]
        seen.text += choice.delta.content or ""
        seen.finish = choice.finish_reason or seen.finish
        for piece in choice.delta.tool_calls or []:
            pieces.add(piece)
            seen.tool_calls = pieces.calls


def by_stream(client: OpenAI, asked: Asked, seen: Seen) -> None:
    """Read by `.stream()`, which assembles the completion itself."""
    with client.chat.completions.stream(
        model=asked.model, messages=asked.messages, stream_options=USAGE, **asked.offered
    ) as stream:
        for event in stream:
            seen.chunks += event.type == "chunk"
            if event.type == "content.delta":
                seen.text += event.delta
        take_completion(stream.get_final_completion(), seen)


def in_one_piece(client: OpenAI, asked: Asked, seen: Seen) -> None:
    """Read by `create()`."""
    take_completion(
        client.chat.completions.create(
            model=asked.model, messages=asked.messages, **asked.offered
        ),
        seen,
    )  # fmt: skip


def take_completion(completion: Any, seen: Seen) -> None:
    """Note the contents of a complete completion."""
    choice = completion.choices[0]
    seen.text = choice.message.content or ""
    seen.finish = choice.finish_reason
    if completion.usage:
        seen.count(completion.usage.prompt_tokens, completion.usage.completion_tokens)
    for call in choice.message.tool_calls or []:
        seen.call(call.id, call.function.name, call.function.arguments)


def response_fields(asked: Asked) -> dict[str, Any]:
    """The same request in the form of the Responses API."""
    tools = [{"type": "function", **tool["function"]} for tool in asked.tools]
    return {"model": asked.model, "input": asked.prompt} | ({"tools": tools} if tools else {})


def response_by_loop(client: OpenAI, asked: Asked, seen: Seen) -> None:
    """Read by `create(stream=True)`: the text's pieces, and the response at the end."""
    for event in client.responses.create(**response_fields(asked), stream=True):
        seen.chunks += 1
        if event.type == "response.output_text.delta":
            seen.text += event.delta
        elif event.type in ("response.completed", "response.incomplete"):
            take_response(event.response, seen)


def response_by_stream(client: OpenAI, asked: Asked, seen: Seen) -> None:
    """Read by `.stream()`, which assembles the response itself."""
    with client.responses.stream(**response_fields(asked)) as stream:
        for event in stream:
            seen.chunks += 1
            if event.type == "response.output_text.delta":
                seen.text += event.delta
        take_response(stream.get_final_response(), seen)
        seen.text = stream.get_final_response().output_text


def response_in_one_piece(client: OpenAI, asked: Asked, seen: Seen) -> None:
    """Read by `create()`."""
    response = client.responses.create(**response_fields(asked))
    take_response(response, seen)
    seen.text = response.output_text


def take_response(response: Any, seen: Seen) -> None:
    """Note the contents of a complete response, besides its text."""
    for item in response.output:
        if item.type == "function_call":
            seen.call(item.call_id, item.name, item.arguments)
        elif item.type == "reasoning":
            seen.reasoning += "".join(one.text for one in (item.content or item.summary or []))
    reason = response.incomplete_details and response.incomplete_details.reason
    ends = {"completed": "stop", "incomplete": reason or "incomplete"}
    seen.finish = ends.get(response.status)
    seen.finish = "length" if seen.finish == "max_output_tokens" else seen.finish
    if response.usage:
        seen.count(response.usage.input_tokens, response.usage.output_tokens)


if __name__ == "__main__":
    main(read, "openai")
