"""The mode that needs no engine: it answers as OpenAI's reference says, from a script."""

from __future__ import annotations

from ...http1 import Reply, Request
from ...scripted.reply import reply
from ...upstream import Ask
from ..registry import mode


@mode(
    "textbook",
    "Answers every request as OpenAI's reference says, from a script.",
    legal=True,
    writes=True,
    unpaced=True,
)
async def _textbook(request: Request, ask: Ask) -> Reply:
    return reply(request)
