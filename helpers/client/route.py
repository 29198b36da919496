"""Where requests go, and what the environment says of proxies and of whom to trust."""

from __future__ import annotations

import os
from time import perf_counter
from typing import Any, NamedTuple

# To look costs 20 µs, a fiftieth of a whole request.
LOOK_S = 0.1
_NAMES = [
    name
    for upper in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE",
                  "SSL_CERT_DIR")
    for name in (upper, upper.lower())
]  # fmt: skip


class Route:
    """The variables as of a moment ago: one that is named while the kernel runs counts, too."""

    def __init__(self) -> None:
        self._found: tuple[str | None, ...] = ()
        self._looked_s = float("-inf")

    def now(self) -> tuple[str | None, ...]:
        """Their values, None for those that are not set."""
        if perf_counter() - self._looked_s > LOOK_S:
            self._found = tuple(os.environ.get(name) for name in _NAMES)
            self._looked_s = perf_counter()
        return self._found


class Prepared(NamedTuple):
    """Where a request goes, and by what: worked out once, since it costs more than to send one.

    headers:  those that the HTTP client sends with every request
    """

    url: str
    headers: tuple[tuple[str, str], ...]
    transport: Any
