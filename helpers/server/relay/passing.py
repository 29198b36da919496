"""One request in transit, and the witness that its events are reported to."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
import ssl
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from typing import Any, Protocol

from ...wire.head import Oddity
from ..http1 import Headers
from .messages import Body
from .rewriting import Rewritten

_log = logging.getLogger(__name__)


class Witness(Protocol):
    """Receives the events of one exchange; times are perf_counter's."""

    def sent(self, at: float, data: bytes, /) -> None:
        """A part of the request's body was sent."""

    def answered(self, at: float, status: int, reason: str, headers: Headers, /) -> None:
        """The answer's head came."""

    def came(self, at: float, data: bytes, /) -> None:
        """A part of the answer's body came; its framing is removed, its compression is not."""

    def odd(self, oddities: tuple[Oddity, ...], /) -> None:
        """The answer's head has oddities; called before `ended`."""

    def ended(self, at: float, end: str, cause: str, detail: str, /) -> None:
        """The exchange ended, described in a recording's terms."""


@dataclass
class RelaySettings:
    """What all connections of one pass-through share.

    begin:    called with each request's time and head; returns the witness of the exchange
    refused:  called with status and message if a request is not passed on
    origins:  of web pages that may ask, besides the programs on this machine
    open:     the programs' connections
    """

    upstream: Upstream
    begin: Callable[[float, Rewritten], Witness]
    refused: Callable[[int, str], None] = lambda status, words: None
    origins: Collection[str] = ()
    open: set[asyncio.Transport] = field(default_factory=set)


@dataclass(frozen=True)
class Upstream:
    """The server that everything is passed on to, fixed before the first request comes.

    through:  opens a connection to it through a proxy, TLS included; None if no proxy is needed
    proxy:    the header lines for a proxy that forwards each request itself; None if it only
              tunnels, or if there is none
    """

    host: str
    port: int
    authority: str
    tls: ssl.SSLContext | None = None
    through: Callable[[], Awaitable[asyncio.StreamWriter]] | None = None
    proxy: tuple[bytes, ...] | None = None


class Transit:
    """One request in transit, and its reports to a witness.

    body:  of the request
    """

    def __init__(self, method: str, body: Body) -> None:
        self.method, self.body = method, body
        self._witness: Witness | None = None

    def begin(self, settings: RelaySettings, at: float, request: Rewritten) -> None:
        """Report the request; if that fails, the exchange passes unrecorded."""
        try:
            self._witness = settings.begin(at, request)
        except Exception:
            _log.exception("An exchange passes unrecorded")

    def tell(self, event: str, *facts: Any) -> None:
        """Report to the witness; one that fails gets no more reports, and the traffic continues."""
        if self._witness is None:
            return
        try:
            getattr(self._witness, event)(*facts)
        except Exception:
            self._witness = None
            _log.exception("An exchange passes unrecorded")


def why(error: OSError) -> tuple[str, str]:
    """The cause of a failed connection in a recording's terms, and the system's message."""
    words = " ".join(f"{type(error).__name__}: {error}".split())
    if isinstance(error, ssl.SSLError):
        return "tls", words
    if isinstance(error, socket.gaierror):
        return "dns", words
    if isinstance(error, TimeoutError):
        return "connect-timeout", words
    return "refused", words


def plainly(error: OSError) -> str:
    """Why a connection failed, in plain words; what has none keeps the system's message."""
    # For a name with several addresses, the system puts all errors in one text.
    if f"[Errno {errno.ECONNREFUSED}]" in str(error):
        return "nothing listens there (connection refused)"
    if isinstance(error, socket.gaierror):
        return "its host name is unknown"
    if isinstance(error, TimeoutError):
        return "it did not answer in time"
    words = " ".join((error.strerror or str(error)).split())
    return words.removesuffix(".") or type(error).__name__
