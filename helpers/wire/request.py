"""What is asked of an endpoint, as a value, and what then happened to the connection."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from .parsing import parsed
from .recording import Ending, Recording

__all__ = ["Api", "Ending", "Request", "chat", "request_of", "unsendable"]

Api = Literal["chat", "responses", "embeddings", "messages"]
PATHS: dict[Api, str] = {
    "chat": "/chat/completions",
    "responses": "/responses",
    "embeddings": "/embeddings",
    "messages": "/messages",
}


@dataclass(frozen=True)
class Request:
    """One request to an endpoint: it can be sent, changed by `replace`, and sent again.

    model:       "" for the first model that the endpoint lists
    messages:    as the API has them: {"role": …, "content": text or a list of parts}
    parameters:  everything else of the body, such as stream, tools, response_format, n
    headers:     beside the endpoint's own, such as {"Accept-Encoding": "identity"}
    raw:         a body that is sent byte for byte in place of all that
    """

    api: Api = "chat"
    model: str = ""
    messages: tuple[Mapping[str, Any], ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None

    @property
    def path(self) -> str:
        """Where below the base URL it goes."""
        return PATHS[self.api]

    @property
    def fields(self) -> dict[str, Any]:
        """The body's fields."""
        return {"model": self.model, "messages": list(self.messages), **self.parameters}

    def body(self) -> bytes:
        """The body as it is sent; what JSON cannot carry is replaced (see `unsendable`)."""
        if self.raw is not None:
            return self.raw
        return json.dumps(self.fields, ensure_ascii=False).encode("utf-8", "replace")

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
        """The same request asked as a stream that ends with its usage, or in one piece."""
        rest = {k: v for k, v in self.parameters.items() if k not in ("stream", "stream_options")}
        options = {"stream_options": {"include_usage": True}} if stream else {}
        return replace(self, parameters={"stream": stream, **rest, **options})

    def without(self, *names: str, **instead: Any) -> Request:
        """The same request without some of its parameters, others in their place."""
        kept = {name: value for name, value in self.parameters.items() if name not in names}
        return replace(self, parameters=kept | instead)


def chat(
    prompt: str | tuple[Mapping[str, Any], ...],
    *,
    model: str = "",
    stream: bool = True,
    system: str = "",
    headers: Mapping[str, str] | None = None,
    **parameters: Any,
) -> Request:
    """A chat request; only what is set is sent.

    prompt:      the user's words, or a whole conversation as messages
    parameters:  of the API, such as temperature, max_tokens, tools, n; None leaves one out
    """
    said = ({"role": "user", "content": prompt},) if isinstance(prompt, str) else tuple(prompt)
    opening = ({"role": "system", "content": system},) if system else ()
    chosen = {name: value for name, value in parameters.items() if value is not None}
    request = Request("chat", model, opening + said, chosen, headers or {})
    return (
        request.as_stream(stream)
        if "stream_options" not in chosen
        else request.without(stream=stream)
    )


def request_of(recording: Recording) -> Request:
    """The request that a recording answers, as far as its body tells."""
    body = parsed(recording.request_body)
    if not isinstance(body, dict):
        return Request(raw=recording.request_body)
    messages = body.pop("messages", None)
    listed = messages if isinstance(messages, list) else []
    model = body.pop("model", "")
    return Request(
        _api_of(recording.url),
        model if isinstance(model, str) else "",
        tuple(message for message in listed if isinstance(message, dict)),
        body,
    )


def unsendable(request: Request) -> str:
    """What of a request JSON cannot carry, "" when it can be sent."""
    if request.raw is not None:
        return ""
    try:
        json.dumps(request.fields, ensure_ascii=False, allow_nan=False).encode()
    except UnicodeEncodeError:
        return "half of a character (a lone surrogate)"
    except (ValueError, TypeError) as error:
        return "a number that is not finite" if "JSON compliant" in str(error) else str(error)
    return ""


def _api_of(url: str) -> Api:
    path = url.partition("?")[0].rstrip("/")
    return next((api for api, ending in PATHS.items() if path.endswith(ending)), "chat")
