"""LiteLLM's Python SDK: `completion(stream=True)`, joined by its own chunk builder."""

import litellm
from contract import KEY, Asked, Seen, main


def read(asked: Asked, seen: Seen) -> None:
    """Read one stream."""
    chunks = []
    for chunk in litellm.completion(
        model=f"openai/{asked.model}", api_base=asked.base_url, api_key=KEY,
        messages=asked.messages, stream=True, stream_options={"include_usage": True},
        **asked.offered,
    ):  # fmt: skip
        seen.chunks += 1
        chunks.append(chunk)
        if chunk.choices:
            delta = chunk.choices[0].delta
            seen.text += delta.content or ""
            seen.reasoning += getattr(delta, "reasoning_content", None) or ""
            seen.finish = chunk.choices[0].finish_reason or seen.finish
        if usage := getattr(chunk, "usage", None):
            seen.count(usage.prompt_tokens, usage.completion_tokens)
    whole = litellm.stream_chunk_builder(chunks, messages=asked.messages)
    for call in (whole and whole.choices[0].message.tool_calls) or []:
        seen.call(call.id, call.function.name, call.function.arguments)


if __name__ == "__main__":
    main(read, "litellm", "openai")
