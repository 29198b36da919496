"""What passes of one exchange, kept raw until it has ended; masked and judged only then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from ...server.http1 import Headers, header
from ...server.rewriting import Rewritten
from ...wire.head import Oddity

# Request and answer together. What grows beyond it passes all the same, and is not kept.
MOST_BYTES = 16 << 20
# Whatever else passes may be a login or an upload: of it nothing is kept but times and sizes.
KNOWN = ("/chat/completions", "/completions", "/responses", "/messages", "/embeddings", "/models")


class Recorder:
    """The witness of one exchange; all moments are perf_counter's.

    known:    whether its path is one of the API's, whose bodies may be kept
    too_large:  whether it outgrew what is kept
    on_end:   called with this when the exchange has ended
    """

    def __init__(
        self, began: float, request: Rewritten, on_end: Callable[[Recorder], None]
    ) -> None:
        self.began, self.request = began, request
        self.started_at = datetime.now(UTC).isoformat()
        self.known = known(request.target)
        self.too_large = False
        self.sent_bytes = self.came_bytes = 0
        self.body: list[bytes] = []
        self.status: int | None = None
        self.reason = ""
        self.headers: Headers = ()
        self.headers_at = 0.0
        self.reads: list[tuple[float, bytes]] = []
        self.oddities: tuple[Oddity, ...] = ()
        self.end = self.cause = self.detail = ""
        self.ended_at = 0.0
        self.pauses: list[tuple[float, float]] = []
        self._on_end = on_end

    @property
    def program(self) -> str:
        """What the program calls itself: the first word of its User-Agent."""
        return header(self.request.headers, "user-agent").partition(" ")[0]

    def sent(self, _: float, data: bytes) -> None:
        """Keep a part of the request's body."""
        self.sent_bytes += len(data)
        if self._has_room():
            self.body.append(data)

    def answered(self, at: float, status: int, reason: str, headers: Headers) -> None:
        """Keep the answer's head."""
        self.status, self.reason, self.headers, self.headers_at = status, reason, headers, at

    def came(self, at: float, data: bytes) -> None:
        """Keep a part of the answer's body."""
        if not data:
            return
        self.came_bytes += len(data)
        if self._has_room():
            self.reads.append((at, data))

    def odd(self, oddities: tuple[Oddity, ...]) -> None:
        """Keep what is odd about the answer's head."""
        self.oddities = oddities

    def ended(self, at: float, end: str, cause: str, detail: str) -> None:
        """Keep the end, and hand it all on."""
        self.ended_at, self.end, self.cause, self.detail = at, end, cause, detail
        self._on_end(self)

    def _has_room(self) -> bool:
        if self.sent_bytes + self.came_bytes > MOST_BYTES:
            self.too_large = True
            self.forget()
        return self.known and not self.too_large

    def forget(self) -> None:
        """Let the bodies go."""
        self.body.clear()
        self.reads.clear()


def known(target: str) -> bool:
    """Whether a path is one of the API's."""
    path = target.partition("?")[0].rstrip("/")
    return path.endswith(KNOWN) or "/models/" in path
