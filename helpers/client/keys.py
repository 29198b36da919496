"""The key of an endpoint: read from the environment when it is sent, never kept, never shown."""

from __future__ import annotations

import json
import os
import re
from base64 import b64decode
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from urllib.parse import unquote

from ..endpoint import Endpoint
from ..secrets.carried_keys import in_body
from ..secrets.shapes import (
    SHORTEST_ALONE,
    gives_away,
    is_secret_name,
    names_variable,
    parted,
)
from ..secrets.spellings import SHORTEST_JUDGED, is_worth_masking, secrets_among
from ..wire.request import Request

_PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "https_proxy", "http_proxy", "all_proxy")

# Of this process: shorter ones may be any word.
_went_out: set[str] = set()


def forget() -> None:
    """Forget which keys went out, as a new process has."""
    _went_out.clear()


@dataclass(frozen=True)
class KeyState:
    """What may be said of an endpoint's key.

    name:     the variable's name; "" when the endpoint needs none
    problem:  why the variable's value cannot be sent; "" when it can
    """

    name: str
    is_set: bool
    problem: str = ""

    @property
    def usable(self) -> bool:
        """Whether a request may go out: with a sound key, or with none where none is named."""
        return not self.name or (self.is_set and not self.problem)


def key_state(endpoint: Endpoint) -> KeyState:
    """Return whether the endpoint's key is set and can travel in a header."""
    if not endpoint.api_key_env:
        return KeyState("", False)
    value = os.environ.get(endpoint.api_key_env, "")
    return KeyState(endpoint.api_key_env, bool(value), _problem(value) if value else "")


def read_key(endpoint: Endpoint) -> str:
    """Return the key itself, "" when none is named or set; only a request's header needs it."""
    return os.environ.get(endpoint.api_key_env, "") if endpoint.api_key_env else ""


def _named_value(value: str) -> str:
    """The value that "$NAME" stands for, "" when the variable is not set; others as they are."""
    return os.environ.get(value[1:], "") if names_variable(value) else value


def sent_values(pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Headers or query parameters as they are sent."""
    return tuple((name, _named_value(value)) for name, value in pairs)


def is_secret_pair(name: str, value: str) -> bool:
    """Whether a header or a query parameter holds a secret: by itself, or as a variable's."""
    return names_variable(value) or gives_away(name, value)


def holds_a_key(endpoint: Endpoint) -> bool:
    """Whether an endpoint holds a key itself, not only the name of a variable that does."""
    pairs = (pair for pair in (*endpoint.headers, *endpoint.query) if not names_variable(pair[1]))
    keys = (value.rpartition(" ")[2] for name, value in pairs if gives_away(name, value))
    return bool(endpoint.userinfo) or any(map(is_worth_masking, keys))


def secrets_of(endpoint: Endpoint) -> tuple[str, ...]:
    """Return what nobody may read or keep: what a request to the endpoint carries, and each key
    that went out before, since a proxy may know another one's and repeat it.
    """
    return tuple(dict.fromkeys((*own_secrets(endpoint), *_went_out)))


def own_secrets(endpoint: Endpoint) -> tuple[str, ...]:
    """Return what a request to the endpoint carries and nobody may read or keep."""
    own = (*header_secrets(endpoint), *_secret(endpoint.query), *endpoint.held)
    return tuple(filter(None, (*own, *_of_the_proxies())))


def _of_the_proxies() -> Iterable[str]:
    """Yield the user and password of each proxy that the environment names."""
    for name in _PROXIES:
        yield unquote(parted(os.environ.get(name, ""))[1])


def header_secrets(endpoint: Endpoint, headers: Iterable[tuple[str, str]] = ()) -> tuple[str, ...]:
    """What a request carries in its headers: the endpoint's secrets, and those of its own."""
    own = (value.rpartition(" ")[2] for name, value in headers if is_secret_name(name))
    named = (read_key(endpoint), endpoint.userinfo, *_secret(endpoint.headers))
    _went_out.update(one for one in named if len(one) >= SHORTEST_JUDGED)
    return tuple(filter(None, (*named, *(one for one in own if len(one) >= SHORTEST_JUDGED))))


def holding(endpoint: Endpoint, request: Request) -> Endpoint:
    """The endpoint that also knows what is secret in the body of a request to it.

    Some servers take another one's key there, and tools of other servers have theirs in it.
    """
    if not (found := frozenset(in_body(_beside_the_words(request)))):
        return endpoint
    return replace(endpoint, held=tuple(sorted(found.union(endpoint.held))))


def _beside_the_words(request: Request) -> bytes:
    """A request's body without what is plainly said, which may be long."""
    if request.raw is not None:
        return request.raw
    parts = [one for one in request.messages if not isinstance(one.get("content"), str)]
    try:
        return json.dumps([request.parameters, parts], default=str).encode()
    except (ValueError, TypeError, RecursionError):
        # What JSON has no form for is not sent either.
        return b""


def judged(values: Iterable[str], body: bytes) -> frozenset[str]:
    """The secrets that no answer should repeat: long, and not said by the request's body itself."""
    long = {one for one in values if len(one) >= SHORTEST_JUDGED}
    return frozenset(one for one in long if not secrets_among(frozenset([one])).found_in(body))


def _secret(pairs: Iterable[tuple[str, str]]) -> Iterable[str]:
    """Yield the values whose name says that they are secret, and those of variables."""
    for name, value in pairs:
        if is_secret_pair(name, value):
            yield from _credentials(_named_value(value))


def _credentials(value: str) -> Iterable[str]:
    """Yield what is secret in a header's value: all of it, and each part that is so alone."""
    yield value
    scheme, _, last = value.rpartition(" ")
    if scheme:
        yield last
    if scheme.lower() == "basic":
        with suppress(ValueError):
            yield b64decode(last, validate=True).decode()
    said = (part.partition("=")[2].strip('"') for part in re.split(r"[;,\s]+", value))
    yield from (one for one in said if len(one) >= SHORTEST_ALONE)


def _problem(value: str) -> str:
    """Return why a value cannot be a key, without a character of it."""
    if value.lower().startswith("bearer "):
        return "it begins with “Bearer ”, which is added when it is sent: leave that word out"
    if "\n" in value or "\r" in value:
        return "it holds a line end, often the last character of a file it was read from"
    if value != value.strip() or " " in value or "\t" in value:
        return "it holds a space"
    if not value.isascii():
        return (
            "it holds a character beyond ASCII, often a typographic quote or a dash from a web page"
        )
    if not value.isprintable():
        return "it holds a control character"
    if value[0] in "\"'" or value[-1] in "\"'":
        return "it is wrapped in quotes"
    return ""
