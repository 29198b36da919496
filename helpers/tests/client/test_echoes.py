"""A server that repeats the key: nothing shown or kept holds it, and that it did is known."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import socket
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from helpers.client.chat import ask
from helpers.client.connection import Broken
from helpers.client.exchange import Exchange
from helpers.client.keys import secrets_of, sent_values
from helpers.client.models import list_models
from helpers.client.transport import post
from helpers.endpoint import Endpoint, resolve
from helpers.recordings import load
from helpers.server.children import AT_HOME, environment
from helpers.show.case import write_case
from helpers.show.exchanges import moments
from helpers.show.raw import raw_view
from helpers.show.snippets import as_curl, as_python
from helpers.tests.support.capture_server import ANSWER, recording_server
from helpers.tests.support.spelled import KEY, SPELLINGS, given_away
from helpers.tests.support.streams import DONE, event
from helpers.wire.bounds import Bounds
from helpers.wire.recording import Recording
from helpers.wire.request import chat

STREAM = {"Content-Type": "text/event-stream"}


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the key's variable."""
    monkeypatch.setenv("ECHOED_KEY", KEY)


def endpoint_at(url: str, **more: Any) -> Endpoint:
    """Return an endpoint that is sent the key."""
    return resolve(url, api_key_env="ECHOED_KEY", **{"model": "m"} | more)


def asked(prompt: str = "hi", *, stream: bool = True, seen: list[str] | None = None, **answer: Any):
    """Return the exchange with a server that answers so; what a watcher saw goes to seen."""

    def watch(exchange: Exchange, deltas: Sequence[Any]) -> None:
        if seen is not None:
            seen.append(exchange.text + repr(deltas))

    with recording_server(**answer) as server:
        endpoint = endpoint_at(server.url)
        return asyncio.run(ask(endpoint, chat(prompt, stream=stream), watch=watch))


def everything(exchange: Exchange, folder: Path) -> str:
    """Return all that may be shown or kept of an exchange."""
    recording = exchange.recording
    case = write_case(recording, exchange.endpoint, folder=folder)
    har = case.with_suffix(".har")
    [loaded] = load(str(har))
    shown = (
        exchange, vars(exchange), vars(recording), exchange.answer, exchange.reading.events,
        exchange.text, recording.text, raw_view(exchange.reading), moments(exchange.reading),
        as_curl(exchange), as_python(exchange), exchange.findings, exchange.failure,
        vars(loaded), loaded.text,
    )  # fmt: skip
    files = [file.name + file.read_text("utf-8") for file in folder.iterdir()]
    return "\n".join([*map(repr, shown), *files, exchange.text])


@dataclass(frozen=True)
class Body:
    """A body that says the key, and whether it is a stream."""

    pieces: tuple[bytes, ...]
    stream: bool = True
    encoding: str = ""

    @property
    def headers(self) -> dict[str, str]:
        """Return its headers."""
        kind = "text/event-stream" if self.stream else "application/json"
        encoded = {"Content-Encoding": self.encoding} if self.encoding else {}
        return {"Content-Type": kind} | encoded


def bodies(said: Sequence[str]) -> Iterator[tuple[str, Body]]:
    """Yield the places of a body that words may stand in."""
    line = " ".join(said)
    full = json.dumps(ANSWER).replace("hello", json.dumps(line)[1:-1]).encode()
    deltas = [event({"content": f"Oak {one} elm"}) for one in said]
    halves = [event({"content": half}) for one in said for half in (one[:9], one[9:])]
    calls = [{"index": 0, "id": "c", "function": {"arguments": one}} for one in said]
    end = event({}, "stop") + DONE
    yield "full", Body((full,), stream=False)
    yield "full in many reads", Body(tuple(cut(full, 60)), stream=False)
    yield "full in gzip", Body((gzip.compress(full),), stream=False, encoding="gzip")
    yield "delta", Body((*deltas, end))
    yield "delta in many reads", Body((*cut(b"".join(deltas), 90), end))
    yield "two deltas", Body((*halves, end))
    yield "two deltas in many reads", Body((*cut(b"".join(halves), 40), end))
    yield "two deltas in gzip", Body((gzip.compress(b"".join([*halves, end])),), encoding="gzip")
    yield "reasoning", Body((*(event({"reasoning_content": one}) for one in said), end))
    yield "tool call", Body((*(event({"tool_calls": [one]}) for one in calls), end))
    yield "finish reason", Body((event({"content": "oak"}), event({}, line), DONE))
    yield "error in a stream", Body((b'data: {"error": ' + json.dumps(line).encode() + b"}\n\n",))
    yield "comment", Body((b": " + line.encode() + b"\n\n", end))
    yield "no JSON", Body((b"data: " + line.encode() + b"\n\n", end))
    yield "not an answer", Body((line.encode(),), stream=False)


def cut(data: bytes, size: int) -> list[bytes]:
    """Return the bytes in pieces of that size."""
    return [data[at : at + size] for at in range(0, len(data), size)]


@pytest.mark.parametrize("place", [name for name, _ in bodies([""])])
def test_no_body_gives_the_key_away(place: str, tmp_path: Path) -> None:
    """In any spelling and place; what was shown while it came included."""
    body, seen = dict(bodies([*SPELLINGS.values()]))[place], []
    exchange = asked(
        stream=body.stream, pieces=body.pieces, headers=body.headers, pause_s=0.01, seen=seen
    )
    assert exchange.recording.echoed
    assert len(SPELLINGS) <= exchange.recording.text.count("*" * 9)
    assert not given_away(everything(exchange, tmp_path))
    assert not given_away("\n".join(seen))


@pytest.mark.parametrize("at", range(4, len(KEY), 4))
def test_a_key_in_two_deltas_is_never_on_the_page(at: int, tmp_path: Path) -> None:
    """The first waits for the second, and the times stay those of the network."""
    pieces = [
        event({"content": "Oak "}),
        event({"content": KEY[:at]}),
        event({"content": KEY[at:]}),
    ]
    # A busy machine may read two pieces at once now and then, but not every time.
    for _ in range(10):
        seen: list[str] = []
        exchange = asked(pieces=[*pieces, event({}, "stop") + DONE], headers=STREAM, seen=seen)
        assert not [shown for shown in seen if KEY[:4] in shown]
        assert exchange.text.startswith("Oak " + "*" * len(KEY))
        _, first_s, second_s, *_ = (*(at_s for at_s, _ in exchange.recording.reads), 0.0, 0.0)
        if second_s - first_s > 0.02:
            break
    assert second_s - first_s > 0.02
    assert not given_away(everything(exchange, tmp_path))


@pytest.mark.parametrize("status", [200, 302, 401, 404, 429, 500])
def test_no_head_gives_the_key_away(status: int, tmp_path: Path) -> None:
    """Neither headers, reason phrase and Location nor the address that is offered instead."""
    said = json.dumps({"error": {"message": f"Incorrect API key {KEY}", "code": KEY}}).encode()
    exchange = asked(
        status=status, reason=f"No {KEY}", body=said, headers={
            "Content-Type": "application/json", "X-Echo": f"Bearer {KEY}",
            "Location": f"https://oak.example/{SPELLINGS['percent']}/v1?key={KEY}",
            "Retry-After": KEY,
        },
    )  # fmt: skip
    assert exchange.recording.echoed
    assert not given_away(everything(exchange, tmp_path))
    assert exchange.recording.reason.startswith("No ***")


@pytest.mark.parametrize("header", [{"X-Echo": f"Bearer {KEY}"}, {f"X-{KEY}": "1"}], ids=str)
def test_a_key_in_a_header_alone_is_told(header: dict[str, str], tmp_path: Path) -> None:
    """In its value, and in its name."""
    exchange = asked(body=DONE, headers=STREAM | header)
    assert exchange.recording.echoed
    assert not given_away(everything(exchange, tmp_path))


@pytest.mark.parametrize("status", [200, 401])
def test_no_list_of_models_gives_the_key_away(status: int) -> None:
    """A name in it is offered, shown and asked for."""
    body = json.dumps({"data": [{"id": f"oak-{KEY}"}], "error": {"message": KEY}}).encode()
    with recording_server(status=status, body=body) as server:
        models = asyncio.run(list_models(endpoint_at(server.url)))
    assert models.recording.echoed
    assert not given_away(repr(models) + repr(vars(models.recording)))


def test_a_broken_answer_gives_no_key_away(caplog: pytest.LogCaptureFixture) -> None:
    """The client quotes what it could not read; neither its error nor a log does."""
    caplog.set_level(logging.DEBUG)
    with serving(b"HTTP/1.1 OK " + KEY.encode() + b"\r\n\r\n") as url:
        endpoint = resolve(f"{url}?api-key=query-{KEY}", model="m", api_key_env="ECHOED_KEY")
        recording = Recording("POST", "")
        request = chat("hi", model="m")
        with pytest.raises(Broken) as broken:
            asyncio.run(post(endpoint, request, recording, lambda: False))
    assert "protocol" == broken.value.cause
    assert not given_away(f"{broken.value!r} {broken.value.detail} {recording.oddities}")
    assert "***" in str(recording.oddities)
    assert broken.value.__suppress_context__
    assert not given_away(caplog.text)


@pytest.mark.parametrize("before", [b"X-Echo ", b"X-Echo: a\r\n ", b"x" * 60, b"x" * 1970])
def test_an_odd_head_gives_no_key_away(before: bytes) -> None:
    """What is quoted of it was masked before it was cut."""
    answer = b"HTTP/1.1 200 OK\r\n" + before + KEY.encode() + b"\r\nX-A\r\n\r\n"
    with serving(answer) as url:
        endpoint = resolve(url, model="m", api_key_env="ECHOED_KEY")
        exchange = asyncio.run(ask(endpoint, chat("hi", model="m")))
    assert exchange.recording.oddities
    assert KEY[:8] not in f"{exchange.recording.oddities} {exchange.findings}"
    assert exchange.recording.echoed


def test_a_key_that_the_answer_breaks_off_in_is_not_shown() -> None:
    """More than half of it is as good as the key."""
    exchange = asked(
        pieces=[event({"content": "Oak"}), event({"content": KEY[:-3]})], headers=STREAM
    )
    assert KEY[:8] not in exchange.text + exchange.recording.text


@pytest.mark.parametrize(
    ("value", "prompt", "echoed"),
    [
        ("birch-0123456", "hi", True), ("birch-01234", "hi", False), ("lm-studio", "hi", False),
        ("sk-no-key-required", "hi", False), ("birch-0123456", "say birch-0123456", False),
    ],
)  # fmt: skip
def test_only_a_real_key_is_judged(
    value: str, prompt: str, echoed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not a short one, a dummy, or what the request itself says; a short one is starred."""
    monkeypatch.setenv("ECHOED_KEY", value)
    exchange = asked(prompt, pieces=[event({"content": value}), event({}, "stop")], headers=STREAM)
    dummy = value in ("lm-studio", "sk-no-key-required")
    assert echoed is exchange.recording.echoed
    assert (value if dummy else "*" * len(value)) == exchange.text


def test_a_bomb_is_stopped_where_the_key_is_sought() -> None:
    """A compressed body is undone on arrival then, within the same bounds."""
    bomb = gzip.compress(b" " * 4_000_000)
    with recording_server(body=bomb, headers=STREAM | {"Content-Encoding": "gzip"}) as server:
        endpoint = replace(endpoint_at(server.url), bounds=Bounds(inflation=2))
        exchange = asyncio.run(ask(endpoint, chat("hi")))
    recording = exchange.recording
    assert ("limit", "inflates-too-much") == (recording.end, recording.bound)
    assert "inflates-too-much" == exchange.reading.limit
    assert 2_000_000 > len(recording.body)


def test_variables_in_headers_and_query_are_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are named by $NAME, sent as what they hold, and known as secrets."""
    monkeypatch.setenv("GATE_KEY", "gate-0123456789")

    with recording_server(body=b'{"gate-0123456789": 1}') as server:
        endpoint = resolve(
            server.url, model="m", headers={"X-Gate": "$GATE_KEY", "X-Plain": "oak"},
            query={"gate": "$GATE_KEY", "api-version": "1"},
        )  # fmt: skip
        recording = asyncio.run(ask(endpoint, chat("hi", stream=False))).recording
    path, headers, _ = server.seen[0]
    assert ("gate-0123456789", "oak") == (headers["x-gate"], headers["x-plain"])
    assert path.endswith("?gate=gate-0123456789&api-version=1")
    assert {"gate-0123456789"} == {*secrets_of(endpoint)}
    assert (("a", "gate-0123456789"),) == sent_values([("a", "$GATE_KEY")])
    assert "gate-0123" not in repr(vars(recording))
    assert recording.echoed


def test_a_key_among_a_requests_own_headers_is_one_too() -> None:
    """Nobody named it: its header's name says that it is one."""
    with recording_server(body=b'{"own-0123456789": 1}') as server:
        request = replace(chat("hi", stream=False), headers={"Api-Key": "own-0123456789"})
        recording = asyncio.run(ask(resolve(server.url, model="m"), request)).recording
    assert "own-0123456789" == server.seen[0][1]["api-key"]
    assert "own-0123" not in repr(vars(recording))
    assert recording.echoed


def test_each_part_of_a_header_that_is_a_key_is_one() -> None:
    """A server that repeats it leaves the scheme, and a cookie's name, out."""
    headers = {
        "Authorization": "Basic bWU6b2FrLTE=", "Api-Key": "Bearer elm-1",
        "Cookie": 'a=1; sid="birch-123"',
    }  # fmt: skip
    found = {*secrets_of(resolve("http://127.0.0.1:9/v1", headers=headers))}
    assert {"bWU6b2FrLTE=", "me:oak-1", "elm-1", "birch-123"} <= found
    assert not {"Basic", "Bearer", "1"} & found


def test_processes_of_ours_get_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a server of ours, or a tool that it is measured beside, knows of the environment."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    assert KEY not in environment(*AT_HOME).values()


class serving:  # noqa: N801 - reads as a statement
    """A server that answers one request with these bytes, and nothing else."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer
        self._socket = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()

    def __enter__(self) -> str:
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}/v1"

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def _serve(self) -> None:
        connection, _ = self._socket.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(self._answer)


def test_a_key_in_a_requests_body_is_one_too(tmp_path: Path) -> None:
    """Some servers take another one's there, and a tool of another server has its own."""
    tool = {"type": "mcp", "headers": {"X-Api-Key": "birch-0123456789"}}
    more = {"api_key": "elm-9876543210", "tools": [tool]}
    with recording_server(status=400, body=b"no elm-9876543210, no birch-0123456789") as server:
        request = chat("hi", **more)
        exchange = asyncio.run(ask(resolve(server.url, model="m"), request))
    assert more == {name: server.seen[0][2][name] for name in more}
    told = everything(exchange, tmp_path).replace(repr(exchange.request), "")
    assert ("elm-98" in told, "birch-01" in told) == (False, False)


def test_a_key_that_another_endpoint_repeats_is_hidden(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy may know it; also one that was another's, before its variable changed."""
    with recording_server(status=401, body=f"no {KEY}".encode()) as server:
        asyncio.run(ask(endpoint_at(server.url), chat("hi")))
        monkeypatch.setenv("ECHOED_KEY", "another-0123456789")
        exchange = asyncio.run(ask(resolve(server.url, model="m"), chat("hi")))
    assert not given_away(everything(exchange, tmp_path))
    assert not exchange.recording.echoed


def test_a_proxys_address_that_cannot_be_read_is_not_quoted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What stands for its port may be a password's beginning."""
    monkeypatch.setenv("HTTP_PROXY", "http://me:bir/ch@127.0.0.1:1")
    exchange = asyncio.run(ask(resolve("http://h.example", model="m"), chat("hi")))
    assert "HTTP_PROXY names an address that cannot be read" in exchange.findings[0].came
    assert "bir" not in repr(exchange.findings)
