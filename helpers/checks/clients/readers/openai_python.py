"""openai for Python: the plain loop over chunks, and `.stream()`."""

from contract import KEY, Asked, Pieces, Seen, main
from openai import OpenAI

USAGE = {"include_usage": True}


def read(asked: Asked, seen: Seen) -> None:
    """Read one stream in the way that was asked."""
    client = OpenAI(base_url=asked.base_url, api_key=KEY)
    (by_stream if asked.way == "stream" else by_loop)(client, asked, seen)


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
    """Read by `.stream()`, which puts the completion together itself."""
    with client.chat.completions.stream(
        model=asked.model, messages=asked.messages, stream_options=USAGE, **asked.offered
    ) as stream:
        for event in stream:
            seen.chunks += event.type == "chunk"
            if event.type == "content.delta":
                seen.text += event.delta
        completion = stream.get_final_completion()
    choice = completion.choices[0]
    seen.text = choice.message.content or ""
    seen.finish = choice.finish_reason
    if completion.usage:
        seen.count(completion.usage.prompt_tokens, completion.usage.completion_tokens)
    for call in choice.message.tool_calls or []:
        seen.call(call.id, call.function.name, call.function.arguments)


if __name__ == "__main__":
    main(read, "openai")
