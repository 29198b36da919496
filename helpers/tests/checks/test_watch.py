"""What passes is judged as it ends; keys, words and what nobody asked to keep stay out."""

from __future__ import annotations

import base64
import gzip
import http.client
import io
import json
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import openai
import pytest

from helpers.checks.watch import recorder, watcher
from helpers.checks.watch.process import Reporter
from helpers.checks.watch.raw_exchange import RawExchange
from helpers.checks.watch.watched import WatchedExchange
from helpers.checks.watch.watcher import Watcher
from helpers.checks.watch.wordless import starred
from helpers.endpoint import AddressError, Endpoint, resolve
from helpers.recordings import load
from helpers.secrets.carried_keys import carried
from helpers.secrets.spellings import Secrets
from helpers.show.watch.start import kept
from helpers.tests.support.asking import demo
from helpers.tests.support.capture_server import recording_server
from helpers.tests.support.forwarding import forwarding
from helpers.tests.support.spelled import KEY, SPELLINGS, given_away
from helpers.tests.support.streams import DONE, event
from helpers.tests.support.waiting import PATIENCE_S, until
from helpers.wire.codings import packer

STREAM = {"Content-Type": "text/event-stream"}
WORDS = "an oak and a birch"
POEM: list[Any] = [{"role": "user", "content": WORDS}]


@contextmanager
def watching(to: Endpoint | str, **how: Any) -> Iterator[Watcher]:
    """Run a watcher in front of an endpoint."""
    found = Watcher(resolve(to) if isinstance(to, str) else to, **how)
    found.start()
    try:
        yield found
    finally:
        found.stop()


def settled(found: Watcher) -> list[WatchedExchange]:
    """Return what has passed, once all of it is judged."""
    assert found.settle(PATIENCE_S)
    return found.seen


def client(found: Watcher, key: str = "sk-leaf-0123456789") -> openai.OpenAI:
    """Return the plain client of this address."""
    return openai.OpenAI(base_url=found.base_url, api_key=key, max_retries=0)


def sent(
    found: Watcher, path: str = "/chat/completions", body: bytes | None = None, **headers: str
) -> bytes:
    """Return the body that answers a request of these headers."""
    url = urlsplit(found.base_url)
    asking = http.client.HTTPConnection(url.netloc, timeout=PATIENCE_S)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        asking.request("GET" if body is None else "POST", url.path + path, body, named)
        return asking.getresponse().read()
    finally:
        asking.close()


@contextmanager
def posting(found: Watcher, body: bytes) -> Iterator[socket.socket]:
    """Yield a connection on which a chat was asked for; leaving closes it."""
    url = urlsplit(found.base_url)
    head = f"POST {url.path}/chat/completions HTTP/1.1\r\nHost: {url.netloc}\r\n"
    with socket.create_connection((url.hostname, url.port), PATIENCE_S) as asking:
        asking.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        yield asking


def asked(**more: Any) -> bytes:
    """Return a chat request's body."""
    return json.dumps({"model": "oak", "stream": True, "messages": POEM} | more).encode()


def everything(seen: WatchedExchange, folder: Path) -> str:
    """Return all that may be shown or kept of an exchange."""
    har = kept(seen, most=9, folder=folder).read_text("utf-8")
    return repr((seen, vars(seen), vars(seen.recording), seen.answer, seen.reading.events)) + har


@pytest.mark.slow
def test_what_the_openai_client_asks_is_judged() -> None:
    """A stream, a whole answer and a list, from the very thread that reads them."""
    with watching(demo("")) as found:
        for how in ({"stream": True, "max_tokens": 12}, {"temperature": 0.3, "max_tokens": 12}):
            answer: Any = client(found).chat.completions.create(model="m", messages=POEM, **how)
            if how.get("stream"):
                assert "".join(one.choices[0].delta.content or "" for one in answer if one.choices)
        client(found).models.list()
        stream, whole, models = settled(found)
    assert ["streamed", "answered", "200"] == [stream.word, whole.word, models.word]
    assert {"stream": "true", "max_tokens": "12"} == stream.parameters
    assert {"temperature": "0.3", "max_tokens": "12"} == whole.parameters
    assert (stream.figures.first_text_s or 0) > 0.2
    assert 12 == whole.figures.completion_tokens
    assert "OpenAI/Python" == stream.program
    assert any(change.startswith("Host: 127.0.0.1:") for change in stream.changes)
    assert ("only a model's answers are judged", ()) == (models.not_judged, models.findings)


@pytest.mark.parametrize(
    ("mode", "word"),
    [("cut", "cut"), ("empty", "silent"), ("unauthorized", "unauthorized")],
)
def test_a_fault_has_its_word(mode: str, word: str) -> None:
    """The one that a notebook would give it."""
    with watching(demo(f"{mode}+fast")) as found:
        with suppress(http.client.IncompleteRead):
            sent(found, body=asked(max_tokens=40, ignore_eos=True))
        [seen] = settled(found)
    assert word == seen.word
    assert "fail" == seen.findings[0].level
    assert ("openai loop" in seen.findings[0].do) == (mode in ("cut", "empty"))


def test_a_server_that_is_not_there_is_said() -> None:
    """The 502 is ours; the finding is about the server."""
    with watching("http://127.0.0.1:1/v1") as found:
        assert b"cannot be reached" in sent(found, body=asked())
        [seen] = settled(found)
    assert "refused" == seen.word
    assert "Nothing answers at http://127.0.0.1:1" in seen.findings[0].says


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "said", "reason"),
    [
        ("/messages", {"messages": POEM, "max_tokens": 30}, "length"),
        # llama.cpp calls a response that reached its limit completed.
        ("/responses", {"input": WORDS, "max_output_tokens": 30}, "stop"),
    ],
)
def test_a_stream_of_another_api_is_judged_by_its_grammar(
    path: str, said: Any, reason: str
) -> None:
    """Its word, its text, its usage and its end."""
    body = json.dumps({"model": "m", "stream": True, "temperature": 0, **said}).encode()
    with watching(demo("")) as found:
        came = sent(found, path, body)
        [seen] = settled(found)
    assert ("streamed", reason) == (seen.word, seen.answer.finish_reason)
    pieces = [json.loads(line[6:]) for line in came.splitlines() if line.startswith(b"data: {")]
    assert seen.text == "".join(map(_added, pieces))
    assert 30 == seen.figures.completion_tokens


def _added(piece: dict[str, Any]) -> str:
    """Return the text that an event of either API adds."""
    delta = piece.get("delta", "")
    return delta if isinstance(delta, str) else delta.get("text", "")


def test_who_merges_calls_of_one_index_is_said_in_the_red_line() -> None:
    """And who does not, from results; the issue of a hundred threads about lost calls."""
    calls = [
        {"index": 0, "id": name, "function": {"name": name, "arguments": "{}"}}
        for name in ("get_weather", "get_time")
    ]
    pieces = [*(event({"tool_calls": [call]}) for call in calls), event({}, "tool_calls"), DONE]
    with recording_server(headers=STREAM, pieces=pieces) as server, watching(server.url) as found:
        sent(found, body=asked())
        [seen] = settled(found)
    [red] = [one for one in seen.findings if one.level == "fail"]
    assert "Two tool calls share index 0." == red.says
    assert "openai .stream(), llama-index, litellm, pydantic-ai" in red.do
    assert red.do.endswith(" merge them; langchain, ai-sdk, langchain-js do not.")


def test_a_proxy_leads_to_the_server_as_for_whoever_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told the whole address; its own password goes to it alone and is not kept."""
    with recording_server() as server, forwarding(server.url) as (port, told):
        monkeypatch.setenv("http_proxy", f"http://me:pass-word@127.0.0.1:{port}")
        with watching("http://oak.test:8000/v1") as found:
            assert b"hello" in sent(found, body=asked(stream=False))
            [seen] = settled(found)
    assert told[0].startswith(b"POST http://oak.test:8000/v1/chat/completions HTTP/1.1\r\n")
    assert b"\r\nHost: oak.test:8000\r\n" in told[0]
    assert b"\r\nProxy-Authorization: Basic bWU6cGFzcy13b3Jk\r\n" in told[0]
    assert "answered" == seen.word
    assert "pass-word" not in repr(vars(seen.recording))


@pytest.mark.parametrize(
    ("parts", "word"),
    [((event({"content": "a"}),), "stopped"), ((event({"content": "a"}, "stop"), DONE), "")],
    ids=["before", "after"],
)
def test_a_program_that_leaves_accuses_nobody(parts: tuple[bytes, ...], word: str) -> None:
    """Before the end it is not judged; after [DONE] it has heard everything."""
    answer = recording_server(headers=STREAM, pieces=[*parts, b"\n" * 9] * 2, pause_s=0.2)
    with answer as server, watching(server.url) as found:
        with posting(found, asked()) as asking:
            came = b""
            while parts[-1] not in came:
                came += asking.recv(65536)
        [seen] = settled(found)
    assert (word or "unclear") == seen.word
    assert not [one.name for one in seen.findings if one.level == "fail"]
    assert not word or seen.findings[0].says.startswith("The program left")


CARRIERS: dict[str, dict[str, Any]] = {
    "bearer": {"Authorization": f"Bearer {KEY}"},
    "x-api-key": {"x_api_key": KEY},
    "basic": {"Authorization": "Basic " + base64.b64encode(f"me:{KEY}".encode()).decode()},
    "cookie": {"Cookie": f"a=b; session={KEY}"},
    "query": {"path": f"/chat/completions?key={quote(KEY)}"},
    "api-key": {"api_key": KEY},
    "x-goog-api-key": {"x_goog_api_key": KEY},
    "any header": {"X_Grove": KEY},
    "path": {"path": f"/keys/{quote(KEY, safe='')}/chat/completions"},
    "query by shape": {"path": f"/chat/completions?oak={quote(KEY)}"},
    "body": {"body": asked(api_key=KEY)},
    "deep body": {"body": asked(extra_body={"auth": {"token": KEY}})},
    "gzip": {"body": gzip.compress(asked(api_key=KEY)), "Content_Encoding": "gzip"},
    "quoted cookie": {"Cookie": f'sid="{KEY}"'},
    "referer": {"Referer": f"https://oak.test/?token={quote(KEY)}"},
}
IN_BODIES: dict[str, bytes] = {
    "tool's server": asked(tools=[{"type": "mcp", "authorization": KEY}]),
    "tool's headers": asked(tools=[{"headers": {"X-Api-Key": f"Bearer {KEY}"}}]),
    "tool's header list": asked(tools=[{"headers": [{"name": "api-key", "value": KEY}]}]),
    "mcp servers": asked(mcp_servers=[{"authorization_token": KEY}]),
    "data source": asked(data_sources=[{"parameters": {"authentication": {"key": KEY}}}]),
    "address": asked(tools=[{"server_url": f"https://me:{quote(KEY, safe='')}@oak.test/"}]),
    "address's query": asked(image={"url": f"https://oak.test/a.png?sig={quote(KEY)}"}),
    "camel case": asked(metadata={"openAiKey": KEY}),
    "by shape": asked(user=KEY),
    "other names": asked(vertex={"private_key": KEY}, aws_secret_access_key=KEY, passwd=KEY),
    "twice": b'{"api_key": %b, "api_key": "x"}' % json.dumps(KEY).encode(),
    "broken": b'{"api_key": %b, }' % json.dumps(KEY).encode(),
    "a list": json.dumps([{"api_key": KEY}]).encode(),
    "with a BOM": b"\xef\xbb\xbf" + asked(api_key=KEY),
    "form": f"a=b&api_key={quote(KEY)}".encode(),
    "parts": b'--b\r\nContent-Disposition: form-data; name="token"\r\n\r\n%b' % KEY.encode(),
}


@pytest.mark.slow
def test_no_key_stays(tmp_path: Path) -> None:
    """It reaches the server, and nothing that is shown or kept holds it, however it is said."""
    said = [event({"content": f"{way} {text} "}) for way, text in SPELLINGS.items()]
    cut = [event({"content": KEY[:9]}), event({"content": KEY[9:]})]
    answer = [*said, *cut, event({}, "stop"), DONE]
    echoing = recording_server(headers=STREAM | {"X-Echo": KEY}, pieces=answer, pause_s=0)
    with echoing as server, watching(server.url) as found:
        for how in CARRIERS.values():
            assert b"".join(answer) == sent(found, **{"body": asked()} | how)
        seen, arrived = settled(found), server.seen
    for (carrier, how), one, came in zip(CARRIERS.items(), seen, arrived, strict=True):
        whole = json.dumps(came, default=lambda body: gzip.decompress(body).decode())
        assert Secrets([KEY]).found_in(whole.encode()), carrier
        echoed = "key-echoed" in [finding.name for finding in one.findings]
        assert echoed or {"path", "body"} & how.keys(), carrier
        assert not given_away(everything(one, tmp_path / carrier)), carrier


def test_no_key_of_a_body_stays_wherever_it_stands(tmp_path: Path) -> None:
    """Of tools and sources on other servers, too; what is no JSON is not kept at all."""
    answer = [event({"content": f"it is {KEY}"}, "stop"), DONE]
    with recording_server(headers=STREAM, pieces=answer) as server, watching(server.url) as found:
        for body in IN_BODIES.values():
            sent(found, body=body)
        seen = settled(found)
    for (name, body), one in zip(IN_BODIES.items(), seen, strict=True):
        assert not given_away(everything(one, tmp_path / name)), name
        reason = "" if body.lstrip(b"\xef\xbb\xbf")[:1] in b"[{" else "its request is not JSON, and"
        assert one.not_judged.startswith(reason)


def test_a_key_below_its_name_is_found() -> None:
    """In a list, an object or a schema; what a schema says of it is no key."""
    schema = {"type": "string", "description": "whose key it is", "default": "oak-at-noon"}
    for body in (
        asked(tools=[{"function": {"parameters": {"properties": {"api_key": schema}}}}]),
        asked(headers={"authorization": ["Bearer oak-at-noon"]}),
        asked(api_keys=[{"value": "oak-at-noon"}]),
    ):
        found = {value for _, value in carried("/v1/chat/completions", (), body)}
        assert {"oak-at-noon"} == found - {"Bearer oak-at-noon"}


@pytest.mark.parametrize(
    "body",
    [
        rb'{"max_tokens": 9, "hook": "https:\/\/me:oak-at-noon@a.b\/"}',
        b'{"max_tokens": 9, "hook": "https://me:oak-at-noon@a.b/"}',
        rb'{"user": "\u0073k-oak-at-noon-oak"}',
        b'{"tokens": ["oak-at-noon"]}',
    ],
)
def test_a_key_in_a_value_is_found_however_json_writes_it(body: bytes) -> None:
    """In a URL whose slashes are escaped, behind an escaped letter, in a list that is no count."""
    assert any("oak-at-noon" in value for _, value in carried("/v1/chat/completions", (), body))


def test_what_is_no_key_stays() -> None:
    """A key of the prompt cache, a word for no key, what a person says, and an address."""
    body = asked(prompt_cache_key="oak-grove", api_key="none", max_tokens=9, url="https://a.b/@c")
    assert () == carried("/v1/chat/completions", (), body)
    digest = 'Digest username="me", response="0123456789"'
    found = carried("/v1", (("Authorization", digest),), b"")
    assert ("0123456789" in dict(reversed(one) for one in found), len(found)) == (True, 2)


def test_a_short_key_is_masked_as_a_configured_one(tmp_path: Path) -> None:
    """Six letters are few, and yet they are the key."""
    answer = [event({"content": "it is zq7xw4"}), DONE]
    with recording_server(headers=STREAM, pieces=answer) as server, watching(server.url) as found:
        sent(found, body=asked(), Authorization="Bearer zq7xw4")
        [seen] = settled(found)
    assert "zq7xw4" not in everything(seen, tmp_path)


@pytest.mark.parametrize("path", ["/login", "/oauth/token", "/files", "/audio/transcriptions"])
def test_of_other_paths_nothing_is_kept(path: str) -> None:
    """They pass; their times and sizes are known, and no file is made."""
    files: list[WatchedExchange] = []
    answer = recording_server(body=b"the secret of the grove")
    with answer as server, watching(server.url, keep=files.append) as found:
        assert b"the secret of the grove" == sent(found, path, b"password=birch")
        [seen] = settled(found)
    assert [] == files
    assert (14, 23) == seen.sizes
    assert "birch" not in repr(vars(seen))
    assert "grove" not in repr(vars(seen))


def test_what_is_too_large_passes_and_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    """The recording, never the traffic."""
    monkeypatch.setattr(recorder, "MOST_BYTES", 1000)
    body = json.dumps({"choices": [], "x": "y" * 5000}).encode()
    with recording_server(body=body) as server, watching(server.url) as found:
        assert body == sent(found, body=asked())
        [seen] = settled(found)
    assert [] == seen.recording.reads
    assert seen.not_judged.startswith("it grew beyond")


@pytest.mark.slow
def test_without_bodies_no_word_stays(tmp_path: Path) -> None:
    """Times, sizes, form, parameters and the judgement do, also in the file."""
    with watching(demo("")) as found:
        sent(found, body=asked(max_tokens=12, temperature=0.5))
        [full] = settled(found)
    with watching(demo(""), bodies=False) as found:
        came = sent(found, body=asked(max_tokens=12, temperature=0.5))
        [seen] = settled(found)
    chunks = [json.loads(line[6:]) for line in came.split(b"\n\n") if line.startswith(b"data: {")]
    text = "".join(chunk["choices"][0]["delta"].get("content") or "" for chunk in chunks)
    said = everything(seen, tmp_path)
    assert len(text) > 12
    assert text not in said
    assert json.dumps(text)[1:-1] not in said
    assert WORDS not in said
    assert [one.name for one in full.findings] == [one.name for one in seen.findings]
    assert len(came) == sum(len(data) for _, data in seen.recording.reads)
    [loaded] = load(str(next(tmp_path.glob("*.har"))))
    assert [at for at, _ in loaded.reads] == pytest.approx(
        [at for at, _ in seen.recording.reads], abs=1e-6
    )
    assert {"stream": "true", "max_tokens": "12", "temperature": "0.5"} == seen.parameters


@pytest.mark.parametrize(
    ("body", "left"),
    [
        (b'{"role": "user", "content": "oa\\"k", "n": 3}',
         b'{"role": "user", "content": "*****", "n": 3}'),
        (b'data: {"a": ["oak", "elm"], "type": "x"}\n\ndata: [DONE]\n\n',
         b'data: {"a": ["***", "***"], "type": "x"}\n\ndata: [DONE]\n\n'),
        (b"<html>oak", b"*********"),
        (b"", b""),
    ],
)  # fmt: skip
def test_stars_leave_the_form(body: bytes, left: bytes) -> None:
    """As many bytes, the same names, the API's own words."""
    assert left == starred(body)


def test_a_packed_request_is_read_from_a_copy() -> None:
    """The server gets it as it was."""
    packing = packer("zstd")
    packed = packing.pack(asked(temperature=0.5)) + packing.end()
    with watching(demo("")) as found:
        sent(found, body=packed, Content_Encoding="zstd")
        [seen] = settled(found)
    assert "0.5" == seen.parameters["temperature"]
    assert len(packed) == seen.sizes[0]


def test_a_request_that_cannot_be_unpacked_accuses_nobody() -> None:
    """What was asked is unknown, so a stream is no answer to the wrong question."""
    answer = recording_server(headers=STREAM, pieces=[event({"content": "a"}, "stop"), DONE])
    with answer as server, watching(server.url) as found:
        for name in ("compress", "br"):
            sent(found, body=b"\x01packed", Content_Encoding=name)
        seen = settled(found)
    assert [
        (f"its request was packed in {name}, which could not be unpacked", ())
        for name in ("compress", "br")
    ] == [(one.not_judged, one.findings) for one in seen]
    assert b"\x01packed" == server.seen[0][2]
    assert b"" == seen[0].recording.request_body


def test_what_a_program_asked_for_is_judged_from_a_copy(tmp_path: Path) -> None:
    """Node's fetch and curl ask for br; who did not ask, cannot read it."""
    name = "br"
    said = event({"content": f"it is {KEY}"}, "stop")
    packing = packer(name)
    body = packing.pack(said) + packing.pack(DONE) + packing.end()
    answer = recording_server(body=body, headers=STREAM | {"Content-Encoding": name})
    with answer as server, watching(server.url) as found:
        for accepted in (f"gzip, {name}", "gzip"):
            headers = {"Accept_Encoding": accepted, "Authorization": f"Bearer {KEY}"}
            assert body == sent(found, body=asked(), **headers)
        good, bad = settled(found)
    assert "" == good.not_judged
    assert "bad-encoding" not in [one.name for one in good.findings]
    assert good.text.startswith("it is ***")
    assert ("not SSE", f"The body is compressed with {name}, which was not asked for.") == (
        bad.word, bad.findings[0].says,
    )  # fmt: skip
    assert not given_away(everything(good, tmp_path))


def test_an_answer_that_nobody_unpacks_is_not_accused() -> None:
    """The program may read it well."""
    answer = recording_server(body=b"\x01", headers=STREAM | {"Content-Encoding": "compress"})
    with answer as server, watching(server.url) as found:
        assert b"\x01" == sent(found, body=asked(), Accept_Encoding="compress")
        [seen] = settled(found)
    assert ("it came packed in compress, which cannot be unpacked here", ()) == (
        seen.not_judged,
        seen.findings,
    )


def test_the_newest_are_kept_for_the_owner_alone(tmp_path: Path) -> None:
    """As many as were asked for, in a folder that is closed to others."""
    folder = tmp_path / "watch"
    keep = [kept(seen, most=2, folder=folder) for seen in _three()]
    assert {path.name for path in keep[1:]} == {path.name for path in folder.iterdir()}
    assert [0o700, 0o600] == [one.stat().st_mode & 0o777 for one in (folder, keep[-1])]


def _three() -> list[WatchedExchange]:
    with recording_server() as server, watching(server.url) as found:
        for _ in range(3):
            sent(found, body=asked(stream=False))
        return settled(found)


def test_what_passes_too_fast_passes_unjudged(monkeypatch: pytest.MonkeyPatch) -> None:
    """The traffic does not wait for the judge."""
    monkeypatch.setattr(watcher, "MOST_WAITING", 0)
    with recording_server() as server, watching(server.url) as found:
        sent(found, body=asked(stream=False))
        assert [] == settled(found)
    assert (1, 1) == (found.begun, found.passed_unseen)


def test_what_passed_but_was_not_kept_hides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Gigabytes may pass, one after the other; what waits to be read is what was kept."""
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(out := io.BytesIO()))
    reporter = Reporter()
    large = RawExchange(0.0, "", "POST", "/v1/files", (), (), known=False, came_bytes=1 << 32)
    small = RawExchange(0.0, "", "POST", "/v1/chat/completions", (), (), known=True)
    small.reads = [(0.1, b"oak")] * 9
    for raw in (large, small) * 3:
        reporter.report_exchange(raw)
    reporter.report(stopped=True)
    assert until(lambda: b"stopped" in out.getvalue())
    assert b"unreported" not in out.getvalue()
    assert 6 == out.getvalue().count(b'"taken"')
    assert until(lambda: 0 == reporter._bytes == reporter._waiting)


def test_a_judge_that_fails_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """One exchange is lost, the next is judged."""
    wrong = iter([ValueError("no disk"), None])

    def keep(_: WatchedExchange) -> None:
        if error := next(wrong):
            raise error

    with recording_server() as server, watching(server.url, keep=keep) as found:
        for _ in range(2):
            sent(found, body=asked(stream=False))
        assert [2] == [one.number for one in settled(found)]


def test_a_port_that_is_taken_is_an_error() -> None:
    """And leaves nothing that listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        found = Watcher(resolve("http://127.0.0.1:1/v1"))
        with pytest.raises(OSError, match="in use"):
            found.start(taken.getsockname()[1])
    assert not found.running


def test_when_it_stops_nobody_listens() -> None:
    """What is open ends with it, and is judged."""
    with recording_server(headers=STREAM, pieces=[event({"content": "a"})] * 99, pause_s=0.1) as s:
        found = Watcher(resolve(s.url))
        found.start()
        url = urlsplit(found.base_url)
        with posting(found, b"{}") as asking:
            asking.recv(10)
            found.stop()
            assert ["stopped"] == [one.word for one in settled(found)]
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((url.hostname, url.port), 1)


@pytest.mark.parametrize("to", ["http://me:oak@127.0.0.1:1/v1", "http://127.0.0.1:1/v1?key=oak"])
def test_the_program_sends_its_own_secrets(to: str) -> None:
    """An address with a password or a query is refused, without a word of it."""
    with pytest.raises(AddressError) as refused:
        Watcher(resolve(to))
    assert "oak" not in str(refused.value)


def test_figures_are_plain_data() -> None:
    """Cached tokens too, in the place where this server says them."""
    [seen, *_] = _three()
    assert (1, 2 - 1, None) == (
        seen.figures.prompt_tokens,
        seen.figures.completion_tokens,
        seen.figures.cached_tokens,
    )
    assert {"first_text_s", "total_s"} <= asdict(seen.figures).keys()
