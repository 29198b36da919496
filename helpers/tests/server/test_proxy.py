"""The proxy passes everything through as it came, at the pace it promises, and lets go at once."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote, urlsplit

import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.endpoint import Endpoint, resolve
from helpers.server import builtin
from helpers.server.builtin import exchanges
from helpers.server.events import events
from helpers.server.faults.registry import REGISTRY
from helpers.server.faults.requests import slots
from helpers.server.http1 import Reply, Request
from helpers.server.replies import json_reply
from helpers.tests.support.asking import asked, chat, connection, demo, received
from helpers.tests.support.capture_server import POLL_S, recording_server
from helpers.tests.support.waiting import PATIENCE_S, until

PIECES = [b"data: one\r\n\r\n", b"\x00\xff\xfe half an \xf0\x9f", b"\x8c\xb3", b"x" * 100_000]


class _Strange(BaseHTTPRequestHandler):
    """A server whose body is odd bytes in chunks, or an endless stream."""

    protocol_version = "HTTP/1.1"
    gone = threading.Event()

    def do_POST(self) -> None:
        """Answer with the pieces, one chunk each; without end below /endless."""
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(207, "Strange Indeed")
        self.send_header("X-Twice", "a")
        self.send_header("X-Twice", "b")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            for piece in PIECES:
                self._chunk(piece)
            while self.path.startswith("/endless"):
                self._chunk(b"data: more\n\n")
                time.sleep(0.01)
            self._chunk(b"")
        except OSError:
            self.gone.set()

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def strange() -> Iterator[str]:
    """The address of the strange server."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Strange)
    threading.Thread(target=server.serve_forever, args=(POLL_S,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_an_odd_body_passes_byte_for_byte(strange: str) -> None:
    """Status, reason, repeated headers and bytes that are no text arrive as they were sent."""
    client = connection(demo(f"fast@{strange}/v1"))
    client.request("POST", urlsplit(demo(f"fast@{strange}/v1").url).path + "/x", b"{}")
    answer = client.getresponse()
    assert (answer.status, answer.reason) == (207, "Strange Indeed")
    assert answer.headers.get_all("x-twice") == ["a", "b"]
    assert answer.read() == b"".join(PIECES)
    client.close()


def test_each_chunk_is_passed_on_as_one(strange: str) -> None:
    """The chunks of the server behind are the chunks that the client gets."""
    raw = _raw(demo(f"fast@{strange}/v1"), "POST", "/x", b"{}")
    sizes = [f"\r\n{len(piece):x}\r\n".encode() for piece in PIECES]
    assert [raw.count(size) for size in sizes] == [1, 1, 1, 1]
    assert raw.endswith(b"\r\n0\r\n\r\n")


def test_a_client_that_goes_frees_the_server_behind(strange: str) -> None:
    """Stop must stop the engine: its connection ends with the client's, and the log tells."""
    endpoint = demo(f"fast@{strange}/endless")
    client = connection(endpoint)
    _Strange.gone.clear()
    client.request("POST", urlsplit(endpoint.url).path + "/x", b"{}")
    assert client.getresponse().read(10) == PIECES[0][:10]
    client.close()
    assert _Strange.gone.wait(PATIENCE_S)
    assert _last_exchange(endpoint)["end"] == "client closed"


def test_a_client_that_goes_stops_the_generation() -> None:
    """llama.cpp itself says that it works on nothing any more."""
    endpoint = demo("fast")
    client = connection(endpoint)
    path = urlsplit(endpoint.url).path
    body = {"messages": [], "prompt": "a", "n_predict": -1, "ignore_eos": True, "stream": True}
    client.request("POST", path.removesuffix("/v1") + "/completion", json.dumps(body))
    client.getresponse().read(100)
    client.close()
    assert until(lambda: _processing(endpoint) == 0)


def test_a_client_that_goes_during_silence_is_noticed() -> None:
    """Nothing is written to it, so only its closing tells."""
    endpoint = demo("silence")
    client = connection(endpoint)
    client.request("POST", f"{urlsplit(endpoint.url).path}/chat/completions", b"{}")
    _exchange_that(endpoint, lambda last: last["mode"] == "silence" and last["end"] == "open")
    client.close()
    assert _last_exchange(endpoint)["end"] == "client closed"


def test_one_connection_carries_many_requests() -> None:
    """Keep-alive holds across full answers, streams and errors."""
    endpoint = demo("fast")
    client = connection(endpoint)
    path = urlsplit(endpoint.url).path
    body = json.dumps({"messages": [], "max_tokens": 2, "stream": True}).encode()
    assert received(client, "GET", f"{path}/models", None).status == 200
    used = client.sock
    assert received(client, "POST", f"{path}/chat/completions", body).body.endswith(b"[DONE]\n\n")
    assert received(client, "GET", "/nowhere", None).status == 404
    assert client.sock is used
    client.close()


def test_a_chunked_request_is_understood() -> None:
    """Clients that stream their request send no length."""
    endpoint = demo("fast")
    client = connection(endpoint)
    path = f"{urlsplit(endpoint.url).path}/chat/completions"
    pieces = iter([b'{"messages": [], ', b'"max_tokens": 1}'])
    client.request(
        "POST", path, pieces, encode_chunked=True, headers={"Transfer-Encoding": "chunked"}
    )
    assert client.getresponse().status == 200
    client.close()


def test_head_and_http_1_0_get_their_framing() -> None:
    """No body for HEAD; no chunks for a client of HTTP/1.0."""
    assert asked(demo(), "HEAD", "/models").body == b""
    raw = _raw(demo(), "POST", "/chat/completions", b'{"messages":[],"stream":true}', version="1.0")
    assert b"Transfer-Encoding" not in raw
    assert raw.endswith(b"data: [DONE]\n\n")


def test_what_is_not_http_is_told_so() -> None:
    """Garbage gets a 400 that says what was expected."""
    url = urlsplit(demo().url)
    with socket.create_connection((url.hostname, url.port), timeout=PATIENCE_S) as client:
        client.sendall(b"\x16\x03\x01 hello\r\n\r\n")
        answer = b"".join(iter(lambda: client.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"Expected a request line of HTTP/1.1" in answer


def test_a_dead_server_behind_is_a_502() -> None:
    """The proxy says whose silence it is."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        came = asked(demo(f"fast@http://127.0.0.1:{unused.getsockname()[1]}"), "GET", "/models")
    assert came.status == 502
    assert "The server behind the proxy did not answer" in came.json["error"]["message"]


def test_a_mode_stands_before_another_server() -> None:
    """demo:cut@URL cuts whatever answers at the URL: here, the built-in endpoint itself."""
    came = chat(demo(f"cut@{demo('fast').url}"))
    assert len(came.text) > 0
    assert came.events[-1] != "[DONE]"


@pytest.mark.parametrize("header", ["Host", "Origin"])
def test_a_page_of_the_web_is_refused(header: str) -> None:
    """A name that was made to resolve to loopback does not open it."""
    address = "https://evil.example" if header == "Origin" else "evil.example"
    came = asked(demo(), "GET", "/models", **{header: address})
    assert came.status == 403
    assert "evil.example" in came.json["error"]["message"]


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_browser_page_of_another_site_is_refused(site: str) -> None:
    """A plain link or image sends no Origin, but browsers say where it comes from."""
    assert asked(demo(), "GET", "/models", **{"Sec-Fetch-Site": site}).status == 403
    assert asked(demo(), "GET", "/models", **{"Sec-Fetch-Site": "none"}).status == 200


@pytest.mark.parametrize("header", ["Host", "Origin"])
def test_a_malformed_origin_is_foreign(header: str) -> None:
    """It is refused, not a crash."""
    address = "http://[::bad" if header == "Origin" else "[::bad"
    assert asked(demo(), "GET", "/models", **{header: address}).status == 403


@pytest.mark.parametrize(
    "inner",
    ["http://[::bad", "http://host:99999", "http://host:port", "file:///etc/passwd", "http://",
     "host", "http://a b/", "http://h/\r\nX: y"],
)  # fmt: skip
def test_a_malformed_inner_address_is_a_400(inner: str) -> None:
    """demo:cut@NONSENSE is the caller's mistake, and the answer says so."""
    proxy = demo().url.rpartition("/demo")[0]
    came = asked(resolve(f"{proxy}/demo:cut@{quote(inner, safe='')}"), "GET", "/models")
    assert came.status == 400
    assert came.json["error"]["code"] == "bad_address"


def test_a_key_goes_on_to_the_server_behind_a_mode() -> None:
    """demo:NAME@URL changes the answer, not who is asking."""
    with recording_server() as server:
        chat(demo(f"fast@{server.url}"), stream=False)
        body, key = b"{}", {"Authorization": "Bearer of-the-caller"}
        asked(demo(f"cut@{server.url}"), "POST", "/chat/completions", body, **key)
    keys = [headers.get("authorization") for _, headers, _ in server.seen]
    assert keys == [None, "Bearer of-the-caller"]


def test_text_comes_at_reading_speed() -> None:
    """The first after 0.3 s, then 30 a second from then on, as seen from the sending."""
    endpoint = demo("")
    start_s = time.monotonic()
    client = connection(endpoint)
    path = f"{urlsplit(endpoint.url).path}/chat/completions"
    body = {"messages": [{"role": "user", "content": "a"}], "max_tokens": 16, "stream": True}
    client.request("POST", path, json.dumps(body | {"ignore_eos": True}))
    answer = client.getresponse()
    times = [time.monotonic() - start_s for line in answer if b'"content":"' in line]
    client.close()
    assert times[0] >= 0.3
    assert len(times) > 8
    # What comes late is caught up with, so only too early would be wrong.
    assert all(at_s >= 0.3 + number / 30 - 0.01 for number, at_s in enumerate(times))


def test_a_full_answer_takes_as_long_as_its_stream() -> None:
    """Both ways of asking cost the same time; they differ in what is seen meanwhile."""
    start_s = time.monotonic()
    came = chat(demo(""), stream=False, max_tokens=16, ignore_eos=True)
    assert came.json["usage"]["completion_tokens"] == 16
    assert 0.3 + 15 / 30 <= time.monotonic() - start_s < 10


def test_eight_requests_at_once_are_answered() -> None:
    """The engine has a slot for each."""
    endpoint = demo("fast")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda seed: chat(endpoint, seed=seed), range(8)))
    assert [answer.events[-1] for answer in answers] == ["[DONE]"] * 8


def test_the_ninth_waits_for_one_of_eight_to_end() -> None:
    """An answer keeps its place until its exchange is over."""
    asked: list[int] = []

    async def ninth_waits() -> None:
        async def ask(request: Request) -> Reply:
            asked.append(int(request.body))
            return json_reply(200, {"usage": {"completion_tokens": 1}})

        requests = [Request("POST", "/v1/chat/completions", "", (), b"%d" % n) for n in range(9)]
        change = REGISTRY["eight-at-once"].change
        assert change is not None
        answers = [asyncio.create_task(change(one, ask)) for one in requests]  # type: ignore[arg-type]
        start_s = time.monotonic()
        await asyncio.wait(answers[:8])
        assert ([*range(8)], False) == (asked, answers[8].done())
        assert slots.FIRST_S <= time.monotonic() - start_s
        requests[3].cleanup.close()
        await answers[8]
        for one in requests:
            one.cleanup.close()

    asyncio.run(ninth_waits())
    assert [*range(9)] == asked


def test_the_log_tells_how_each_exchange_ended() -> None:
    """Mode, path, status, times and the end, for tests and for the curious."""
    endpoint = demo("cut+fast")
    chat(endpoint, stream=False)
    last = _last_exchange(endpoint)
    assert (last["mode"], last["path"], last["status"]) == ("cut+fast", "/v1/chat/completions", 200)
    assert last["end"] == "hung up"
    assert last["began"] <= last["ended"] <= time.time()


@pytest.mark.slow
def test_500_requests_in_a_row_leave_nothing_behind() -> None:
    """No socket, no file, no thread: streams, refusals, cuts and clients that go, in turn."""
    names = ("fast", "cut+fast", "unauthorized", "cut-reset+fast", "not-http", "burst")
    endpoints = [demo(name) for name in names]
    assert builtin._engine is not None
    engine = psutil.Process(builtin._engine.process.pid)
    before = (0, 0)
    for turn in range(500):
        endpoint = endpoints[turn % len(endpoints)]
        client = connection(endpoint)
        body = {"messages": [], "max_tokens": 2, "stream": True}
        client.request("POST", f"{urlsplit(endpoint.url).path}/chat/completions", json.dumps(body))
        with contextlib.suppress(OSError, http.client.HTTPException):
            client.getresponse().read(None if turn % 2 else 10)
        client.close()
        if turn == 60:
            before = _settled(engine)
    files, threads = _settled(engine)
    assert files <= before[0]
    assert threads <= before[1]


def _settled(process: psutil.Process) -> tuple[int, int]:
    """Return how many files and threads a process has, once that has not changed for 0.2 s."""
    while True:
        seen = process.num_fds(), process.num_threads()
        time.sleep(0.2)
        if seen == (process.num_fds(), process.num_threads()):
            return seen


@settings(max_examples=50)
@given(
    st.lists(st.sampled_from([b"data: a", b"\n", b"\r\n", b"\r", b"x" * 9]), max_size=30),
    st.integers(1, 7),
)
def test_a_stream_divided_is_the_same_stream(parts: list[bytes], size: int) -> None:
    """Whatever the line ends and the pieces: no byte is lost, and none is added."""
    stream = b"".join(parts)
    pieces = [stream[start : start + size] for start in range(0, len(stream), size)]
    assert b"".join(_divided(pieces)) == stream


def test_line_ends_of_each_kind_divide_events() -> None:
    """The standard's three, and mixtures of them."""
    found = _divided([b"a\r\n\r\nb\n\nc\r\rd\r\n\ne\n\r\nf"])
    assert [event.strip() for event in found] == [b"a", b"b", b"c", b"d", b"e", b"f"]


def test_a_giant_event_in_small_pieces_is_divided_in_no_time() -> None:
    """Eight megabytes in pieces of 512 bytes: searched once, not once for each piece."""
    start_s = time.process_time()
    found = _divided([b"x" * 512] * 16_000 + [b"\n\n"])
    assert [len(event) for event in found] == [512 * 16_000 + 2]
    assert time.process_time() - start_s < 5


def _divided(pieces: list[bytes]) -> list[bytes]:
    async def body() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    async def divided() -> list[bytes]:
        return [event async for event in events(body())]

    return asyncio.run(divided())


def _last_exchange(endpoint: Endpoint) -> dict[str, Any]:
    """Return the newest exchange once it has ended."""
    return _exchange_that(endpoint, lambda last: last["end"] != "open")


def _exchange_that(endpoint: Endpoint, is_so: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Return the newest exchange once that is true of it."""

    def newest() -> dict[str, Any]:
        return asyncio.run(exchanges(endpoint))[-1]

    until(lambda: is_so(newest()))
    return newest()


def _processing(endpoint: Endpoint) -> int:
    """Return how many requests llama.cpp works on."""
    client = connection(endpoint)
    page = received(client, "GET", "/demo:fast/metrics", None).body.decode()
    client.close()
    line = next(
        line for line in page.splitlines() if line.startswith("llamacpp:requests_processing")
    )
    return int(line.split()[1])


def _raw(endpoint: Endpoint, method: str, path: str, body: bytes, version: str = "1.1") -> bytes:
    """Return every byte that comes as the answer, the framing included."""
    url = urlsplit(endpoint.url)
    head = (
        f"{method} {url.path}{path} HTTP/{version}\r\nHost: {url.netloc}\r\nConnection: close\r\n"
    )
    with socket.create_connection((url.hostname, url.port), timeout=PATIENCE_S) as client:
        client.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        return b"".join(iter(lambda: client.recv(65536), b""))
