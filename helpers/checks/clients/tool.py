"""A second recording for the readers: the same endpoint, offered a tool."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...client.chat import ask
from ...client.exchange import Exchange
from ...endpoint import is_replay
from ...signatures import checked

PROMPT = "What is the weather in Berlin? Use the tool."
TOOL: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather of a city.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    },
}  # fmt: skip

_FUNCTION = TOOL["function"]
# A response's tool has no wrapper around the function; a message's has another name for its schema.
_TOOLS = {
    "chat": TOOL,
    "responses": {"type": "function", **_FUNCTION},
    "messages": {
        "name": _FUNCTION["name"], "description": _FUNCTION["description"],
        "input_schema": _FUNCTION["parameters"],
    },
}  # fmt: skip


@checked
async def with_a_tool(exchange: Exchange, *, tools: bool = True) -> Exchange:
    """The same endpoint asked so that it may call a tool: `await cells.with_a_tool(a)`.

    It is the exchange itself without `tools`, or if another request would show nothing new: after a
    conclusive failure, on a recording, or with an API that no reader speaks.
    """
    request, endpoint = exchange.request, exchange.endpoint
    tool = _TOOLS.get(request.api)
    if not tools or exchange.conclusive or is_replay(endpoint.base_url) or tool is None:
        return exchange
    question = replace(request, messages=({"role": "user", "content": PROMPT},))
    return await ask(endpoint, question.without(tools=[tool]), forgiving=True)
