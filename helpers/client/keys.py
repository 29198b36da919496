"""The key of an endpoint: read from the environment when it is sent, never kept, never shown."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

from ..diagnose.trouble import Trouble
from ..endpoint import Endpoint
from ..secrets import SECRET_NAME, SHORTEST_FOUND, Redaction
from ..wire.recording import Recording


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


def secrets_of(endpoint: Endpoint) -> tuple[str, ...]:
    """Return what a request to the endpoint carries and nobody may read or keep."""
    values = (value for name, value in endpoint.query if SECRET_NAME.search(name))
    return tuple(filter(None, (read_key(endpoint), endpoint.userinfo, *values)))


def without_secrets(trouble: Trouble | None, endpoint: Endpoint) -> Trouble | None:
    """Return the trouble with stars over a secret that the server quotes; short ones are words."""
    secrets = [value for value in secrets_of(endpoint) if len(value) >= SHORTEST_FOUND]
    if trouble is None or not secrets:
        return trouble
    hide = Redaction(Recording("", ""), secrets).text
    return replace(trouble, came=hide(trouble.came), do=hide(trouble.do), quote=hide(trouble.quote))


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
