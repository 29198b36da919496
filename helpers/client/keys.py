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
from ..secrets.forms import SHORTEST_JUDGED
from ..secrets.shapes import (
    HIDDEN,
    SHORTEST_ALONE,
    gives_away,
    is_secret_name,
    names_variable,
    parted,
)
from ..secrets.spellings import is_worth_masking, secrets_among
from ..wire.request import Request

_PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "https_proxy", "http_proxy", "all_proxy")

# The secrets this process has sent, except short ones, which might be any word.
_went_out: set[str] = set()


def forget() -> None:
    """Forget which keys were sent, as if in a new process."""
    _went_out.clear()


@dataclass(frozen=True)
class KeyState:
    """What may be said about an endpoint's key without revealing it.

    name:     the variable's name; "" if the endpoint names none
    problem:  why the variable's value cannot be sent; "" if it can
    """

    name: str
    is_set: bool
    problem: str = ""

    @property
    def usable(self) -> bool:
        """Whether a request may be sent: no key is named, or the named one is well-formed."""
        return not self.name or (self.is_set and not self.problem)


def key_state(endpoint: Endpoint) -> KeyState:
    """Whether the endpoint's key is set and can be sent in a header."""
    if not endpoint.api_key_env:
        return KeyState("", False)
    value = os.environ.get(endpoint.api_key_env, "")
    return KeyState(endpoint.api_key_env, bool(value), _problem(value) if value else "")


def read_key(endpoint: Endpoint) -> str:
    """The key itself, "" if none is named or set; only a request's header needs it."""
    return os.environ.get(endpoint.api_key_env, "") if endpoint.api_key_env else ""


def _named_value(value: str) -> str:
    """The variable's value for "$NAME", "" if it is not set; any other value unchanged."""
    return os.environ.get(value[1:], "") if names_variable(value) else value


def sent_values(pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Headers or query parameters as sent, with "$NAME" replaced by the variable's value."""
    return tuple((name, _named_value(value)) for name, value in pairs)


def sent_url(endpoint: Endpoint, below: str = "") -> str:
    """Where requests go, with the keys in its path.

    below:  the rest of the path
    """
    keys = iter(endpoint.path_keys)
    return re.sub(HIDDEN, lambda _: next(keys, HIDDEN), f"{endpoint.url}{below}")


def is_secret_pair(name: str, value: str) -> bool:
    """Whether a header or a query parameter holds a secret, directly or through a variable."""
    return names_variable(value) or gives_away(name, value)


def holds_a_key(endpoint: Endpoint) -> bool:
    """Whether an endpoint holds a key itself, not just the name of a variable with one."""
    pairs = (pair for pair in (*endpoint.headers, *endpoint.query) if not names_variable(pair[1]))
    keys = (value.rpartition(" ")[2] for name, value in pairs if gives_away(name, value))
    return bool(endpoint.userinfo or endpoint.path_keys) or any(map(is_worth_masking, keys))


def secrets_of(endpoint: Endpoint) -> tuple[str, ...]:
    """Everything to mask: the secrets of a request to the endpoint, and every key sent before.

    A proxy may know the key of another endpoint and repeat it.
    """
    return tuple(dict.fromkeys((*own_secrets(endpoint), *_went_out)))


def own_secrets(endpoint: Endpoint) -> tuple[str, ...]:
    """The secrets that a request to the endpoint carries, proxies' passwords included."""
    in_path = map(unquote, endpoint.path_keys)
    own = (*header_secrets(endpoint), *_secret(endpoint.query), *in_path, *endpoint.held)
    return tuple(filter(None, (*own, *_of_the_proxies())))


def _of_the_proxies() -> Iterable[str]:
    """Yield the user and password of each proxy that the environment names."""
    for name in _PROXIES:
        yield unquote(parted(os.environ.get(name, ""))[1])


def header_secrets(endpoint: Endpoint, headers: Iterable[tuple[str, str]] = ()) -> tuple[str, ...]:
    """The secrets in a request's headers: the endpoint's and the request's own."""
    own = (value.rpartition(" ")[2] for name, value in headers if is_secret_name(name))
    named = (read_key(endpoint), endpoint.userinfo, *_secret(endpoint.headers))
    _went_out.update(one for one in named if len(one) >= SHORTEST_JUDGED)
    return tuple(filter(None, (*named, *(one for one in own if len(one) >= SHORTEST_JUDGED))))


def holding(endpoint: Endpoint, request: Request) -> Endpoint:
    """The endpoint, which now also holds the secrets in the body of a request to it.

    Some servers accept another server's key there, and remote tools are given theirs in it.
    """
    if not (found := frozenset(in_body(_beside_the_words(request)))):
        return endpoint
    return replace(endpoint, held=tuple(sorted(found.union(endpoint.held))))


def _beside_the_words(request: Request) -> bytes:
    """A request's body without its plain messages, which may be long."""
    if request.raw is not None:
        return request.raw
    parts = [one for one in request.messages if not isinstance(one.get("content"), str)]
    try:
        return json.dumps([request.parameters, parts], default=str).encode()
    except (ValueError, TypeError, RecursionError):
        # A body that JSON cannot represent is not sent either.
        return b""


def judged(values: Iterable[str], body: bytes) -> frozenset[str]:
    """The secrets no answer should repeat: the long ones that the request's body does not hold."""
    long = {one for one in values if len(one) >= SHORTEST_JUDGED}
    return frozenset(one for one in long if not secrets_among(frozenset([one])).found_in(body))


def _secret(pairs: Iterable[tuple[str, str]]) -> Iterable[str]:
    """Yield the values that are secret by their name or come from a variable."""
    for name, value in pairs:
        if is_secret_pair(name, value):
            yield from _credentials(_named_value(value))


def _credentials(value: str) -> Iterable[str]:
    """Yield the secrets in a header's value: all of it, and each part that is one by itself."""
    yield value
    scheme, _, last = value.rpartition(" ")
    if scheme:
        yield last
    if scheme.lower() == "basic":
        with suppress(ValueError):
            yield b64decode(last, validate=True).decode()
    parts = (part.partition("=")[2].strip('"') for part in re.split(r"[;,\s]+", value))
    yield from (one for one in parts if len(one) >= SHORTEST_ALONE)


def _problem(value: str) -> str:
    """Why a value cannot be a key, without revealing any of it; "" if it can."""
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
