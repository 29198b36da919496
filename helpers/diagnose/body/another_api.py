"""Which other API an answer belongs to when it is not a chat completion, judged by its shape."""

from __future__ import annotations

from typing import Any

_ANTHROPIC = (
    "Anthropic's Messages API",
    'Ask with api = "messages", or put a gateway that translates in front of it, such as LiteLLM.',
)
_RESPONSES = (
    "The Responses API",
    'Ask with api = "responses", or look up the path of its chat: most servers have both.',
)
_COHERE = (
    "Cohere's own API",
    "Its OpenAI-compatible API is under /compatibility/v1: end the base URL with that.",
)
_OLLAMA = (
    "Ollama's own API",
    "Its OpenAI-compatible API is under /v1: end the base URL with that.",
)
_TGI = (
    "Text Generation Inference's own API",
    "Its OpenAI-compatible API is under /v1: end the base URL with that, or update the server.",
)
_LLAMA = (
    "llama.cpp's own API",
    "Its OpenAI-compatible API is under /v1: end the base URL with that.",
)
_BY_FIELDS = (
    ({"candidates"}, (
        "Gemini's own API",
        "Its OpenAI-compatible API is under /v1beta/openai: end the base URL with that."
    )),
    ({"type", "role", "content", "stop_reason"}, _ANTHROPIC),
    ({"generated_text"}, _TGI),
    ({"response", "done"}, _OLLAMA),
    ({"message", "done"}, _OLLAMA),
    ({"generation_id", "text"}, _COHERE),
    ({"content", "stop", "id_slot"}, _LLAMA),
    ({"output", "request_id"}, (
        "DashScope's own API",
        "Its OpenAI-compatible API is under /compatible-mode/v1: end the base URL with that.",
    )),
)  # fmt: skip
# The event types of other APIs.
_BY_TYPE = {
    "message_start": _ANTHROPIC, "content_block_start": _ANTHROPIC,
    "content_block_delta": _ANTHROPIC, "message-start": _COHERE, "content-start": _COHERE,
    "content-delta": _COHERE, "stream-start": _COHERE, "text-generation": _COHERE,
}  # fmt: skip


def another_api(value: Any, asked: str) -> tuple[str, str] | None:
    """The API that a body or an event belongs to, and how to reach the one that was asked.

    returns:  None if it is no known API, or the one that was asked
    """
    first = value[0] if isinstance(value, list) and value else value
    if not isinstance(first, dict):
        return None
    kind = str(first.get("type"))
    if kind.startswith("response.") or first.get("object") == "response":
        return None if asked == "responses" else _RESPONSES
    known = (api for fields, api in _BY_FIELDS if fields <= first.keys())
    found = _BY_TYPE.get(kind) or next(known, None)
    return None if found is _ANTHROPIC and asked == "messages" else found
