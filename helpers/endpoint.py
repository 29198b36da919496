"""The central noun of the kit, an endpoint, and how to make one from what a person typed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, urlsplit

from .address.reading import AddressError, is_loopback, is_near, read_address, shown
from .address.tidying import tidied
from .errors import CallError
from .limits import Limits as Limits
from .secrets.shapes import (
    in_address,
    is_key_for_model,
    keys_in,
    looks_like_key,
    open_pairs,
    path_without_keys,
)
from .signatures import checked
from .wire.bounds import Bounds

__all__ = [
    "BUILT_IN",
    "NOT_RECORDED",
    "OPENAI_HOST",
    "PRESETS",
    "REPLAY",
    "AddressError",
    "CallError",
    "Endpoint",
    "KeyNameError",
    "Limits",
    "ModelNameError",
    "check_key_name",
    "endpoint_of",
    "is_built_in",
    "is_loopback",
    "is_replay",
    "resolve",
    "server_of",
    "shown",
]  # fmt: skip

OPENAI_HOST = "api.openai.com"
BUILT_IN = "demo"
REPLAY = "replay"
# The error code of a replay's answer to a request that its file does not hold.
NOT_RECORDED = "not_recorded"

PRESETS: dict[str, str] = {
    "Built-in endpoint": BUILT_IN,
    "g4f": "http://localhost:1337/v1",
    "Ollama": "http://localhost:11434/v1",
    "llama.cpp": "http://localhost:8080/v1",
    "vLLM": "http://localhost:8000/v1",
    "LM Studio": "http://localhost:1234/v1",
    "LiteLLM": "http://localhost:4000/v1",
    "OpenAI": "https://api.openai.com/v1",
}
_PRESET_BY_NAME = {name.casefold(): base_url for name, base_url in PRESETS.items()}

Pairs = tuple[tuple[str, str], ...]
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class KeyNameError(CallError):
    """The given variable name is not one; the value itself is never in the message."""

    headline = "This is not a variable's name"


class ModelNameError(KeyNameError):
    """The given model name is a key; the value itself is never in the message."""

    headline = "This is not a model's name"


@dataclass(frozen=True)
class Endpoint:
    """Where to send requests, for which model, and which variable holds the key.

    base_url:     what a person reads and types: "http://localhost:1337/v1", "demo", "demo:cut"
    url:          where requests go; "" for an address that the engine has yet to open
    api_key_env:  a variable's name, never its value; "" if no key is sent
    headers, query:  sent with every request besides the usual ones, such as Azure's api-key and
                  api-version; "$NAME" is replaced by that environment variable, and is a secret
    path_keys:    the keys in the URL's path, in place of each ••• when a request is sent
    held:         secrets in the request's own body; like the key, never shown
    direct:       whether proxy variables are ignored, as they are for this machine
    ca_file:      the certificate authorities to trust instead of the usual ones; "" for the usual
    bounds:       how much of an answer is read; raise one by replace(endpoint, bounds=Bounds(…))
    """

    base_url: str
    url: str
    model: str = ""
    api_key_env: str = ""
    limits: Limits = field(default_factory=Limits)
    bounds: Bounds = field(default_factory=Bounds)
    notes: tuple[str, ...] = ()
    direct: bool = False
    ca_file: str = ""
    headers: Pairs = field(default=(), repr=False)
    query: Pairs = field(default=(), repr=False)
    userinfo: str = field(default="", repr=False)
    path_keys: tuple[str, ...] = field(default=(), repr=False)
    held: tuple[str, ...] = field(default=(), repr=False)

    @property
    def built_in(self) -> bool:
        """Whether the kit's own engine serves this address; such an endpoint gets no key."""
        return is_built_in(self.base_url)

    @property
    def own(self) -> bool:
        """Whether it serves this process alone, with no other server behind it."""
        return self.built_in and not _is_passed_on(self.base_url)

    @property
    def name(self) -> str:
        """Its name in a sentence."""
        return "the built-in endpoint" if self.base_url == BUILT_IN else self.base_url

    @property
    def loopback(self) -> bool:
        """Whether requests stay on this machine."""
        return is_loopback(urlsplit(self.url).hostname or "")

    @property
    def near(self) -> bool:
        """Whether requests stay on this machine or in a private network."""
        return is_near(urlsplit(self.url).hostname or "")

    @property
    def key_in_the_clear(self) -> bool:
        """Whether a key would travel unencrypted beyond this machine."""
        secret = bool(self.api_key_env or self.userinfo or self.path_keys)
        return secret and self.url.startswith("http://") and not self.loopback

    def with_model(self, model: str) -> Endpoint:
        """The same endpoint with another model."""
        return replace(self, model=model)

    def carried_to(self, typed: Endpoint) -> Endpoint:
        """The typed endpoint, plus this one's settings that no field shows, if same server."""
        if server_of(self) != server_of(typed):
            return typed
        return replace(
            typed, limits=self.limits, bounds=self.bounds, direct=self.direct,
            notes=typed.notes or self.notes, ca_file=self.ca_file,
            userinfo=typed.userinfo or self.userinfo,
            path_keys=typed.path_keys or self.path_keys,
            headers=(*_unseen(self.headers), *typed.headers),
            query=(*_unseen(self.query), *typed.query),
        )  # fmt: skip


@checked
def resolve(
    base_url: str,
    *,
    model: str = "",
    api_key_env: str = "",
    timeout_s: float = 300.0,
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
) -> Endpoint:
    """The endpoint meant by what a person typed: `es.resolve("localhost:1337")`.

    base_url:  an address in any usual spelling, a preset's name, "" or "demo" for the built-in one
    headers, query:  as in `Endpoint`; "$NAME" is replaced by that environment variable
    raises:    CallError or its subclasses AddressError and KeyNameError, with what to type instead
    """
    limits = Limits.within(timeout_s)
    key_name = check_key_name(api_key_env)
    model = _model_name(model)
    typed = tidied(base_url)
    typed = _PRESET_BY_NAME.get(typed.casefold(), typed)
    own = tuple((headers or {}).items()), tuple((query or {}).items())
    if not typed or is_built_in(typed):
        ours = _of_ours(typed, key_name)
        return replace(ours, model=model, limits=limits, headers=own[0], query=own[1])
    address = read_address(typed)
    if address.host == OPENAI_HOST and address.scheme == "https" and not key_name:
        key_name = "OPENAI_API_KEY"
    url = f"{address.scheme}://{address.authority}{path_without_keys(address.path)}"
    return Endpoint(
        base_url=url, url=url, model=model, api_key_env=key_name, limits=limits,
        notes=address.notes, headers=own[0], query=(*parse_qsl(address.query), *own[1]),
        userinfo=address.userinfo, path_keys=keys_in(address.path),
    )  # fmt: skip


def _of_ours(typed: str, key_name: str) -> Endpoint:
    """The built-in endpoint, or one that it passes requests on to."""
    passed_on = _is_passed_on(typed)
    held = in_address(typed.partition("@")[2]) if passed_on else keys_in(typed)
    if held and not is_replay(typed):
        raise AddressError(
            "an http or https address after demo:NAME@", shown(typed),
            "Type it like demo:cut@http://localhost:8080/v1, without a password or a key.",
        )  # fmt: skip
    unused = key_name and not passed_on
    return Endpoint(
        base_url=typed or BUILT_IN, url="", api_key_env=key_name if passed_on else "",
        notes=("The built-in endpoint never receives a key.",) if unused else (),
    )  # fmt: skip


@checked
def endpoint_of(
    base_url: str | Endpoint, *, otherwise: str = "", model: str = "", api_key_env: str = "",
    timeout_s: float = 300.0, headers: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
) -> Endpoint:  # fmt: skip
    """The endpoint at an address, or the given endpoint with all that it carries.

    otherwise:  the address meant by ""
    headers, query:  added to those of a given endpoint, while model and api_key_env replace its
                     own; its limits are kept
    raises:     AddressError, KeyNameError
    """
    if not isinstance(base_url, Endpoint):
        return resolve(
            otherwise if base_url == "" else base_url, model=model, api_key_env=api_key_env,
            timeout_s=timeout_s, headers=headers, query=query,
        )  # fmt: skip
    return replace(
        base_url, model=_model_name(model) or base_url.model,
        api_key_env=check_key_name(api_key_env) or base_url.api_key_env,
        headers=_added(base_url.headers, headers), query=_added(base_url.query, query),
    )  # fmt: skip


def is_built_in(base_url: str) -> bool:
    """Whether the kit's own engine serves an address: demo, demo:NAME, replay:FILE."""
    return base_url == BUILT_IN or base_url.startswith((f"{BUILT_IN}:", f"{REPLAY}:"))


def is_replay(base_url: str) -> bool:
    """Whether an address plays a recording."""
    return base_url.startswith(f"{REPLAY}:")


def _is_passed_on(base_url: str) -> bool:
    """Whether an address injects a fault in front of another server: demo:NAME@URL."""
    return base_url.startswith(f"{BUILT_IN}:") and "@" in base_url


def check_key_name(name: str) -> str:
    """The variable's name without surrounding spaces.

    raises:  KeyNameError if the value looks like a key rather than a name
    """
    name = name.strip()
    if not name:
        return ""
    if not _VARIABLE.fullmatch(name) or looks_like_key(name):
        raise KeyNameError(
            "the name of an environment variable, such as OPENAI_API_KEY",
            "what looks like a key itself, which was discarded",
            "Put the key into a variable where you start JupyterLab (export MY_KEY=…) and type "
            "MY_KEY here.",
        )
    return name


def _unseen(pairs: Pairs) -> Pairs:
    return tuple(pair for pair in pairs if pair not in open_pairs(pairs))


def _added(own: Pairs, more: Mapping[str, str] | None) -> Pairs:
    """An endpoint's pairs plus others, which replace those of the same name."""
    if not more:
        return own
    return (*(pair for pair in own if pair[0] not in more), *more.items())


def server_of(endpoint: Endpoint) -> tuple[str, str]:
    """The scheme and authority that a password belongs to; the same for all built-in ones."""
    if endpoint.built_in:
        return "", ""
    parts = urlsplit(endpoint.url)
    return parts.scheme, parts.netloc


def _model_name(model: str) -> str:
    model = model.strip()
    if is_key_for_model(model):
        raise ModelNameError(
            "a model's name, such as gpt-4o-mini",
            "what looks like a key, which was discarded",
            "Put the key into a variable (export MY_KEY=…) and give that variable's name as "
            "api_key_env.",
        )
    return model
