"""One request on its way through, and who is told of it."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
import ssl
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..wire.head import Oddity
from .http1 import Headers
from .messages import Body
from .rewriting import Rewritten

_log = logging.getLogger(__name__)


class Witness(Protocol):
    """Who is told of one exchange; times are perf_counter's."""

    def sent(self, at: float, data: bytes, /) -> None:
        """Take a part of the request's body."""

    def answered(self, at: float, status: int, reason: str, headers: Headers, /) -> None:
        """Take the answer's head."""

    def came(self, at: float, data: bytes, /) -> None:
        """Take a part of the answer's body, its framing undone and its compression not."""

    def odd(self, oddities: tuple[Oddity, ...], /) -> None:
        """Take what is odd about the answer's head, before its end is told."""

    def ended(self, at: float, end: str, cause: str, detail: str, /) -> None:
        """Take how it ended, in a recording's words."""


@dataclass
class RelaySettings:
    """What all connections of one pass-through share.

    begin:    called with each request's moment and head; who is told of the rest
    refused:  called with the status and the words when a request is not passed on
    origins:  of web pages that may ask beside the programs of this machine
    open:     the programs' connections
    """

    upstream: Upstream
    begin: Callable[[float, Rewritten], Witness]
    refused: Callable[[int, str], None] = lambda status, words: None
    origins: Collection[str] = ()
    open: set[asyncio.Transport] = field(default_factory=set)


@dataclass(frozen=True)
class Upstream:
    """The server that everything is passed on to: fixed before the first request comes.

    through:  opens a connection to it by a proxy, TLS and all; None where none is in the way
    proxy:    the lines that a proxy is told with each request, where it passes them on itself;
              None where it only opens the way, or there is none
    """

    host: str
    port: int
    authority: str
    tls: ssl.SSLContext | None = None
    through: Callable[[], Awaitable[asyncio.StreamWriter]] | None = None
    proxy: tuple[bytes, ...] | None = None


class Exchange:
    """One request on its way, and what is told of it.

    body:  the request's
    """

    def __init__(self, method: str, body: Body) -> None:
        self.method, self.body = method, body
        self._witness: Witness | None = None

    def begin(self, settings: RelaySettings, at: float, request: Rewritten) -> None:
        """Tell of the request; where that fails, it passes unrecorded."""
        try:
            self._witness = settings.begin(at, request)
        except Exception:
            _log.exception("An exchange passes unrecorded")

    def tell(self, event: str, *facts: Any) -> None:
        """Tell the witness; one that fails is told no more, and the traffic goes on."""
        if self._witness is None:
            return
        try:
            getattr(self._witness, event)(*facts)
        except Exception:
            self._witness = None
            _log.exception("An exchange passes unrecorded")


def why(error: OSError) -> tuple[str, str]:
    """The cause of a connection that was not made, in a recording's words, and the system's."""
    words = " ".join(f"{type(error).__name__}: {error}".split())
    if isinstance(error, ssl.SSLError):
        return "tls", words
    if isinstance(error, socket.gaierror):
        return "dns", words
    if isinstance(error, TimeoutError):
        return "connect-timeout", words
    return "refused", words


def plainly(error: OSError) -> str:
    """Why a connection was not made, for whoever reads it; the other words are the system's."""
    # Of a name's several addresses the system tells in one text.
    if f"[Errno {errno.ECONNREFUSED}]" in str(error):
        return "nothing listens there (connection refused)"
    if isinstance(error, socket.gaierror):
        return "its host name is unknown"
    if isinstance(error, TimeoutError):
        return "it did not answer in time"
    words = " ".join((error.strerror or str(error)).split())
    return words.removesuffix(".") or type(error).__name__
