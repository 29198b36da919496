"""The second reader: what the plain openai client makes of the same bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..wire.recording import Recording
from ..wire.surrogates import encodable
from .transport import offline_client

QUOTE = 500
_MESSAGES: Any = [{"role": "user", "content": "?"}]


@dataclass(frozen=True)
class SecondReading:
    """What a program with the usual loop sees of a stream.

    chunks:  how many the loop was given
    text:    the contents of the deltas joined, lone halves of surrogates as U+FFFD
    error:   class and message of the exception that ended it, "" when it ended by itself
    """

    chunks: int
    text: str
    error: str = ""

    def __repr__(self) -> str:
        end = self.error or "no exception"
        return f"{self.chunks} chunks, {len(self.text)} characters, {end}"


async def second_reading(recording: Recording) -> SecondReading:
    """Return what `client.chat.completions.create(stream=True)` makes of a recording, offline."""
    chunks, pieces, error = 0, [], ""
    async with offline_client(recording) as client:
        try:
            stream = await client.chat.completions.create(
                model="recorded", messages=_MESSAGES, stream=True
            )
            async for chunk in stream:
                chunks += 1
                if chunk.choices:
                    pieces.append(chunk.choices[0].delta.content or "")
        # Whatever leaks out is the result; its class is no OpenAIError in half of the cases.
        except Exception as raised:
            error = f"{type(raised).__name__}: {raised}"
    return SecondReading(chunks, encodable("".join(map(str, pieces))), encodable(error)[:QUOTE])
