"""Anthropic's Python SDK: the plain loop over events, and `.stream()`; messages only."""

from typing import Any

from anthropic import Anthropic
from contract import KEY, Asked, Seen, main

MOST = 1024
# Anthropic's stop reasons in a chat's words, as the kit has them.
FINISH = {
    "end_turn": "stop", "stop_sequence": "stop", "max_tokens": "length",
    "tool_use": "tool_calls", "refusal": "content_filter",
}  # fmt: skip


def read(asked: Asked, seen: Seen) -> None:
    """Read one message in the requested way."""
    client = Anthropic(base_url=asked.base_url.removesuffix("/v1"), api_key=KEY)
    tools = [
        {
            "name": one["name"], "description": one.get("description", ""),
            "input_schema": one.get("parameters") or {"type": "object"},
        }
        for one in (tool["function"] for tool in asked.tools)
    ]  # fmt: skip
    fields = {"model": asked.model, "max_tokens": MOST, "messages": asked.messages}
    fields |= {"tools": tools} if tools else {}
    if asked.kind.endswith("piece"):
        take_message(client.messages.create(**fields), seen)
    elif asked.way == "stream":
        by_stream(client, fields, seen)
    else:
        by_loop(client, fields, seen)


def by_loop(client: Anthropic, fields: dict[str, Any], seen: Seen) -> None:
    """Read by `create(stream=True)`, joining the pieces as the documentation says."""
    calls: dict[int, dict[str, Any]] = {}
    prompt = None
    for event in client.messages.create(**fields, stream=True):
        seen.chunks += 1
        if event.type == "message_start":
            prompt = event.message.usage.input_tokens
        elif event.type == "content_block_start" and event.content_block.type == "tool_use":
            block = event.content_block
            calls[event.index] = {"id": block.id, "name": block.name, "arguments": ""}
            seen.tool_calls = list(calls.values())
        elif event.type == "content_block_delta":
            take_delta(event.index, event.delta, calls, seen)
        elif event.type == "message_delta":
            seen.finish = FINISH.get(event.delta.stop_reason, event.delta.stop_reason)
            seen.count(prompt, event.usage.output_tokens)


def take_delta(index: int, delta: Any, calls: dict[int, dict[str, Any]], seen: Seen) -> None:
    """Add what a block's delta brings."""
    if delta.type == "text_delta":
        seen.text += delta.text
    elif delta.type == "thinking_delta":
        seen.reasoning += delta.thinking
    elif delta.type == "input_json_delta":
        calls[index]["arguments"] += delta.partial_json


def by_stream(client: Anthropic, fields: dict[str, Any], seen: Seen) -> None:
    """Read by `.stream()`, which assembles the message itself."""
    with client.messages.stream(**fields) as stream:
        for event in stream:
            seen.chunks += 1
            if event.type == "text":
                seen.text += event.text
        take_message(stream.get_final_message(), seen)


def take_message(message: Any, seen: Seen) -> None:
    """Note the contents of a complete message."""
    seen.text = "".join(block.text for block in message.content if block.type == "text")
    for block in message.content:
        if block.type == "thinking":
            seen.reasoning += block.thinking
        elif block.type == "tool_use":
            seen.call(block.id, block.name, block.input)
    seen.finish = FINISH.get(message.stop_reason, message.stop_reason)
    seen.count(message.usage.input_tokens, message.usage.output_tokens)


if __name__ == "__main__":
    main(read, "anthropic")
