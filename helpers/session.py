"""The exchanges of this session, the newest last."""

from __future__ import annotations

from collections import deque

from .client.exchange import Exchange

MOST = 500

_asked: deque[Exchange] = deque(maxlen=MOST)


def note(exchange: Exchange) -> None:
    """Add a finished exchange to the history."""
    _asked.append(exchange)


def history() -> list[Exchange]:
    """The exchanges so far, at most the last 500: `es.table(es.history())`."""
    return list(_asked)


def forget() -> None:
    """Empty the history."""
    _asked.clear()
