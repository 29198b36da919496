"""What passes of one exchange, kept raw until it has ended, and only then masked and judged."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from ...server.http1 import Headers
from ...server.relay.rewriting import Rewritten
from ...wire.head import Oddity
from ...wire.request import OPERATIONS
from .raw_exchange import RawExchange

MOST_BYTES = 16 << 20


class Recorder:
    """The witness of one exchange.

    on_end:      called with the raw exchange when it has ended
    most_bytes:  of request and answer together; beyond this, data passes but is not kept
    """

    def __init__(
        self,
        began: float,
        request: Rewritten,
        on_end: Callable[[RawExchange], None],
        *,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self.taken = RawExchange(
            began, datetime.now(UTC).isoformat(), request.method, request.target, request.headers,
            request.changes, known(request.target),
        )  # fmt: skip
        self._on_end, self._most_bytes = on_end, most_bytes

    def sent(self, _: float, data: bytes) -> None:
        """Keep a part of the request's body."""
        self.taken.sent_bytes += len(data)
        if self._has_room():
            self.taken.body.append(data)

    def answered(self, at: float, status: int, reason: str, headers: Headers) -> None:
        """Keep the answer's head."""
        taken = self.taken
        taken.status, taken.reason, taken.headers, taken.headers_at = status, reason, headers, at

    def came(self, at: float, data: bytes) -> None:
        """Keep a part of the answer's body."""
        self.taken.came_bytes += len(data)
        if data and self._has_room():
            self.taken.reads.append((at, data))

    def odd(self, oddities: tuple[Oddity, ...]) -> None:
        """Keep what is odd about the answer's head."""
        self.taken.oddities = oddities

    def ended(self, at: float, end: str, cause: str, detail: str) -> None:
        """Keep the end, and hand the whole exchange on."""
        taken = self.taken
        taken.ended_at, taken.end, taken.cause, taken.detail = at, end, cause, detail
        self._on_end(taken)

    def _has_room(self) -> bool:
        taken = self.taken
        if taken.sent_bytes + taken.came_bytes > self._most_bytes:
            taken.too_large = True
            taken.body.clear()
            taken.reads.clear()
        return taken.known and not taken.too_large


def known(target: str) -> bool:
    """Whether a path belongs to the API.

    Anything else may be a login or an upload, so only its times and sizes are kept.
    """
    path = target.partition("?")[0].rstrip("/")
    return path.endswith(OPERATIONS) or "/models/" in path
