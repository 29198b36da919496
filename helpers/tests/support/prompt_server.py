"""A chat endpoint on loopback that answers each prompt as a test says, and notes how often."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = tuple[int, Mapping[str, str], Any]


def answer(text: str = "An oak.", finish: str = "stop", **usage: int) -> Answer:
    """A completion of this text."""
    counted = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15, **usage}
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": finish}
    return 200, {}, {
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "oak",
        "choices": [choice], "usage": counted,
    }  # fmt: skip


def failure(status: int, message: str = "No.", **headers: str) -> Answer:
    """An error in OpenAI's form."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return status, named, {"error": {"message": message, "type": "server_error", "code": None}}


@dataclass
class Asked:
    """What was asked: how often each prompt, and how many at once at most."""

    url: str
    times: Counter[str] = field(default_factory=Counter)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0


@contextmanager
def prompts_answered(
    says: Callable[[str, int], Answer] = lambda *_: answer(),
) -> Iterator[Asked]:
    """Run an endpoint whose answer depends on the prompt, and on how often it was asked before."""
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            prompt = str((body.get("messages") or [{}])[-1].get("content") or body.get("input"))
            with lock:
                before = asked.times[prompt]
                asked.times[prompt] += 1
                asked.bodies.append(body)
                asked.at_once += 1
                asked.most_at_once = max(asked.most_at_once, asked.at_once)
            try:
                self._say(*says(prompt, before))
            finally:
                with lock:
                    asked.at_once -= 1

        def do_GET(self) -> None:
            self._say(200, {}, {"object": "list", "data": [{"id": "oak", "object": "model"}]})

        def _say(self, status: int, headers: Mapping[str, str], value: Any) -> None:
            said = (value if isinstance(value, str) else json.dumps(value)).encode()
            self.send_response(status)
            for name, text in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, text)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        request_queue_size = 128

        def handle_error(self, *_: object) -> None:
            """Keep quiet about clients that are gone."""

    server = Server(("127.0.0.1", 0), Handler)
    asked = Asked(f"http://127.0.0.1:{server.server_port}/v1")
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield asked
    finally:
        server.shutdown()
        server.server_close()
