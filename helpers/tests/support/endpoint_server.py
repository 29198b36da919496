"""A small endpoint on loopback with everything about its address to choose: path, key, models."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from helpers.tests.support.capture_server import ANSWER, POLL_S

JSON = {"Content-Type": "application/json"}
PAGE = {"Content-Type": "text/html"}
NOT_FOUND = (404, JSON, b'{"detail": "Not Found"}')
REFUSED = (401, {**JSON, "WWW-Authenticate": "Bearer"}, b'{"error": {"message": "Wrong API key."}}')
NO_MESSAGES = (400, JSON, b'{"error": {"message": "messages: field required"}}')

Answer = tuple[int, Mapping[str, str], bytes]


@dataclass
class Served:
    """What an endpoint does, and what it was asked.

    prefix:   below which the API lies
    allows:   whether a request's headers (in lower case) carry the right key
    refuses:  how it answers where they do not
    lost:     how it answers unknown paths
    names:    the models it lists; () for no list
    strict:   whether unknown models are refused
    before:   an answer in place of the usual one, by method and path; None for the usual one
    slow_s:   how long the first completion takes
    lost_s:   how long the very first answer takes
    """

    prefix: str = "/v1"
    allows: Callable[[Mapping[str, str]], bool] = lambda _: True
    refuses: Answer = REFUSED
    lost: Answer = NOT_FOUND
    names: tuple[str, ...] = ("oak-7b",)
    strict: bool = False
    before: Callable[[str, str], Answer | None] = lambda *_: None
    slow_s: float = 0.0
    lost_s: float = 0.0
    url: str = ""
    root: str = ""
    seen: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)

    def answer(self, method: str, path: str, headers: dict[str, str], body: Any) -> Answer:
        """Return status, headers and body for a request."""
        self.seen.append((method, path, headers))
        lost_s, self.lost_s = self.lost_s, 0.0
        time.sleep(lost_s)
        if instead := self.before(method, path):
            return instead
        if not path.startswith(f"{self.prefix}/"):
            return self.lost
        where = path.removeprefix(self.prefix)
        if (method, where) == ("GET", "/models") and self.names:
            data = [{"id": name, "object": "model"} for name in self.names]
            return 200, JSON, json.dumps({"object": "list", "data": data}).encode()
        if (method, where) != ("POST", "/chat/completions"):
            return self.lost
        return self._chat(headers, body if isinstance(body, dict) else {})

    def _chat(self, headers: dict[str, str], body: dict[str, Any]) -> Answer:
        if not self.allows(headers):
            return self.refuses
        if not body.get("messages"):
            return NO_MESSAGES
        model = body.get("model", "")
        if self.strict and model not in self.names:
            said = {"error": {"message": f"The model {model!r} does not exist",
                              "code": "model_not_found"}}  # fmt: skip
            return 404, JSON, json.dumps(said).encode()
        slow_s, self.slow_s = self.slow_s, 0.0
        time.sleep(slow_s)
        if not body.get("stream"):
            return 200, JSON, json.dumps(ANSWER | {"model": model}).encode()
        delta = {"role": "assistant", "content": "hello"}
        chunk = {"id": "a", "object": "chat.completion.chunk", "created": 1, "model": model}
        one = chunk | {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
        end = chunk | {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
        events = "".join(f"data: {json.dumps(event)}\n\n" for event in (one, end))
        return 200, {"Content-Type": "text/event-stream"}, f"{events}data: [DONE]\n\n".encode()

    def keys_seen(self) -> set[str]:
        """Return every Authorization that came."""
        return {headers.get("authorization", "") for _, _, headers in self.seen}


@contextmanager
def serving(
    *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1", **how: Any
) -> Iterator[Served]:
    """Run an endpoint on loopback until the block ends."""
    served = Served(**how)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, more, said = served.answer(
                # A proxy passes whole addresses on.
                self.command,
                urlsplit(self.path).path,
                headers,
                json.loads(body or b"null"),
            )
            self.send_response(status)
            for name, value in more.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        do_GET = do_POST  # noqa: N815 - the name http.server looks for

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        address_family = socket.AF_INET6 if ":" in host else socket.AF_INET

        def handle_error(self, *_: object) -> None:
            """Keep quiet about handshakes that a client breaks off."""

    server = Server((host, 0), Handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    shown = f"[{host}]" if ":" in host else host
    served.root = f"{'https' if tls else 'http'}://{shown}:{server.server_port}"
    served.url = f"{served.root}{served.prefix}"
    threading.Thread(target=server.serve_forever, args=(POLL_S,), daemon=True).start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
