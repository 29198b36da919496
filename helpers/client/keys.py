"""The key of an endpoint: read from the environment when it is sent, never kept, never shown."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, TypeVar

from ..endpoint import Endpoint
from ..secrets.shapes import is_secret_name
from ..secrets.spellings import SHORTEST_JUDGED, Secrets

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Told = TypeVar("Told", bound=DataclassInstance)

VARIABLE_MARK = "$"


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


def sent_values(pairs: object) -> tuple[tuple[str, str], ...]:
    """Return headers or query parameters as they are sent: "$NAME" is that variable's value."""
    return tuple((name, _value(value)) for name, value in _pairs(pairs))


def secrets_of(endpoint: Endpoint) -> tuple[str, ...]:
    """Return what a request to the endpoint carries and nobody may read or keep."""
    return (*_sent_in_headers(endpoint), *_secret(endpoint.query))


def judged_secrets(endpoint: Endpoint, body: bytes) -> frozenset[str]:
    """Return the secrets that no answer should repeat.

    Not what is short, what the request's body says itself, and what the address says: servers
    repeat their address in redirects and links.
    """
    long = {one for one in _sent_in_headers(endpoint) if len(one) >= SHORTEST_JUDGED}
    return frozenset(one for one in long if not Secrets([one]).found_in(body))


def without_secrets(told: Told | None, endpoint: Endpoint) -> Told | None:
    """Return what is told with stars over a secret in any of its texts."""
    secrets = Secrets(secrets_of(endpoint))
    if told is None or not secrets:
        return told
    texts = {one.name: getattr(told, one.name) for one in fields(told)}
    masked = {n: secrets.text(text) for n, text in texts.items() if isinstance(text, str)}
    return replace(told, **masked)


def _sent_in_headers(endpoint: Endpoint) -> tuple[str, ...]:
    headers = _secret(endpoint.headers)
    return tuple(filter(None, (read_key(endpoint), endpoint.userinfo, *headers)))


def _secret(pairs: object) -> Iterable[str]:
    """Yield the values whose name says that they are secret, and those of variables."""
    for name, value in _pairs(pairs):
        if value.startswith(VARIABLE_MARK) or is_secret_name(name):
            yield _value(value)


def _value(value: str) -> str:
    named = value.startswith(VARIABLE_MARK)
    return os.environ.get(value.removeprefix(VARIABLE_MARK), "") if named else value


def _pairs(pairs: object) -> Iterable[tuple[str, str]]:
    if isinstance(pairs, Mapping):
        yield from pairs.items()
    elif isinstance(pairs, tuple | list):
        yield from pairs


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
