"""The second reader: what the plain openai client makes of the same bytes."""

from __future__ import annotations

from typing import Any

from ..diagnose.clients import ClientReading
from ..wire.recording import Recording
from ..wire.surrogates import encodable
from .transport import OPENAI_VERSION, offline_client

QUOTE = 500
_MESSAGES: Any = [{"role": "user", "content": "?"}]


async def read_by_openai(recording: Recording, *, stream: bool = True) -> ClientReading:
    """What `client.chat.completions.create` makes of a recording, offline.

    stream:  as it was asked; a full answer is read as one completion
    """
    chunks, pieces, error, kind = 0, [], "", ""
    async with offline_client(recording) as client:
        try:
            came: Any = await client.chat.completions.create(
                model="recorded", messages=_MESSAGES, stream=stream
            )
            if stream:
                async for chunk in came:
                    chunks += 1
                    if chunk.choices:
                        pieces.append(chunk.choices[0].delta.content or "")
            elif hasattr(came, "choices"):
                chunks, text = 1, came.choices[0].message.content
                pieces.append(text or "")
            else:
                kind = type(came).__name__
        # Whatever leaks out is the result; its class is no OpenAIError in half of the cases.
        except Exception as raised:
            error = f"{type(raised).__name__}: {raised}"
    text = encodable("".join(map(str, pieces)))
    return ClientReading("openai", OPENAI_VERSION, chunks, text, encodable(error)[:QUOTE], kind)
