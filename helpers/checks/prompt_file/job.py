"""One prompt of a batch, as in OpenAI's Batch files: an id, a path, a body."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ...errors import CallError
from ...wire.request import MESSAGE_TOKENS, MESSAGES_VERSION, PATHS, Api, Request, api_of

VERSION = "/v1"
_sorted = json.JSONEncoder(sort_keys=True).encode
# Creating an encoder takes longer than using it.
_sent = json.JSONEncoder(ensure_ascii=False).encode
_STREAMS = ("stream", "stream_options")
_HEADERS: dict[Api, dict[str, str]] = {"messages": {"anthropic-version": MESSAGES_VERSION}}


class Halted(Exception):
    """Nobody needs the rest of what is being read."""


class InputError(CallError):
    """A file cannot be used as a file of prompts."""

    headline = "This is not a file of prompts"


@dataclass(frozen=True)
class Job:
    """One prompt: `url` is the path in the file, `body` what is sent."""

    custom_id: str
    url: str
    body: Mapping[str, Any]

    @property
    def api(self) -> Api:
        """The API that the path belongs to."""
        return api_of(self.url)

    @cached_property
    def fingerprint(self) -> str:
        """Sixteen characters that change with what is asked."""
        return hashlib.sha256(_sorted([self.url, _whole(self.body)]).encode()).hexdigest()[:16]

    def request(self, model: str) -> Request:
        """The request, with this model if the body names none."""
        body = {"model": model, **self.body}
        if not body["model"]:
            body["model"] = model
        if self.api == "messages":
            body = {"max_tokens": MESSAGE_TOKENS, **body}
        sent = _sent(_whole(body)).encode("utf-8", "replace")
        return Request(self.api, str(body["model"]), headers=_HEADERS.get(self.api, {}), raw=sent)


def _whole(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """The body without streaming: OpenAI accepts no streams in a batch, either."""
    if not any(name in body for name in _STREAMS):
        return body
    return {name: value for name, value in body.items() if name not in _STREAMS}


def path_of(api: Api) -> str:
    """The path that a Batch file has for an API."""
    return f"{VERSION}{PATHS[api]}"


def prompt_field(prompt: str, api: Api) -> dict[str, Any]:
    """The body's field that holds a prompt."""
    if api in ("embeddings", "responses"):
        return {"input": prompt}
    return {"messages": [{"role": "user", "content": prompt}]}
