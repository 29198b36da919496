"""The openai client as your program would build it, on the network or on a recording."""

from __future__ import annotations

from collections.abc import AsyncIterator

from ..endpoint import Endpoint
from ..wire.encoding import ACCEPTS, ASKED_FOR
from ..wire.head import REFUSED
from ..wire.recording import Recording, decoded, within_bounds
from .keys import read_key, sent_url
from .pool import httpx2, openai


def plain_client(endpoint: Endpoint) -> openai.AsyncOpenAI:
    """The client as your program would build it, to compare with what is read here."""
    return openai.AsyncOpenAI(
        base_url=sent_url(endpoint), api_key=read_key(endpoint) or "none", max_retries=0,
        default_headers={ACCEPTS: ASKED_FOR},
    )  # fmt: skip


class _Recorded(httpx2.AsyncBaseTransport, httpx2.AsyncByteStream):
    """A transport that answers from a recording instead of a network."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        # The bytes as received, if they were kept: a client may decode fewer encodings than we do.
        kept = not recording.encoding_undone and within_bounds(recording)
        self._raw = kept or bool(recording.encoding_trouble)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        recording = self._recording
        if recording.status is None:
            raise httpx2.ConnectError("no answer came", request=request)
        if refused := [name for name, _ in recording.oddities if name in REFUSED]:
            raise httpx2.RemoteProtocolError(f"the head is refused: {refused[0]}", request=request)
        framing = {"content-length", "transfer-encoding", "connection"}
        if not self._raw:
            framing.add("content-encoding")
        headers = [
            (name.encode("utf-8", "replace"), value.encode("utf-8", "replace"))
            for name, value in recording.headers if name.lower() not in framing
        ]  # fmt: skip
        return httpx2.Response(recording.status, headers=headers, stream=self, request=request)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        recording = self._recording
        for _, data in recording.reads if self._raw else decoded(recording):
            if data:
                yield data
        if recording.end == "broken":
            raise httpx2.RemoteProtocolError("the connection was lost in the middle of the body")
        if recording.end == "limit":
            raise httpx2.ReadTimeout("the body did not end within the limits")


def offline_client(recording: Recording) -> openai.AsyncOpenAI:
    """The client as your program would build it, with a recording in place of the network."""
    return openai.AsyncOpenAI(
        base_url="http://recording/v1", api_key="none", max_retries=0,
        http_client=httpx2.AsyncClient(transport=_Recorded(recording), trust_env=False),
    )  # fmt: skip
