"""Where an agent's call may go, with which key, and which recordings it may name.

An agent may have been talked into a call by a text it read. So a call cannot name a key or a
variable, and the keys that the server was started with go only to their own hosts.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ...client.keys import is_secret_pair
from ...endpoint import BUILT_IN, CallError, Endpoint, check_key_name, is_replay, resolve, shown
from ...server.replay import KEPT, SHIPPED

LONGEST_S = 300.0
LONGEST_ADDRESS = 2_000
LARGEST_PROMPT = 100_000
LARGEST_FILE = 64 << 20
_TAKEN = frozenset(
    ("model", "messages", "input", "prompt", "stream", "stream_options", "api", "system", "headers")
)


class NotAllowedError(CallError):
    """A call asks for something that no call may have."""

    headline = "A call may not do that"


@dataclass(frozen=True)
class Keys:
    """The variables that hold keys, by the one place that each key may go to."""

    names: Mapping[str, str]

    def name_for(self, url: str) -> str:
        """The variable whose key may go to an address, "" if there is none."""
        return self.names.get(_place(url), "")

    @property
    def values(self) -> list[str]:
        """The keys themselves, which must be masked."""
        return [value for name in self.names.values() if (value := os.environ.get(name))]


def keys_of(typed: Iterable[str]) -> Keys:
    """The keys from `--key NAME@URL` arguments.

    raises:  CallError, which quotes nothing that may be a key
    """
    found: dict[str, str] = {}
    for one in typed:
        name, _, address = one.partition("@")
        if not name.strip() or not address.strip():
            raise NotAllowedError(
                "--key NAME@URL", "one without a name or an address",
                "Type it like --key OPENAI_API_KEY@https://api.openai.com.",
            )  # fmt: skip
        name, home = check_key_name(name), resolve(address)
        if home.built_in or home.userinfo or home.query or home.path_keys:
            raise NotAllowedError(
                "a server's address behind --key NAME@", "another one",
                "Type it like --key OPENAI_API_KEY@https://api.openai.com.",
            )  # fmt: skip
        found[_place(home.url)] = name
    return Keys(found)


def endpoint_at(
    base_url: str, keys: Keys, *, model: str = "", timeout_s: float = 120.0
) -> Endpoint:
    """The endpoint that a call names, with the key meant for it and no other.

    raises:  CallError
    """
    if len(base_url) > LONGEST_ADDRESS or is_replay(base_url):
        raise NotAllowedError(
            "a server's address, or demo", shown(base_url),
            "Recordings are named in `recording`, to the tools replay and clients.",
        )  # fmt: skip
    endpoint = resolve(
        base_url or BUILT_IN, model=model[:LONGEST_ADDRESS], timeout_s=min(timeout_s, LONGEST_S)
    )
    carried = endpoint.userinfo or endpoint.path_keys
    if carried or any(is_secret_pair(*pair) for pair in endpoint.query):
        raise NotAllowedError(
            "an address without a password, a key and a variable", "one that holds one",
            "Keys are fixed where this server is started: mcp --key NAME@URL.",
        )  # fmt: skip
    # Overrides the default of `resolve`: without --key, not even OpenAI gets a key.
    return replace(endpoint, api_key_env=keys.name_for(endpoint.url))


def parameters_of(given: Mapping[str, Any] | None, prompt: str) -> dict[str, Any]:
    """The API parameters that a call sets.

    raises:  NotAllowedError for one that has its own argument, and for more text than is sent
    """
    found = dict(given or {})
    if taken := sorted(_TAKEN & found.keys()):
        raise NotAllowedError(
            "parameters such as temperature, max_tokens or tools", taken[0],
            "What has an argument of its own is given there; headers cannot be set.",
        )  # fmt: skip
    if len(prompt) + len(json.dumps(found)) > LARGEST_PROMPT:
        raise NotAllowedError(
            f"prompt and parameters of at most {LARGEST_PROMPT:,} characters", "more",
            "Ask with less.",
        )  # fmt: skip
    return found


def recording_at(name: str) -> Path:
    """The file of a recording, either a kept one or a shipped one.

    raises:  NotAllowedError, which does not reveal whether a file elsewhere exists
    """
    for folder in (KEPT.resolve(), SHIPPED.resolve()):
        try:
            path = (folder / name.removeprefix("replay:")).resolve()
            inside = path.is_relative_to(folder) and path.suffix == ".har"
            if inside and path.is_file() and path.stat().st_size <= LARGEST_FILE:
                return path
        except (OSError, ValueError):
            # No file can have such a name.
            continue
    raise NotAllowedError(
        f"a HAR file of at most {LARGEST_FILE >> 20} MB in {KEPT}", repr(name[:80]),
        "Give what another call returned as `recording`.",
    )  # fmt: skip


def _place(url: str) -> str:
    """Scheme, host and port of an address; "" if it has yet to be opened."""
    parts = urlsplit(url)
    port = parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)
    return f"{parts.scheme}://{parts.hostname}:{port}" if parts.hostname else ""
