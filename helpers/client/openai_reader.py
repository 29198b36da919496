"""The second reader: what the plain openai client makes of the same bytes."""

from __future__ import annotations

from typing import Any

from ..diagnose.clients.plain import ClientReading
from ..signatures import checked
from ..wire.recording import Recording
from ..wire.request import Api, api_of
from ..wire.surrogates import encodable
from .plain import offline_client
from .pool import OPENAI_VERSION

QUOTE = 500
_MESSAGES: Any = [{"role": "user", "content": "?"}]


@checked
async def read_by_openai(recording: Recording, *, stream: bool = True) -> ClientReading:
    """What the client's own `create` makes of a recording, offline, for whichever API it used.

    stream:  as it was requested; a full answer is read as one completion, or one response
    """
    api = api_of(recording.url)
    if api == "messages":
        return ClientReading("openai", OPENAI_VERSION, 0, "", speaks=False)
    chunks, pieces, error, kind = 0, [], "", ""
    async with offline_client(recording) as client:
        try:
            answer: Any = await _created(client, api, stream=stream)
            if stream:
                async for chunk in answer:
                    chunks += 1
                    pieces.append(_added(chunk, api))
            elif (text := _text_of(answer, api)) is not None:
                chunks, pieces = 1, [text]
            else:
                kind = type(answer).__name__
        # Any exception is a result here, and half of them are not an OpenAIError.
        except Exception as raised:
            error = f"{type(raised).__name__}: {raised}"
    text = encodable("".join(map(str, pieces)))
    return ClientReading("openai", OPENAI_VERSION, chunks, text, encodable(error)[:QUOTE], kind)


def _created(client: Any, api: Api, *, stream: bool) -> Any:
    """The awaitable of the client's call for an API."""
    asked = {"model": "recorded", "stream": stream}
    if api == "responses":
        return client.responses.create(input="?", **asked)
    if api == "completions":
        return client.completions.create(prompt="?", **asked)
    return client.chat.completions.create(messages=_MESSAGES, **asked)


def _added(chunk: Any, api: Api) -> Any:
    """The text that the usual loop reads from a chunk or an event."""
    if api == "responses":
        return chunk.delta if chunk.type == "response.output_text.delta" else ""
    if api == "completions":
        return (chunk.choices[0].text or "") if chunk.choices else ""
    return (chunk.choices[0].delta.content or "") if chunk.choices else ""


def _text_of(answer: Any, api: Api) -> Any:
    """The text of a full answer, None if it is not one."""
    if api == "responses":
        return answer.output_text if hasattr(answer, "output") else None
    if api == "completions":
        return (answer.choices[0].text or "") if hasattr(answer, "choices") else None
    return (answer.choices[0].message.content or "") if hasattr(answer, "choices") else None
