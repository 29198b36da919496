"""A request copied as curl and as Python sends, when it is run, exactly what was sent."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest

from helpers.client.chat import ask
from helpers.endpoint import KeyNameError, resolve
from helpers.server.builtin import opened
from helpers.show.snippets import as_curl, as_python
from helpers.tests.support.capture_server import POLL_S, recording_server
from helpers.tests.support.waiting import PATIENCE_S
from helpers.wire.recording import Recording
from helpers.wire.request import chat

PROMPT = """It's "quoted" \\ $HOME `id` $(id) !x %s 'é' 漢 \u202e\u2028\t\n'; echo no; '"""
BODIES = [
    json.dumps({"model": "m", "stream": True, "messages": [{"role": "user", "content": PROMPT}],
                "temperature": 0.1, "seed": 2**70, "a": None}, **how).encode()
    for how in ({}, {"separators": (",", ":"), "ensure_ascii": False}, {"indent": 2})
] + [b'{"a":1,"a":2}', b'{"a":1e400}', b"{cut"]  # fmt: skip


@contextmanager
def raw_server() -> Iterator[SimpleNamespace]:
    """Run a server that keeps each request's path, key and bytes."""
    got: list[tuple[str, str | None, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((self.path, self.headers["Authorization"], body))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"data: [DONE]\n\n")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(POLL_S,), daemon=True).start()
    try:
        yield SimpleNamespace(url=f"http://127.0.0.1:{server.server_port}/v1", got=got)
    finally:
        server.shutdown()
        server.server_close()


def run(snippet: str, program: list[str]) -> str:
    """Return what a snippet printed."""
    env = os.environ | {"MY_KEY": "throw-away", "http_proxy": "http://127.0.0.1:9"}
    done = subprocess.run(
        [*program, snippet], capture_output=True, text=True, env=env, timeout=PATIENCE_S
    )
    assert 0 == done.returncode, done.stderr
    return done.stdout


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl on the PATH")
@pytest.mark.parametrize("body", BODIES)
def test_curl_sends_the_same_body(body):
    """To the byte, whatever quotes and dollars are in it, with the key from its variable."""
    with raw_server() as server:
        recording = Recording("POST", f"{server.url}/chat/completions", body)
        run(as_curl(recording, "MY_KEY"), ["sh", "-c"])
    assert [("/v1/chat/completions", "Bearer throw-away", body)] == server.got


@pytest.mark.parametrize("body", BODIES)
def test_python_sends_the_same_body(body):
    """To the byte, with nothing but the standard library."""
    with raw_server() as server:
        recording = Recording("POST", f"{server.url}/chat/completions", body)
        said = run(as_python(recording, "MY_KEY"), [sys.executable, "-I", "-c"])
    assert [("/v1/chat/completions", "Bearer throw-away", body)] == server.got
    assert said.startswith("200 OK\n")


def test_what_our_client_sent_is_readable_and_the_same():
    """The recorded body of a real request is written as a dict, one field a line."""
    with recording_server() as server:
        exchange = asyncio.run(ask(resolve(server.url, model="m"), chat(PROMPT)))
        program = as_python(exchange)
        run(program, [sys.executable, "-I", "-c"])
    assert server.seen[0][2] == server.seen[1][2]
    assert "\n     'stream': True,\n" in program
    imports = re.findall("^import .*", program, re.M)
    assert sorted(imports) == imports
    assert "Authorization" not in program + as_curl(exchange)


def test_python_shows_what_a_refusal_says():
    """The body of an error is what a maintainer wants to see."""
    with recording_server(status=400, body=b'{"error": "no such model"}') as server:
        recording = Recording("POST", f"{server.url}/chat/completions", b"{}")
        said = run(as_python(recording), [sys.executable, "-I", "-c"])
    assert re.fullmatch(r'400 Bad Request\n +\d\.\d{3} s  \{"error": "no such model"\}', said)


def test_a_list_is_asked_for_without_a_body():
    """A GET stays one."""
    with recording_server() as server:
        recording = Recording("GET", f"{server.url}/models")
        run(as_python(recording), [sys.executable, "-I", "-c"])
        run(as_curl(recording), ["sh", "-c"])
    assert [("/v1/models", None)] * 2 == [(path, body) for path, _, body in server.seen]


def test_the_built_in_endpoint_says_how_long_its_address_lasts():
    """Its loopback address is real while the kernel runs, and the snippet says so."""
    endpoint = asyncio.run(opened(resolve("demo:fast")))
    exchange = asyncio.run(ask(endpoint, chat("hello", max_tokens=3)))
    for snippet in (as_curl(exchange), as_python(exchange)):
        assert snippet.startswith("# The built-in endpoint: this address ends with")
    assert "data: [DONE]" in run(as_python(exchange), [sys.executable, "-I", "-c"])


def test_a_key_is_never_taken_for_its_name():
    """What looks like a key is refused, and nothing can be slipped into the shell."""
    for wrong in ("sk-abcdef0123456789abcdef", "A; rm -rf /", "$(id)"):
        with pytest.raises(KeyNameError):
            as_curl(Recording("POST", "http://h/v1"), wrong)
        with pytest.raises(KeyNameError):
            as_python(Recording("POST", "http://h/v1"), wrong)
