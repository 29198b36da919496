"""A real client asks real servers on loopback, and keeps what came whatever goes wrong."""

import asyncio
import json
from dataclasses import replace
from math import inf
from typing import Any

import pytest

from helpers.client.chat import Watch, ask, begin, complete
from helpers.client.exchange import Exchange
from helpers.client.models import _busy_s, entries, list_models
from helpers.endpoint import resolve
from helpers.server.builtin import exchanges, opened
from helpers.tests.support.capture_server import ANSWER, recording_server
from helpers.tests.support.endpoint_server import Answer, serving
from helpers.tests.support.judged import first, refusal
from helpers.tests.support.recordings import recorded
from helpers.wire.recording import Recording
from helpers.wire.request import Api, chat

POEM = "write a poem about a tree"


def asked(
    base_url: str,
    *,
    timeout_s: float = 60.0,
    model: str = "",
    watch: Watch | None = None,
    forgiving: bool = False,
    **how: Any,
) -> Exchange:
    """Return the exchange with an endpoint."""

    async def run() -> Exchange:
        endpoint = await opened(resolve(base_url, model=model, timeout_s=timeout_s))
        return await ask(endpoint, chat(POEM, model=model, **how), watch=watch, forgiving=forgiving)

    return asyncio.run(run())


@pytest.mark.parametrize("stream", [True, False])
def test_the_built_in_endpoint_answers(stream: bool) -> None:
    """Text, usage and a finish reason come, full and streamed."""
    exchange = asked("demo:fast", stream=stream, max_tokens=40)
    assert exchange.failure is None
    assert exchange.text.strip()
    assert exchange.answer.usage is not None
    assert exchange.answer.finish_reason in ("stop", "length")


def test_the_stream_is_watched_while_it_comes() -> None:
    """What the watcher was handed, joined, is the answer."""
    seen: list[str] = []
    exchange = asked(
        "demo:fast", max_tokens=40,
        watch=lambda _, deltas: seen.extend(delta.text for delta in deltas),
    )  # fmt: skip
    assert len(seen) > 3
    assert exchange.text == "".join(seen)


def test_the_times_rise_from_sending_to_the_end() -> None:
    """Headers, first text, last text and end come in this order, after the caller's call."""
    timing = asked("demo:fast", max_tokens=40).timing
    order = [timing.headers_s, timing.ttft_s, timing.last_output_s, timing.end_s]
    assert order == sorted(order, key=lambda at: at or 0)
    assert timing.call_s <= 0


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(
    ("mode", "name"),
    [
        ("unauthorized", "unauthorized"), ("no-model", "no-such-model"), ("html", "html"),
        ("rate-limited", "rate-limited"), ("error-500", "server-error"),
    ],
)  # fmt: skip
def test_a_fault_has_its_name(mode: str, name: str, stream: bool) -> None:
    """Each fault of the built-in endpoint is found under its own name."""
    failure = asked(f"demo:{mode}", stream=stream).failure
    assert failure is not None
    assert (name, "endpoint") == (failure.name, failure.blame)


@pytest.mark.parametrize(
    ("mode", "name"), [("zero-chunks", "empty"), ("cut", "cut")]
)  # fmt: skip
def test_a_faulty_stream_has_its_name(mode: str, name: str) -> None:
    """What the openai client passes over in silence is named."""
    failure = asked(f"demo:{mode}+fast").failure
    assert failure is not None
    assert name == failure.name


def test_a_cut_answer_keeps_its_text() -> None:
    """The half that arrived is there, full and streamed."""
    streamed, full = asked("demo:cut+fast"), asked("demo:cut+fast", stream=False)
    assert streamed.text
    assert streamed.failure
    assert "cut" == streamed.failure.name
    assert full.failure
    assert "connection-lost" == full.failure.name


def test_silence_ends_with_the_limit() -> None:
    """Nothing came within the time that was given, and that is said."""
    exchange = asked("demo:silence", timeout_s=0.5)
    assert exchange.failure
    assert "silence" == exchange.failure.name
    assert "limit" == exchange.recording.end


def test_nothing_listens_is_explained_with_the_usual_ports() -> None:
    """The sentence says what to start or to check."""
    failure = asked("http://127.0.0.1:9", model="m").failure
    assert failure
    assert "refused" == failure.name
    assert "Nothing answers at http://127.0.0.1:9/v1." == failure.says
    assert "g4f 1337" in failure.do


def test_an_unknown_host_is_named() -> None:
    """A name without an address is not a server that is down."""
    failure = asked("http://nowhere.invalid", model="m").failure
    assert failure
    assert "dns" == failure.name
    assert "nowhere.invalid" in failure.says


def test_https_to_a_plain_port_says_to_type_http() -> None:
    """The commonest TLS error on loopback has a plain remedy."""
    with recording_server() as server:
        failure = asked(server.url.replace("http:", "https:"), model="m").failure
    assert failure
    assert "tls" == failure.name
    assert "type http://" in failure.do
    assert server.url == failure.fix


def test_no_key_means_no_authorization_header(monkeypatch: pytest.MonkeyPatch) -> None:
    """OPENAI_API_KEY and OpenAI's organisation never travel to a typed address."""
    for name in ("OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.setenv(name, "secret-of-openai")
    custom = "X-Gateway-Key: secret-of-openai\nCookie: id=secret-of-openai"
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", custom)
    with recording_server() as server:
        asked(server.url, model="m", stream=False)
    assert "secret-of-openai" not in json.dumps(server.seen)
    assert "authorization" not in server.seen[0][1]


def test_a_named_key_is_sent_and_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is in the request's header, and nowhere in the exchange."""
    monkeypatch.setenv("MY_KEY", "sk-my-very-secret-key")
    with recording_server() as server:
        endpoint = resolve(server.url, model="m", api_key_env="MY_KEY")
        exchange = asyncio.run(ask(endpoint, chat("hi", stream=False)))
    assert "Bearer sk-my-very-secret-key" == server.seen[0][1]["authorization"]
    assert "sk-my-very-secret-key" not in repr(vars(exchange)) + repr(vars(exchange.recording))


def test_user_and_password_travel_as_basic_authentication() -> None:
    """They come out of the address and go into the header."""
    with recording_server() as server:
        asked(server.url.replace("http://", "http://me:pw@"), model="m", stream=False)
    assert "Basic bWU6cHc=" == server.seen[0][1]["authorization"]


@pytest.mark.parametrize(
    ("value", "why"),
    [("a b", "space"), ("key\n", "line end"), ("Bearer k", "Bearer"), ("clé-secrète", "ASCII")],
)
def test_a_broken_key_is_explained_before_anything_is_sent(
    value: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is wrong with it is said without a character of it."""
    monkeypatch.setenv("MY_KEY", value)
    with recording_server() as server:
        exchange = asyncio.run(
            ask(resolve(server.url, model="m", api_key_env="MY_KEY"), chat("hi"))
        )
    assert exchange.failure
    assert "key-malformed" == exchange.failure.name
    assert why in exchange.failure.came
    assert [] == server.seen


def test_a_missing_key_is_the_calls_fault() -> None:
    """Nothing is sent, and the sentence names the variable."""
    exchange = asyncio.run(
        ask(resolve("api.openai.com", model="m", api_key_env="NOT_SET_HERE"), chat("hi"))
    )
    assert exchange.failure
    assert ("key-not-set", "call") == (
        exchange.failure.name,
        exchange.failure.blame,
    )
    assert "NOT_SET_HERE" in exchange.failure.says


def test_a_key_that_the_server_quotes_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor a password in base64, nor a key of the address: a notebook keeps what it shows."""
    monkeypatch.setenv("MY_KEY", "sk-my-very-secret-key")
    words = "sk-my-very-secret-key, bWU6YS1sb25nLXBhc3N3b3Jk and query-secret-1 are wrong."
    body = json.dumps({"error": {"message": words}}).encode()
    with recording_server(status=401, body=body) as server:
        typed = server.url.replace("http://", "http://me:a-long-password@")
        endpoint = resolve(f"{typed}?api-key=query-secret-1", model="m", api_key_env="MY_KEY")
        exchange = asyncio.run(ask(endpoint, chat("hi", stream=False)))
        listed = asyncio.run(list_models(endpoint))
    for failure in (exchange.failure, listed.failure):
        assert failure is not None
        assert f"{'*' * 21}, {'*' * 24} and {'*' * 14} are wrong." == failure.quote


@pytest.mark.parametrize(
    ("prompt", "temperature"), [("a\ud800b", None), ("hi", float("nan")), ("hi", float("inf"))]
)
def test_what_json_cannot_carry_is_the_calls_fault(prompt: str, temperature: float | None) -> None:
    """Nothing is sent, and the endpoint is not blamed."""
    with recording_server() as server:
        endpoint = resolve(server.url, model="m")
        exchange = asyncio.run(ask(endpoint, chat(prompt, temperature=temperature)))
    assert exchange.failure is not None
    assert ("bad-call", "call", []) == (exchange.failure.name, exchange.failure.blame, server.seen)


def test_only_what_is_set_is_sent() -> None:
    """A full request without parameters has a model, messages and stream, and nothing else."""
    with recording_server() as server:
        asked(server.url, model="m", stream=False)
        asked(server.url, model="m", stream=False, temperature=0.0, seed=7, system="be brief")
    assert {"model", "messages", "stream"} == set(server.seen[0][2])
    assert (0.0, 7) == (server.seen[1][2]["temperature"], server.seen[1][2]["seed"])
    assert {"role": "system", "content": "be brief"} == server.seen[1][2]["messages"][0]


@pytest.mark.parametrize("parameter", ["temperature", "max_tokens", "seed"])
def test_a_refused_parameter_is_left_out_once(parameter: str) -> None:
    """The answer comes, and what was refused is said with the server's words."""
    exchange = asked(
        f"demo:refuses-{parameter.replace('_', '-')}+fast", forgiving=True, **{parameter: 1}
    )
    assert exchange.failure is None
    assert parameter in [dropped.name for dropped in exchange.dropped]
    assert exchange.dropped[0].words


def test_an_error_is_not_repeated_without_a_reason() -> None:
    """A 400 that names no parameter, a 500, a 429: one request each, no silent retry."""
    for status in (400, 429, 500):
        with recording_server(status=status, body=b'{"error": {"message": "no"}}') as server:
            exchange = asked(server.url, model="m", stream=False)
        assert 1 == len(server.seen)
        assert exchange.failure
        assert "no" == exchange.failure.quote


def test_a_wrong_path_offers_the_right_one() -> None:
    """A 404 below an address without /v1 comes with the address to use."""
    body = b"404 page not found"
    with recording_server(status=404, body=body, headers={"Content-Type": "text/plain"}) as server:
        bare = server.url.removesuffix("/v1")
        exchange = asked(f"{bare}/chat/completions", model="m", stream=False)
    assert exchange.failure
    assert "wrong-path" == exchange.failure.name
    assert f"{bare}/v1" == exchange.failure.fix


def test_what_an_unknown_path_answers_counts_however_early_one_looks() -> None:
    """The panel looks while that path is still being asked."""
    early: list[str] = []

    def look(exchange: Exchange, _: object) -> None:
        early.extend(found.says for found in exchange.findings)

    with recording_server(status=404, body=b"{}") as server:
        exchange = asked(server.url, model="m", watch=look)
    assert exchange.failure
    assert "as it does for any unknown path" in exchange.failure.says
    assert early
    assert exchange.failure.says not in early


def test_one_object_for_a_stream_keeps_its_text() -> None:
    """A server that ignores stream is named for it, and its answer is there."""
    with recording_server() as server:
        exchange = asked(server.url, model="m")
    assert exchange.failure
    assert ("full-for-stream", "hello") == (exchange.failure.name, exchange.text)


def test_cancelling_closes_the_socket_and_keeps_the_text() -> None:
    """The server sees that the client has gone, and what came is there."""

    async def run() -> tuple[Exchange, dict[str, Any]]:
        endpoint = await opened(resolve("demo"))
        exchange = begin(endpoint, chat(POEM))
        arrived = asyncio.Event()
        task = asyncio.create_task(
            complete(exchange, watch=lambda e, _: arrived.set() if len(e.text) > 20 else None)
        )
        await arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        while "open" == (seen := (await exchanges(endpoint))[-1])["end"]:
            await asyncio.sleep(0.01)
        return exchange, seen

    exchange, seen = asyncio.run(run())
    assert (True, "closed", None) == (exchange.stopped, exchange.recording.end, exchange.failure)
    assert len(exchange.text) > 20
    assert "client closed" == seen["end"]


def test_the_first_chat_model_is_chosen_and_said() -> None:
    """Embedding, audio and image models are passed over, and what stands for any name."""
    listed = {"data": [{"id": n} for n in ("text-embedding-3", "openai/*", "llama3", "gpt")]}
    with recording_server(body=json.dumps(listed).encode()) as server:
        models = asyncio.run(list_models(resolve(server.url)))
    assert ("llama3", ("text-embedding-3", "openai/*")) == (models.chosen, models.passed_over)
    assert "llama3" in models.sentence


@pytest.mark.parametrize("body", [b"", b"[]", b'{"data": null}', b"<html>", b'{"data": [1, null]}'])
def test_a_list_without_models_lets_the_chat_decide(body: bytes) -> None:
    """Servers of one model take any name; that none was listed is said."""
    with recording_server(body=body) as server:
        models = asyncio.run(list_models(resolve(server.url)))
    assert ((), "default") == (models.names, models.chosen)
    assert models.failure
    assert "no-model-list" == models.failure.name
    assert ("web page" in models.failure.says) == (body == b"<html>")


@pytest.mark.parametrize(
    ("status", "header", "wait_s"),
    [
        (429, ("Retry-After", "2"), 2.0),
        (429, ("Server", "x"), inf),
        (200, ("Retry-After", "2"), inf),
    ],
)
def test_a_list_is_asked_for_again_when_a_busy_server_says_when(
    status: int, header: tuple[str, str], wait_s: float
) -> None:
    """Another model would be asked than the one that is there."""
    busy = Recording("GET", "http://h/v1/models", status=status, headers=(header,))
    assert wait_s == _busy_s(busy)


def test_the_name_that_stands_for_none_is_told_apart() -> None:
    """Who sees that no such model exists did not type it."""
    said = {"error": {"message": "The model `default` does not exist", "code": "model_not_found"}}
    found = first(refusal(404, said, model="default"))
    assert "no-such-model" == found.name
    assert "none is listed" in found.says


def test_an_endpoint_that_is_not_open_says_how_to_open_it() -> None:
    """The built-in endpoint has no address before the engine started."""
    with pytest.raises(ValueError, match="opened"):
        begin(resolve("demo"), chat("hi"))


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_said_and_not_followed(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The prompt and the key go nowhere else; the address to use is offered."""
    monkeypatch.setenv("MY_KEY", "sk-my-very-secret-key")
    with recording_server() as other:
        headers = {"Location": f"{other.url}/chat/completions"}
        with recording_server(status=status, body=b"", headers=headers) as server:
            endpoint = resolve(server.url, model="m", api_key_env="MY_KEY")
            exchange = asyncio.run(ask(endpoint, chat("hi")))
    assert [] == other.seen
    assert exchange.failure is not None
    assert ("redirected", other.url) == (exchange.failure.name, exchange.failure.fix)


@pytest.mark.parametrize("status", [307, 308])
@pytest.mark.parametrize("api", ["chat", "messages"])
def test_a_redirect_on_the_same_server_is_followed(
    status: int, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With method, body and key, as the openai client follows it; the address to use is offered."""
    monkeypatch.setenv("MY_KEY", "sk-my-very-secret-key")

    def moved(_: str, path: str) -> Answer | None:
        to = path.replace("/messages", "/chat/completions")
        return (status, {"Location": f"/new{to}?a=1 2"}, b"moved") if path[:4] == "/v1/" else None

    with serving(prefix="/new/v1", before=moved) as server:
        endpoint = resolve(server.url.replace("/new", ""), model="m", api_key_env="MY_KEY")
        exchange = asyncio.run(ask(endpoint, chat("hi", stream=False, api=api)))
    assert 200 == exchange.recording.status
    keys = [sent["authorization"] for _, _, sent in server.seen]
    assert ["Bearer sk-my-very-secret-key"] * 2 == keys
    told = next(found for found in exchange.findings if found.name == "redirected")
    assert ("remark", server.url) == (told.level, told.fix)
    assert b"moved" not in exchange.recording.body


def test_a_list_behind_any_redirect_is_read() -> None:
    """A GET stays one, so the openai client has its list behind a 301, too."""

    def moved(_: str, path: str) -> Answer | None:
        return (301, {"Location": f"/new{path}"}, b"") if path == "/v1/models" else None

    with serving(prefix="/new/v1", before=moved) as server:
        listed = asyncio.run(list_models(resolve(f"{server.root}/v1")))
    assert ("oak-7b",) == listed.names


def test_redirects_that_lead_nowhere_end() -> None:
    """There and back, or on and on."""
    with serving(before=lambda _, path: (307, {"Location": f"{path}x"}, b"")) as server:
        exchange = asyncio.run(ask(resolve(server.url, model="m"), chat("hi")))
    assert exchange.failure is not None
    assert ("redirected", 21) == (exchange.failure.name, len(server.seen))


def test_a_server_that_fails_behind_a_redirect_is_asked_once() -> None:
    """The connection that it closes has just been used, and is no idle one of the pool."""

    def fails(_: str, path: str) -> Answer:
        if path.endswith("/x"):
            raise ConnectionAbortedError
        return 307, {"Location": f"{path}/x"}, b""

    with serving(before=fails) as server:
        exchange = asyncio.run(ask(resolve(server.url, model="m"), chat("hi")))
    assert exchange.failure is not None
    assert ("reset", 2) == (exchange.failure.name, len(server.seen))


def test_a_key_that_the_answer_repeats_is_starred_as_it_arrives(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It never enters the exchange, so no cell, file or log can show it."""
    monkeypatch.setenv("MY_KEY", "sk-my-very-secret-key")
    answer = json.dumps(ANSWER).replace("hello", "you sent sk-my-very-secret-key").encode()
    with recording_server(body=answer) as server:
        endpoint = resolve(server.url, model="m", api_key_env="MY_KEY")
        exchange = asyncio.run(ask(endpoint, chat("hi", stream=False)))
    assert "you sent " + "*" * len("sk-my-very-secret-key") == exchange.text
    assert b"secret" not in exchange.recording.body


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [("hello", "  \\n ", "no-text"), ('"stop"', '"error"', "failed")],
)
def test_an_answer_that_only_looks_like_one_is_red(old: str, new: str, name: str) -> None:
    """White space is no text, and an error as finish reason is no proper end."""
    with recording_server(body=json.dumps(ANSWER).replace(old, new).encode()) as server:
        failure = asked(server.url, model="m", stream=False).failure
    assert failure is not None
    assert name == failure.name


def test_a_connection_closed_behind_an_answer_is_no_failure() -> None:
    """As llama.cpp's, which says nothing of it: the next request goes over a new one."""
    asked = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        await reader.readuntil(b"\r\n\r\n")
        body = b'{"choices": [{"message": {"content": "oak"}, "finish_reason": "stop"}]}'
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        writer.write(head % len(body) + body)
        await writer.drain()
        # A FIN is seen, and the connection given up, before it is used again; a RST comes late.
        writer.transport.abort()

    async def both() -> list[str]:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with server:
            url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
            endpoint = resolve(url, model="m")
            return [(await ask(endpoint, chat("hi", stream=False))).text for _ in range(3)]

    assert ["oak"] * 3 == asyncio.run(both())
    assert 3 == asked


def test_a_model_numbered_by_a_uuid_is_called_by_its_name() -> None:
    """Requests take Cloudflare's names, and an id that is one is kept."""
    key = "f8703a00-ed54-4f98-bdc3-cd9a813286f3"
    listed = [
        {"id": key, "name": "@cf/oak"}, {"id": key}, {"id": "oak", "name": "The Oak"},
        {"id": key, "name": "The Oak", "object": "model"},
    ]  # fmt: skip
    found = entries(recorded([(0.1, json.dumps({"result": listed}).encode())]))
    assert ["@cf/oak", key, "oak", key] == [one["id"] for one in found]


def test_a_list_of_models_is_bounded_before_it_is_read() -> None:
    """So many brackets would take gigabytes; a byte order mark is passed over."""

    def listed(body: bytes) -> list[dict[str, Any]]:
        return entries(recorded([(0.1, body)]))

    assert [] == listed(b'{"data": [' + b"{}," * 200_000 + b'{"id": "oak"}]}')
    assert [{"id": "oak"}] == listed(b'\xef\xbb\xbf{"data": [{"id": "oak"}]}')
    assert [{"id": "oak\ufffd"}] == listed(b'["oak\\ud800", "%s"]' % (b"x" * 10**6))


@pytest.mark.parametrize(
    "body",
    [
        '["oak"]', '{"data": ["oak"]}', '{"data": {"models": [{"id": "oak"}]}}',
        '{"result": [{"name": "oak"}]}', '{"items": [{"model": "oak"}]}', '{"data": {"oak": {}}}',
        '{"models": null, "data": [{"id": "oak"}, {"id": null}, 7.5]}',
    ],
)  # fmt: skip
def test_a_list_of_models_is_found_in_whatever_it_is_packed(body: str) -> None:
    """By its usual names, however deep they are packed, or one for each model."""
    assert ["oak"] == [entry["id"] for entry in entries(recorded([(0.1, body.encode())]))]
    assert [] == entries(recorded([(0.1, b'{"error": {"message": "no"}, "data": {"a": 1}}')]))


@pytest.mark.parametrize("raw", [False, True])
@pytest.mark.parametrize("value", ["\xe9", "oak" * 2000, "oak"], ids=["odd", "long", "good"])
def test_a_cookie_that_cannot_be_sent_back_ends_nothing(value: str, raw: bool) -> None:
    """It is not kept; another one goes back with the next request."""
    usual = {"Content-Type": "application/json", "Set-Cookie": f"tree={value}"}
    with recording_server(headers=usual) as server:

        async def twice() -> list[Exchange]:
            endpoint, request = resolve(server.url, model="m"), chat("hi", stream=False)
            request = replace(request, raw=request.body()) if raw else request
            return [await ask(endpoint, request) for _ in range(2)]

        answers = [exchange.text for exchange in asyncio.run(twice())]
    assert ["hello", "hello"] == answers
    assert (value == "oak") == ("cookie" in server.seen[-1][1])
