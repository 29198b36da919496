"""What is known about a connection so far: each layer reads it and adds to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

from ...client.exchange import Exchange
from ...client.keys import is_secret_pair
from ...client.models import ModelList
from ...client.proxies import Way
from ...endpoint import Endpoint, is_loopback
from ...finding import Finding
from ...wire.network import place
from .pasted import Pasted

PROBE_S = 10.0
# For a port that has already been silent for seconds.
LATE_PROBE_S = 5.0
CHAT = "/chat/completions"


@dataclass(frozen=True)
class Step:
    """One layer checked: its finding, and how long that took."""

    layer: str
    finding: Finding
    took_s: float | None = None


Steps = AsyncIterator[Step]
Layer = Callable[["Known"], Steps]


@dataclass
class Known:
    """What is known so far, and how the server is reached.

    endpoint:    the endpoint as the other notebooks would parse it
    scheme, host, port:  where the server was found; they may differ from what was typed
    way:         how bytes get there, None while it is not known
    base:        the base URL below which the API answers, "" while it is not known
    key:         "none", "any" or "real": what the endpoint wants; "" while it is not known
    asks:        the WWW-Authenticate of a refusal
    fails_without:  whether a server failure means that the key was missing
    echoed:      whether an answer repeated the key
    needs:       environment variables that programs need, by name
    silent_s:    for how long the port has accepted and said nothing, 0 if it speaks
    thinks:      whether a chat without messages gets no answer for seconds
    reached:     False once a layer failed and none above it can be checked
    """

    pasted: Pasted
    endpoint: Endpoint
    usual_ports: bool = False
    prompt: str = "hi"
    stream: bool = True
    extra_body: Mapping[str, Any] = field(default_factory=dict)
    scheme: str = ""
    host: str = ""
    port: int | None = None
    addresses: tuple[str, ...] = ()
    way: Way | None = None
    direct: bool = False
    proxy: str = ""
    base: str = ""
    models: ModelList | None = None
    model: str = ""
    key: str = ""
    key_header: str = ""
    asks: str = ""
    fails_without: bool = False
    echoed: bool = False
    full: Exchange | None = None
    streamed: Exchange | None = None
    surfaces: tuple[str, ...] = ()
    needs: dict[str, str] = field(default_factory=dict)
    reached: bool = True
    silent_s: float = 0.0
    thinks: bool = False

    key_name: str = ""

    def __post_init__(self) -> None:
        self.key_name = self.endpoint.api_key_env
        parts = urlsplit(self.endpoint.url)
        self.scheme, self.host, self.port = parts.scheme, parts.hostname or "", parts.port

    @property
    def typed_base(self) -> str:
        """The base URL that the other notebooks would use."""
        return self.endpoint.url

    @property
    def to_type(self) -> str:
        """The base URL that works as it is typed in this kit, which adds /v1 where no path is."""
        rooted = self.base and not urlsplit(self.base).path
        return f"{self.base}{CHAT}" if rooted else self.base

    @property
    def origin(self) -> str:
        """Scheme, host and port where the server was found."""
        return f"{self.scheme}://{place(self.host, self.port)}"

    @property
    def number(self) -> int:
        """The port to connect to."""
        return self.port or (443 if self.scheme == "https" else 80)

    def switch(self, scheme: str) -> str:
        """Continue with the other scheme on the same port; the base URL there."""
        self.port = self.port if self.port or self.way is None else self.way.port
        self.scheme = scheme
        return f"{self.origin}{urlsplit(self.typed_base).path}"

    def move(self, url: str) -> str:
        """Continue at another address, where no key is sent any more; the path there."""
        parts = urlsplit(url)
        self.scheme, self.host, self.port = parts.scheme, parts.hostname or "", parts.port
        return parts.path

    @property
    def loopback(self) -> bool:
        """Whether the server is on this machine."""
        return is_loopback(self.host)

    @property
    def at_home(self) -> bool:
        """Whether this is still the address that the key was meant for.

        TLS instead of the typed plain http is the same place, and safer; the reverse is not.
        """
        meant = urlsplit(self.endpoint.url)
        upgraded = (meant.scheme, self.scheme) == ("http", "https") and self.port == meant.port
        same = (meant.scheme, meant.port) == (self.scheme, self.port)
        return meant.hostname == self.host and (same or upgraded)

    def asked_at(self, url: str, *, key: bool = True) -> Endpoint:
        """The endpoint at an address below the origin, without secrets if they may not go there.

        url:  "" for the origin itself
        key:  False leaves the key out even if it may go there; other headers and the query stay
        """
        there = replace(self.endpoint, url=url or self.origin)
        if not self.at_home:
            open_ones = tuple(pair for pair in there.headers if not is_secret_pair(*pair))
            query = tuple(pair for pair in there.query if not is_secret_pair(*pair))
            return replace(
                there, api_key_env="", userinfo="", path_keys=(), headers=open_ones, query=query
            )
        return there if key else replace(there, api_key_env="", userinfo="")


class Clock:
    """Measures how long a layer took."""

    def __init__(self) -> None:
        self._began = perf_counter()

    def step(self, layer: str, finding: Finding) -> Step:
        """A step with the time since this clock was created."""
        return Step(layer, finding, perf_counter() - self._began)
