"""A recording being filled: each read with its time, and every secret of the request masked."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import AsyncIterator, Iterable
from contextvars import ContextVar
from functools import lru_cache
from time import perf_counter
from urllib.parse import urlsplit

from ..endpoint import Endpoint
from ..secrets.masks import BodyMask, masked_texts
from ..secrets.shapes import is_secret_name, path_without_keys
from ..secrets.spellings import Secrets, secrets_among
from ..secrets.views import viewed
from ..wire.encoding import Decoder
from ..wire.head import REDIRECTED, Oddity
from ..wire.recording import Recording
from .connection import Broken
from .heard import Heard
from .keys import header_secrets, judged, secrets_of

# Three letters of a key reveal nothing, and most reads that end in a key's first letters do not
# continue as the key.
_WORTH_A_WAIT = 4
# How much of an odd head is quoted.
QUOTED = 80
LONGEST_ADDRESS = 500
_NOTHING = Secrets(())


class Tape:
    """A recording being filled, and the moment its times are counted from.

    A read is stamped before it is looked at. If the request carries a secret, stars replace it in
    what is kept; a compressed body is kept decoded, because a secret cannot be starred inside it;
    and a read that ends in the beginning of a secret is held back until the next one has arrived.
    secrets:  what the request carries
    heard:    what the connection knows beyond what the client is told
    looking_up:  whether the host's name has not been looked up yet
    """

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.heard: Heard | None = None
        self.called = self.sent = perf_counter()
        self.may_be_proxied = self.looking_up = self._ready = False
        self._judged: frozenset[str] = frozenset()
        self._moved: tuple[int, str] | None = None
        self._decoder: Decoder | None = None
        self._waiting: deque[float] = deque()
        self._carry(_NOTHING)

    @property
    def connecting(self) -> bool:
        """Whether the request is ready and still waits for a connection."""
        return self._ready and self.heard is None

    def elapsed_s(self) -> float:
        """The seconds since the request was sent."""
        return perf_counter() - self.sent

    def _passed_s(self, until: float) -> float:
        """The seconds from sending to a moment, or to now if it is 0."""
        return (until or perf_counter()) - self.sent

    def send(
        self, method: str, url: str, headers: Iterable[tuple[str, str]], body: bytes, *,
        endpoint: Endpoint,
    ) -> None:  # fmt: skip
        """Note the request, and the moment it is sent."""
        recording, headers = self.recording, tuple(headers)
        in_headers = header_secrets(endpoint, headers)
        carried = (*in_headers, *secrets_of(endpoint))
        self._carry(secrets_among(frozenset(carried)))
        # Not the URL's secrets: servers repeat the URL in redirects and links.
        self._judged = judged(in_headers, body)
        self.may_be_proxied = not (endpoint.loopback or endpoint.direct)
        recording.method = method
        recording.url = _without_query(url)
        recording.request_body = self.secrets.masked(body)
        recording.request_headers = tuple(
            (name, "redacted" if is_secret_name(name) else self.secrets.text(value))
            for name, value in headers
        )
        self._ready = True
        self.begin()

    def begin(self) -> None:
        """Start the clock: times are counted from the last call before a redirect."""
        if self._moved:
            return
        self.sent = self.recording.sent = perf_counter()
        self.recording.call_s = self.called - self.sent

    def move(self, status: int, target: str) -> None:
        """Note a redirect that is followed."""
        self._moved = status, _without_query(target)

    def answer(self, status: int, reason: str, headers: Iterable[tuple[str, str]]) -> None:
        """Note the status line and the headers."""
        recording = self.recording
        recording.headers_s = self._passed_s(self.heard.head_at if self.heard else 0.0)
        recording.status = status
        recording.reason = self.masked(reason)
        recording.headers = self._masked_pairs(tuple(headers))
        if self.secrets and recording.encoding.strip().lower() not in ("", "identity"):
            self._decoder = Decoder(recording.encoding, recording.bounds)
            recording.encoding_undone = True

    def take(self, data: bytes) -> None:
        """Record a piece of the body, split and stamped as the socket delivered it."""
        if self.heard is None:
            self.keep(self.elapsed_s(), data)
            return
        for at, read in self.heard.apart(data):
            self.keep(at - self.sent, read)

    def keep(self, at_s: float, data: bytes) -> None:
        """Record one read of the body."""
        if self._decoder is not None:
            data = self._decoder.feed(data)
            self.recording.encoding_trouble = self._decoder.trouble
            self.recording.bound = self._decoder.limit
        self._waiting.append(at_s)
        self._settle(self._mask.feed(data))

    def close(self) -> None:
        """Keep the bytes held back for a next read, and note when the body ended."""
        # If the reader stops before the body is complete, it ends now.
        heard = self.heard if self.recording.end == "eof" else None
        self.recording.end_s = self._passed_s(heard.ended_at if heard else 0.0)
        if self._decoder is not None:
            self._decoder.close()
            self.recording.encoding_trouble = self._decoder.trouble
        self._settle(self._mask.close())
        if self.heard is not None:
            self.heard.head.close()
            self.recording.reused = self.heard.reused
            self.recording.oddities = tuple(
                Oddity(name, self.masked(quote)[:QUOTED])
                for name, quote in self.heard.head.oddities
            )
        if self._moved:
            status, target = self._moved
            moved = Oddity(REDIRECTED, f"{status} {self.masked(target)}"[:LONGEST_ADDRESS])
            self.recording.oddities += (moved,)

    def masked(self, text: str) -> str:
        """A server's text with stars over every secret that was sent to it."""
        if not self.secrets:
            return text
        return self.secrets.text(text) if self._holds(text) else text

    def _holds(self, text: str) -> bool:
        """Whether a text contains a secret that was sent; if so, note that it came back."""
        found = self.secrets.spans(viewed(text.encode("utf-8", "surrogatepass")))
        self._judge({one.value for one in found})
        return bool(found)

    def _masked_pairs(self, headers: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
        """Headers with stars over every secret, even one that is spread over several of them."""
        if not self.secrets or not headers:
            return headers
        for name, text in headers:
            self._holds(name)
            self._holds(text)
        columns = (masked_texts(each, self.secrets) for each in zip(*headers, strict=True))
        return tuple(zip(*columns, strict=True))

    def _carry(self, secrets: Secrets) -> None:
        self.secrets = secrets
        self._mask = BodyMask(secrets, least=_WORTH_A_WAIT)

    def _settle(self, reads: list[bytes]) -> None:
        for data in reads:
            self.recording.reads.append((self._waiting.popleft(), data))
        self._judge(self._mask.found)

    def _judge(self, found: set[str]) -> None:
        if found & self._judged:
            self.recording.echoed = True


@lru_cache(maxsize=64)
def _without_query(url: str) -> str:
    """A URL as it may be kept: its query may hold a key, and so may its path."""
    parts = urlsplit(url)
    return parts._replace(path=path_without_keys(parts.path), query="", fragment="").geturl()


async def stamped(reads: AsyncIterator[bytes], tape: Tape) -> AsyncIterator[bytes]:
    """Pass on each read of a body after keeping it, until a bound is reached.

    raises:  Broken if the body's chunks cannot be read any further
    """
    recording, left = tape.recording, tape.recording.bounds.body_bytes
    async for data in reads:
        tape.take(data)
        left -= len(data)
        yield data
        if left < 0 or recording.bound:
            recording.end = "limit"
            return
    if tape.heard and tape.heard.misframed:
        raise Broken("framing", tape.heard.misframed)


RUNNING: ContextVar[Tape] = ContextVar("tape")
"""The tape of the request that the current task is sending."""


def listen(heard: Heard) -> None:
    """Attach to that tape what the connection will learn about the answer."""
    if tape := RUNNING.get(None):
        tape.heard = heard


def begin() -> None:
    """Note on that tape that its request is ready and is being sent."""
    if tape := RUNNING.get(None):
        tape.begin()


def move(status: int, target: str) -> None:
    """Note on that tape that a redirect is followed."""
    if tape := RUNNING.get(None):
        tape.move(status, target)


def look_up(begins: bool) -> None:
    """Note on that tape that the host's name is being looked up, or was."""
    if tape := RUNNING.get(None):
        tape.looking_up = begins


class _NoSecrets(logging.Filter):
    """Keeps secrets out of a log that someone turned on: it contains the address and its query."""

    def filter(self, record: logging.LogRecord) -> bool:
        tape = RUNNING.get(None)
        if tape and tape.secrets and isinstance(record.args, tuple):
            record.args = tuple(
                argument if isinstance(argument, int | float) else tape.secrets.text(str(argument))
                for argument in record.args
            )
        return True


for _name in ("httpx2", "openai._base_client"):
    logging.getLogger(_name).addFilter(_NoSecrets())
