"""Modes that refuse in place of the server: the pages of proxies and firewalls before it."""

from __future__ import annotations

from ..http1 import Reply, Request
from ..replies import page_reply
from ..upstream import Ask
from .registry import chat_mode


@chat_mode(
    "error-502",
    "Answers 502, like a proxy whose server is down.",
    expects="server-error",
)
async def _error_502(request: Request, ask: Ask) -> Reply:
    return page_reply(502, "502 Bad Gateway", "nginx")


@chat_mode(
    "error-504",
    "Answers 504, like a proxy whose server is slow.",
    expects="server-error",
)
async def _error_504(request: Request, ask: Ask) -> Reply:
    return page_reply(504, "504 Gateway Time-out", "nginx")
