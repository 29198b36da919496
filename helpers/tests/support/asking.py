"""Ask an endpoint with nothing but the standard library, and keep what came."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

from helpers.endpoint import Endpoint, resolve
from helpers.server.builtin import opened
from helpers.tests.support.waiting import PATIENCE_S

PROMPT = [{"role": "user", "content": "write a poem about a tree"}]


@dataclass(frozen=True)
class Came:
    """An answer as it came; `cut` when the connection ended before the body did."""

    status: int
    headers: dict[str, str]
    body: bytes
    cut: bool = False

    @property
    def json(self) -> Any:
        """Return the body as JSON."""
        return json.loads(self.body)

    @property
    def chunks(self) -> list[dict[str, Any]]:
        """Return the objects of the stream's events."""
        return [json.loads(data) for data in self.events if data != "[DONE]"]

    @property
    def events(self) -> list[str]:
        """Return the data of the stream's events."""
        lines = self.body.decode().split("\n\n")
        return [line.removeprefix("data: ") for line in lines if line]

    @property
    def deltas(self) -> list[dict[str, Any]]:
        """Return the deltas of the stream's chunks."""
        return [chunk["choices"][0]["delta"] for chunk in self.chunks if chunk["choices"]]

    @property
    def text(self) -> str:
        """Return the text of the stream."""
        return "".join(delta.get("content") or "" for delta in self.deltas)


def demo(names: str = "fast") -> Endpoint:
    """Return the built-in endpoint in a mode, opened."""
    return asyncio.run(opened(resolve(f"demo:{names}" if names else "demo")))


def connection(endpoint: Endpoint) -> http.client.HTTPConnection:
    """Return a connection to the endpoint."""
    return http.client.HTTPConnection(urlsplit(endpoint.url).netloc, timeout=PATIENCE_S)


def chat(endpoint: Endpoint, *, stream: bool = True, **body: Any) -> Came:
    """Return the answer to a chat request: 40 tokens of it, since a poem's end is not foreseen."""
    length = {"max_tokens": 40, "ignore_eos": True}
    sent = {"model": "m", "messages": PROMPT, "stream": stream} | length | body
    return asked(endpoint, "POST", "/chat/completions", json.dumps(sent).encode())


def asked(
    endpoint: Endpoint, method: str, path: str, body: bytes | None = None, **headers: str
) -> Came:
    """Return the answer to a request below the endpoint's base URL."""
    client = connection(endpoint)
    try:
        return received(client, method, urlsplit(endpoint.url).path + path, body, **headers)
    finally:
        client.close()


def received(
    client: http.client.HTTPConnection, method: str, path: str, body: bytes | None, **headers: str
) -> Came:
    """Return the answer to a request on a connection."""
    client.request(method, path, body, headers)
    answer = client.getresponse()
    cut = False
    try:
        data = answer.read()
    except http.client.IncompleteRead as error:
        data, cut = error.partial, True
    return Came(answer.status, {k.lower(): v for k, v in answer.headers.items()}, data, cut)


def wire(names: str, *, stream: bool = True, fast: bool = True) -> bytes:
    """Return every byte that a chat brings in a mode, the framing included."""
    url = urlsplit(demo(f"{names}+fast" if fast else names).url)
    body = {"messages": PROMPT, "max_tokens": 40, "ignore_eos": True, "stream": stream}
    with socket.create_connection((url.hostname, url.port), timeout=10) as client:
        client.sendall(posted(url, json.dumps(body).encode()))
        return b"".join(iter(lambda: client.recv(65536), b""))


def posted(url: SplitResult, body: bytes) -> bytes:
    """Return a chat request as it goes to the socket."""
    head = f"POST {url.path}/chat/completions HTTP/1.1\r\nHost: {url.netloc}\r\n"
    return f"{head}Connection: close\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
