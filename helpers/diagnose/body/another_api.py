"""Which other API an answer belongs to when it is not a chat completion, judged by its shape."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...finding import Finding, explained
from ...wire.other_framings import framed
from ...wire.parsing import parsed
from ...wire.salvage import salvaged
from ...wire.server_error import dumped, server_error
from ..observed import ENOUGH, Observed

# How many values of an answer are looked at: the first ones may be signs of life.
FIRST = 8


def _under(path: str) -> str:
    return f"Its OpenAI-compatible API is under {path}: end the base URL with that."


_GATEWAY = "Put a gateway that translates in front of it, such as LiteLLM."
_OF_A_PAGE = (
    "This address is a web app's route, made for the app's own page: ask the server behind it, "
    "or have the app offer an OpenAI-compatible route as well."
)
_ANTHROPIC = (
    "Anthropic's Messages API",
    'Ask with api = "messages", or put a gateway that translates in front of it, such as LiteLLM.',
)
_RESPONSES = (
    "The Responses API",
    'Ask with api = "responses", or look up the path of its chat: most servers have both.',
)
_COHERE = ("Cohere's own API", _under("/compatibility/v1"))
_OLLAMA = ("Ollama's own API", _under("/v1"))
_TGI = (
    "Text Generation Inference's own API",
    "Its OpenAI-compatible API is under /v1: end the base URL with that, or update the server.",
)
_LLAMA = ("llama.cpp's own API", _under("/v1"))
_KOBOLD = ("KoboldCpp's own API", _under("/v1"))
_CLOUDFLARE = ("Cloudflare's own API", _under("/ai/v1"))
_BEDROCK = ("Amazon Bedrock's own API", _under("/openai/v1"))
_REPLICATE = ("Replicate's own API", _GATEWAY)
_HUNYUAN = (
    "Tencent Cloud's own API",
    "Hunyuan's OpenAI-compatible API has an address of its own: "
    "https://api.hunyuan.cloud.tencent.com/v1.",
)
_DIFY = ("Dify's own API", _GATEWAY)
_COZE = ("Coze's own API", _GATEWAY)
_AI_SDK = ("The AI SDK's stream for web pages", _OF_A_PAGE)
_AG_UI = ("AG-UI, an agent's stream for web pages,", _OF_A_PAGE)
_ASSISTANTS = (
    "The Assistants API",
    'Use the path of its chat, or ask with api = "responses", which has replaced it.',
)
_LM_STUDIO = ("LM Studio's own API", _under("/v1"))
_BY_FIELDS = (
    ({"candidates"}, ("Gemini's own API", _under("/v1beta/openai"))),
    ({"promptFeedback", "usageMetadata"}, ("Gemini's own API", _under("/v1beta/openai"))),
    ({"type", "role", "content", "stop_reason"}, _ANTHROPIC),
    ({"generated_text"}, _TGI),
    ({"response", "done"}, _OLLAMA),
    ({"message", "done"}, _OLLAMA),
    ({"generation_id", "text"}, _COHERE),
    ({"event_type", "is_finished"}, _COHERE),
    ({"id", "message", "finish_reason"}, _COHERE),
    ({"content", "stop"}, _LLAMA),
    ({"output", "request_id"}, ("DashScope's own API", _under("/compatible-mode/v1"))),
    ({"output", "stopReason"}, _BEDROCK),
    ({"response", "p"}, _CLOUDFLARE),
    ({"result", "success", "errors", "messages"}, _CLOUDFLARE),
    ({"result", "need_clear_history"}, (
        "Baidu's own API",
        "Its OpenAI-compatible API has an address of its own: https://qianfan.baidubce.com/v2.",
    )),
    ({"model_id", "results"}, (
        "watsonx.ai's own API",
        "Its model gateway speaks the OpenAI API, under /ml/gateway/v1; LiteLLM translates as "
        "well.",
    )),
    ({"Choices"}, _HUNYUAN),
    ({"Response"}, _HUNYUAN),
    ({"model_name", "text_output"}, (
        "Triton's own API",
        "Start its OpenAI-compatible frontend, and end the base URL with that one's /v1.",
    )),
    ({"token", "finish_reason"}, _KOBOLD),
    ({"text", "meta_info"}, ("SGLang's own API", _under("/v1"))),
    ({"text", "error_code"}, (
        "A FastChat worker's own API",
        "Start fastchat.serve.openai_api_server, and end the base URL with that one's /v1.",
    )),
    ({"urls", "version", "status"}, _REPLICATE),
    ({"event", "task_id"}, _DIFY),
    ({"conversation_id", "bot_id"}, _COZE),
)  # fmt: skip
# The event types of other APIs.
_BY_TYPE = {
    "message_start": _ANTHROPIC, "content_block_start": _ANTHROPIC,
    "content_block_delta": _ANTHROPIC, "message-start": _COHERE, "content-start": _COHERE,
    "content-delta": _COHERE, "stream-start": _COHERE, "text-generation": _COHERE,
    "text-start": _AI_SDK, "text-delta": _AI_SDK, "reasoning-delta": _AI_SDK,
    "start-step": _AI_SDK, "finish-step": _AI_SDK,
    "RUN_STARTED": _AG_UI, "TEXT_MESSAGE_START": _AG_UI, "TEXT_MESSAGE_CONTENT": _AG_UI,
    "chat.start": _LM_STUDIO, "message.start": _LM_STUDIO, "message.delta": _LM_STUDIO,
}  # fmt: skip
_BY_PROTOCOL = {"ai-sdk": _AI_SDK, "aws": _BEDROCK}


def another_api(value: Any, asked: str) -> tuple[str, str] | None:
    """The API that a body or an event belongs to, and how to reach the one that was asked.

    returns:  None if it is no known API, or the one that was asked
    """
    first = value[0] if isinstance(value, list) and value else value
    if not isinstance(first, dict):
        return None
    kind, called = str(first.get("type")), str(first.get("object"))
    if kind.startswith("response.") or called == "response":
        return None if asked == "responses" else _RESPONSES
    if called.startswith("thread."):
        return _ASSISTANTS
    known = (api for fields, api in _BY_FIELDS if fields <= first.keys())
    found = _BY_TYPE.get(kind) or next(known, None)
    return None if found is _ANTHROPIC and asked == "messages" else found


def of_another_api(observed: Observed, values: Iterable[Any] = ()) -> Finding | None:
    """Which other API the answer belongs to; None if it is none that is known.

    values:  of its first events or lines; without them the body is looked at
    """
    protocol, values = "", [*values]
    if not values:
        protocol, values = _values(observed)
    looked, asked = values[:FIRST], observed.reading.api
    known = (another_api(one, asked) for one in looked)
    found = _BY_PROTOCOL.get(protocol) or next(filter(None, known), None)
    if found is None:
        return None
    name, do = found
    error = next(filter(None, map(server_error, (*looked, values[-1]))), None)
    return explained(
        "another-api", f"{name} answered, not the {observed.terms.api}.",
        expected=observed.due, came=observed.came,
        quote=error.message if error else dumped(values[0])[:200],
        do=f"{do}{observed.kept()}",
    )  # fmt: skip


def _values(observed: Observed) -> tuple[str, list[Any]]:
    """The values in a body as far as it came, and the protocol that frames them, "" for none."""
    body = observed.reading.body
    protocol, values = framed(body)
    if values:
        return protocol, [*values]
    whole = parsed(body)
    if whole is not None:
        return "", [whole]
    # A part of an array, or objects with something between them.
    return "", salvaged(body[:ENOUGH].decode("utf-8", "replace"))
