"""A request to an endpoint, as a value."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Literal

from .parsing import parsed
from .recording import Ending, Recording
from .surrogates import encodable

__all__ = ["Api", "Ending", "Request", "api_of", "chat", "request_of"]

Api = Literal["chat", "responses", "embeddings", "messages", "completions"]
PATHS: dict[Api, str] = {
    "chat": "/chat/completions",
    "responses": "/responses",
    "embeddings": "/embeddings",
    "messages": "/messages",
    # After the chat's path, which ends the same way.
    "completions": "/completions",
}
OPERATIONS = (*PATHS.values(), "/models")
# The APIs that do not call the conversation "messages".
_FIELD: dict[Api, str] = {"responses": "input", "completions": "prompt"}
# What other APIs call a chat's parameters.
_CALLED: dict[Api, dict[str, str]] = {
    "responses": dict.fromkeys(("max_tokens", "max_completion_tokens"), "max_output_tokens"),
    "messages": {"max_completion_tokens": "max_tokens", "stop": "stop_sequences"},
}
# The Messages API requires max_tokens in every request and has no default.
MESSAGE_TOKENS = 1024
MESSAGES_VERSION = "2023-06-01"


@dataclass(frozen=True)
class Request:
    """One request to an endpoint; it can be sent, changed by `replace`, and sent again.

    model:       "" for the first chat model that the endpoint lists
    messages:    in the API's format: {"role": …, "content": text or a list of parts}
    parameters:  the rest of the body, such as stream, tools, response_format, n
    headers:     besides the endpoint's own, such as {"Accept-Encoding": "identity"}
    raw:         a body sent byte for byte in place of all these
    """

    api: Api = "chat"
    model: str = ""
    messages: tuple[Mapping[str, Any], ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None

    def __repr__(self) -> str:
        # Without the parameters' values and headers, which may hold a key.
        named = ", ".join((self.api, self.model or "the first model", *self.parameters))
        return encodable(f"<Request: {named}>")

    @property
    def path(self) -> str:
        """Its path below the base URL."""
        return PATHS[self.api]

    @property
    def fields(self) -> dict[str, Any]:
        """The fields of the JSON body."""
        content = self.prompt if self.api == "completions" else list(self.messages)
        return {"model": self.model, _FIELD.get(self.api, "messages"): content, **self.parameters}

    def body(self) -> bytes:
        """The body as sent, with lone surrogates replaced (see `unsendable`)."""
        if self.raw is not None:
            return self.raw
        return json.dumps(self.fields, ensure_ascii=False).encode("utf-8", "replace")

    @property
    def unsendable(self) -> str:
        """What in it JSON cannot represent, "" if it can be sent."""
        if self.raw is not None:
            return ""
        try:
            json.dumps(self.fields, ensure_ascii=False, allow_nan=False).encode()
        except UnicodeEncodeError:
            return "half of a character (a lone surrogate)"
        except (ValueError, TypeError) as error:
            return "a number that is not finite" if "JSON compliant" in str(error) else str(error)
        return ""

    @property
    def streamed(self) -> bool:
        """Whether a stream is asked for."""
        return self.parameters.get("stream") is True

    @property
    def prompt(self) -> str:
        """The last message's text."""
        content = self.messages[-1].get("content") if self.messages else ""
        if isinstance(content, list):
            content = "\n".join(str(p.get("text", "")) for p in content if isinstance(p, dict))
        return str(content or "")

    def as_stream(self, stream: bool) -> Request:
        """The same request for a stream that ends with its usage, or for a full answer."""
        rest = {k: v for k, v in self.parameters.items() if k not in ("stream", "stream_options")}
        # Only the chat API needs to be asked for the usage.
        asked = stream and self.api == "chat"
        options = {"stream_options": {"include_usage": True}} if asked else {}
        return replace(self, parameters={"stream": stream, **rest, **options})

    def without(self, *names: str, **instead: Any) -> Request:
        """The same request without some of its parameters, and with others instead.

        names, instead:  by a chat's names, which are translated to the API's own
        """
        gone = {_CALLED.get(self.api, {}).get(name, name) for name in names}
        kept = {name: value for name, value in self.parameters.items() if name not in gone}
        return replace(self, parameters=kept | _called(self.api, instead))


def chat(
    prompt: str | tuple[Mapping[str, Any], ...],
    *,
    model: str = "",
    stream: bool = True,
    system: str = "",
    messages: Sequence[Mapping[str, Any]] = (),
    headers: Mapping[str, str] | None = None,
    api: Api = "chat",
    **parameters: Any,
) -> Request:
    """A request to a model; only what is set is sent.

    prompt:      the user's text, or a whole conversation as messages
    messages:    the conversation before the prompt
    api:         "chat", "responses", "messages" or "completions"
    parameters:  the API's, such as temperature, tools, n; None omits one. A chat's names, such as
                 max_tokens, are translated to the API's own
    """
    now = ({"role": "user", "content": prompt},) if isinstance(prompt, str) else tuple(prompt)
    turns = (*messages, *now)
    chosen = {name: value for name, value in parameters.items() if value is not None}
    chosen, headers = _called(api, chosen), dict(headers or {})
    if api == "messages":
        chosen = {"max_tokens": MESSAGE_TOKENS} | ({"system": system} if system else {}) | chosen
        headers = {"anthropic-version": MESSAGES_VERSION} | headers
    elif system:
        turns = ({"role": "system", "content": system}, *turns)
    if api == "responses":
        # OpenAI accepts a message without a type; llama.cpp refuses an assistant's without one.
        turns = tuple({"type": "message", **one} if "role" in one else one for one in turns)
    request = Request(api, model, turns, chosen, headers)
    return (
        request.as_stream(stream)
        if "stream_options" not in chosen
        else request.without(stream=stream)
    )


def asked_for(recording: Recording, name: str) -> Any:
    """A field of the recorded request, None if it was not sent."""
    body = parsed(recording.request_body)
    return body.get(name) if isinstance(body, dict) else None


def choices_asked(recording: Recording) -> int | None:
    """How many choices the recorded request asked for, None if its n is not a number.

    formula:  n for each prompt: a text completion may have a list of them
    """
    n, prompts = asked_for(recording, "n") or 1, asked_for(recording, "prompt")
    # A list of numbers is one prompt, as tokens.
    several = isinstance(prompts, list) and any(type(one) is not int for one in prompts)
    return n * (len(prompts) if several else 1) if isinstance(n, int) else None


def request_of(recording: Recording) -> Request:
    """The request in a recording, as far as its body shows it."""
    body = parsed(recording.request_body)
    if not isinstance(body, dict):
        return Request(raw=recording.request_body)
    api = api_of(recording.url)
    messages = body.pop(_FIELD.get(api, "messages"), None)
    if isinstance(messages, str):
        messages = [{"role": "user", "content": messages}]
    listed = messages if isinstance(messages, list) else []
    model = body.pop("model", "")
    return Request(
        api,
        model if isinstance(model, str) else "",
        tuple(message for message in listed if isinstance(message, dict)),
        body,
        {"anthropic-version": MESSAGES_VERSION} if api == "messages" else {},
    )


def _called(api: Api, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """A chat's parameters in the API's own names and format."""
    names = _CALLED.get(api, {})
    found = {names.get(name, name): value for name, value in parameters.items()}
    return _SHAPED[api](found) if api in _SHAPED else found


def _as_response(given: dict[str, Any]) -> dict[str, Any]:
    if (effort := given.pop("reasoning_effort", None)) is not None:
        given["reasoning"] = {"effort": effort, **given.get("reasoning", {})}
    if (wanted := given.pop("response_format", None)) is not None:
        given["text"] = {"format": _flat(wanted), **given.get("text", {})}
    if given.pop("logprobs", None):
        given["include"] = [*given.get("include", ()), "message.output_text.logprobs"]
    return given


def _as_message(given: dict[str, Any]) -> dict[str, Any]:
    if isinstance(stop := given.get("stop_sequences"), str):
        given["stop_sequences"] = [stop]
    wanted = given.pop("response_format", None)
    if isinstance(wanted, Mapping) and wanted.get("type") == "json_schema":
        schema = {
            name: value for name, value in _flat(wanted).items() if name in ("type", "schema")
        }
        given["output_config"] = {"format": schema, **given.get("output_config", {})}
    elif wanted is not None:
        given["response_format"] = wanted
    return given


def _flat(wanted: Any) -> Any:
    """A chat's response_format with its schema's fields on the same level as its type."""
    schema = wanted.get("json_schema") if isinstance(wanted, Mapping) else None
    return {"type": "json_schema", **schema} if isinstance(schema, Mapping) else wanted


_SHAPED: dict[Api, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "responses": _as_response,
    "messages": _as_message,
}


@lru_cache(maxsize=256)
def api_of(url: str) -> Api:
    """The API that a URL belongs to, "chat" if its path is not a known one."""
    path = url.partition("?")[0].rstrip("/")
    return next((api for api, ending in PATHS.items() if path.endswith(ending)), "chat")
