"""Where requests go, and what the environment says about proxies and trusted certificates."""

from __future__ import annotations

import os
from typing import Any, NamedTuple

_NAMES = [
    name
    for upper in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE",
                  "SSL_CERT_DIR")
    for name in (upper, upper.lower())
]  # fmt: skip


def variables() -> tuple[str | None, ...]:
    """The variables' current values, None if not set: a cell may set one and ask again."""
    return tuple(map(os.environ.get, _NAMES))


class Prepared(NamedTuple):
    """A request's destination and transport, kept because finding them costs more than a send.

    headers:  those that the HTTP client sends with every request
    """

    url: str
    headers: tuple[tuple[str, str], ...]
    transport: Any
