"""One exchange with an endpoint: what was sent, what came back, and when each byte arrived."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from .bounds import Bounds
from .encoding import Decoder
from .head import Oddity

__all__ = [
    "Bounds", "Cause", "Decoder", "End", "Ending", "Headers", "Recording", "decoded",
    "within_bounds",
]  # fmt: skip

Headers = tuple[tuple[str, str], ...]
End = Literal["", "eof", "closed", "broken", "limit"]
Cause = Literal[
    "",
    # broken: why there was no answer, or only part of one
    "refused", "dns", "tls", "connect-timeout", "unreachable", "reset", "protocol", "framing",
    "proxy", "other",
    # limit: which one ran out
    "first", "silence", "whole", "closing", "bound",
    # nothing was sent at all
    "key-not-set", "key-malformed", "bad-call",
]  # fmt: skip


@dataclass(frozen=True)
class Ending:
    """How the connection ended, in facts alone; `diagnose` says what they mean.

    cause:    why it broke, or which limit ended it
    detail:   the network's message, or why the call could not be sent
    limit_s:  the limit that ran out
    at_s:     when, in seconds since send
    """

    end: End = ""
    cause: Cause = ""
    detail: str = ""
    limit_s: float | None = None
    at_s: float | None = None


@dataclass
class Recording:
    """One request and its answer, growing while the bytes arrive.

    All times are seconds since `t_send`, the moment the transport began to send.

    url:           as sent, without user, password and query
    sent:          `t_send` on this process's clock; None for a loaded recording
    call_s:        when the caller asked, hence zero or negative
    headers_s:     when the status line and headers were complete
    reads:         (time, bytes) of each network read, still in the server's content encoding
    end:           "eof" the body ended; "closed" by us; "broken" by them; "limit" ran out; "" open
    cause, detail, limit_s:  why it broke, or which limit it was, as in `Ending`
    encoding_undone:   whether `reads` hold the decoded body, as in a loaded recording
    encoding_trouble:  why the bytes did not match their encoding, if it was undone on arrival
    timed:         whether the time of each read is known; other tools record only the end
    sibling:       for a 404, whether a path that cannot exist got the same answer; "" if not asked
    bounds:        how much of it is read
    bound:         the bound that was reached while decoding on arrival, "" for none
    pauses:        (start, length) of each period of 10 ms or more in which our own process could
                   not have stamped a byte, known once the exchange has ended
    oddities:      violations of HTTP's rules in the head and after the body, and a redirect
                   that was followed
    echoed:        whether the answer repeated the key that was sent; stars replace it
    reused:        whether the connection had carried an answer before; None if not known
    label:         the step of a plan that it was, "" outside a plan
    """

    method: str
    url: str
    request_body: bytes = b""
    request_headers: Headers = ()
    started_at: str = ""
    sent: float | None = field(default=None, compare=False, repr=False)
    call_s: float = 0.0
    status: int | None = None
    reason: str = ""
    headers: Headers = ()
    headers_s: float | None = None
    reads: list[tuple[float, bytes]] = field(default_factory=list)
    end: End = ""
    end_s: float | None = None
    cause: Cause = ""
    detail: str = ""
    limit_s: float | None = None
    encoding_undone: bool = False
    encoding_trouble: str = ""
    timed: bool = True
    sibling: Literal["", "alike", "differs"] = ""
    bounds: Bounds = field(default_factory=Bounds)
    bound: str = ""
    pauses: list[tuple[float, float]] = field(default_factory=list)
    echoed: bool = False
    oddities: tuple[Oddity, ...] = ()
    reused: bool | None = field(default=None, compare=False)
    label: str = ""

    @property
    def ending(self) -> Ending:
        """How the connection ended."""
        return Ending(self.end, self.cause, self.detail, self.limit_s, self.end_s)

    def header(self, name: str) -> str:
        """The answer's header of that name, several joined by commas, "" if absent."""
        return ", ".join(value for key, value in self.headers if key.lower() == name.lower())

    @property
    def encoding(self) -> str:
        """The content encoding that `reads` are in, "" for none."""
        return "" if self.encoding_undone else self.header("content-encoding")

    @property
    def media_type(self) -> str:
        """The answer's content type without parameters, in lower case."""
        return self.header("content-type").partition(";")[0].strip().lower()

    @property
    def body(self) -> bytes:
        """The answer's decoded body so far, raw if it cannot be decoded."""
        return b"".join(data for _, data in decoded(self))

    @property
    def text(self) -> str:
        """The answer's body as text; bytes that are not UTF-8 become U+FFFD."""
        return self.body.decode("utf-8", "replace")

    def __repr__(self) -> str:
        size = sum(len(data) for _, data in self.reads)
        answer = self.status or "no answer"
        state = self.end or "open"
        return (
            f"{self.method} {self.url} → {answer}, {size} bytes in {len(self.reads)} reads, {state}"
        )


def decoded(recording: Recording) -> Iterator[tuple[float, bytes]]:
    """Yield (time, bytes) of each read with the content encoding undone."""
    decoder = Decoder(recording.encoding, recording.bounds)
    for at_s, data in recording.reads:
        yield at_s, decoder.feed(data)


def within_bounds(recording: Recording) -> bool:
    """Whether the decoded body stays within the recording's bounds."""
    decoder = Decoder(recording.encoding, recording.bounds)
    for _, data in recording.reads:
        decoder.feed(data)
    return not decoder.limit
