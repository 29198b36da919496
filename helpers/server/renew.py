"""`python -m helpers.server.renew`: record the built-in endpoint anew, for replays."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from ..endpoint import resolve
from ..wire.har import to_har
from ..wire.recording import Recording
from .builtin import opened
from .http1 import Request
from .replay import RECORDING
from .upstream import server_at

# The port changes with each start, but the address in the file should not.
PLACE = "http://127.0.0.1/v1"
CHAT = {
    "model": "endpointscope-tiny",
    "messages": [{"role": "user", "content": "write a poem about a tree"}],
    "seed": 2,
}
STREAMED = CHAT | {"stream": True, "stream_options": {"include_usage": True}}


async def main() -> None:
    """Record the list of models and one poem, streamed and full."""
    endpoint = await opened(resolve("demo"))
    if endpoint.notes:
        raise SystemExit(" ".join(endpoint.notes))
    recordings = [
        await _recorded(endpoint.url, "GET", "/models", None),
        await _recorded(endpoint.url, "POST", "/chat/completions", STREAMED),
        await _recorded(endpoint.url, "POST", "/chat/completions", CHAT),
    ]
    RECORDING.write_text(
        json.dumps(to_har(recordings), indent=1, ensure_ascii=False) + "\n", "utf-8"
    )


async def _recorded(url: str, method: str, path: str, body: dict[str, Any] | None) -> Recording:
    """Record one exchange, read by read."""
    sent = b"" if body is None else json.dumps(body).encode()
    headers = (("Content-Type", "application/json"), ("Accept", "application/json"))
    recording = Recording(
        method, PLACE + path, sent, headers, datetime.now(UTC).isoformat(timespec="milliseconds")
    )
    start_s = time.perf_counter()
    request = Request(method, path, "HTTP/1.1", (*headers, ("Host", urlsplit(url).netloc)), sent)
    with request.cleanup:
        reply = await server_at(url)(request)
        recording.headers_s = time.perf_counter() - start_s
        recording.status, recording.reason = reply.status, reply.reason
        recording.headers = reply.headers
        async for piece in reply.body:
            recording.reads.append((time.perf_counter() - start_s, piece))
        recording.end, recording.end_s = "eof", time.perf_counter() - start_s
    return recording


if __name__ == "__main__":
    asyncio.run(main())
