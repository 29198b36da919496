"""A server that keeps what it was sent, to see what a client really says."""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ANSWER = {
    "id": "a", "object": "chat.completion", "created": 1, "model": "m",
    "choices": [{"index": 0, "finish_reason": "stop",
                 "message": {"role": "assistant", "content": "hello"}}],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
}  # fmt: skip

# How soon a server notices that it is to end; by itself it looks twice a second.
POLL_S = 0.01


@dataclass
class Recorder:
    """The requests a server got, in order: headers in lower case, body as JSON
    where it is that.

    pieces:   sent as the body instead, each by itself
    pause_s:  between two of them
    """

    url: str = ""
    status: int = 200
    reason: str | None = None
    body: bytes = json.dumps(ANSWER).encode()
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    pieces: Sequence[bytes] = ()
    pause_s: float = 0.03
    seen: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)


def _understood(body: bytes) -> Any:
    """Return a body's JSON, the bytes where they are none, None for no body."""
    try:
        return json.loads(body) if body else None
    except ValueError:
        return body


@contextmanager
def recording_server(*, tls: ssl.SSLContext | None = None, **answer: Any) -> Iterator[Recorder]:
    """Run a loopback server that answers every request in the same way."""
    recorder = Recorder(**answer)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            recorder.seen.append((self.path, headers, _understood(body)))
            self.send_response(recorder.status, recorder.reason)
            for name, value in recorder.headers.items():
                self.send_header(name, value)
            pieces = recorder.pieces or [recorder.body]
            self.send_header("Content-Length", str(sum(map(len, pieces))))
            self.end_headers()
            for number, piece in enumerate(pieces):
                time.sleep(recorder.pause_s if number else 0)
                self.wfile.write(piece)

        do_GET = do_POST  # noqa: N815 - the name http.server looks for

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    scheme = "https" if tls else "http"
    recorder.url = f"{scheme}://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, args=(POLL_S,), daemon=True)
    thread.start()
    try:
        yield recorder
    finally:
        server.shutdown()
        server.server_close()
