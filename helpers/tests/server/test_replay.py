"""A recording served again says the same bytes at the same times, to any client."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from helpers.client.chat import ask
from helpers.client.exchange import Exchange
from helpers.diagnose.diagnosis import diagnose
from helpers.endpoint import AddressError, resolve
from helpers.server.builtin import opened
from helpers.server.replay import RECORDING, pace_of, parted, timing_errors_s
from helpers.tests.support.asking import Came, asked
from helpers.tests.support.recordings import SSE, Read, recorded, timed
from helpers.wire.har import to_har
from helpers.wire.reading import read
from helpers.wire.recording import Recording
from helpers.wire.request import chat

EVENTS = [
    b'data: {"id":"a","choices":[{"index":0,"delta":{"role":"assistant","content":"A tree"}}]}\n\n',
    b'data: {"id":"a","choices":[{"index":0,"delta":{"content":" stands \xf0\x9f',
    b'\x8c\xb3"}}]}\n\ndata: {"id":"a","choices":[{"index":0,"delta":{"content":"."}}]}\n\n',
    b'data: {"id":"a","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n',
    b"data: [DONE]\n\n",
]
READS = timed(*EVENTS, every_s=0.05)
STREAM = {"model": "m", "messages": [], "stream": True}


def recording(reads: list[Read] = READS, **changes: Any) -> Recording:
    """Return a recorded stream of five reads, 50 ms apart."""
    facts = {
        "url": "http://server.example/api/v1/chat/completions",
        "request_body": json.dumps(STREAM).encode(),
        "reason": "Quite OK",
        "headers": (*SSE, ("X-Served-By", "then")),
        "headers_s": 0.02,
        "end_s": 0.27,
    }
    return recorded(reads, **facts | changes)


def kept(folder: Path, *recordings: Recording) -> Path:
    """Return the file that holds the recordings."""
    path = folder / "kept.har"
    path.write_text(json.dumps(to_har(recordings)), "utf-8")
    return path


def replayed(path: Path, speed: str = "", body: dict[str, Any] | None = None) -> Came:
    """Return what comes when the recorded chat is asked for again."""
    endpoint = asyncio.run(opened(resolve(f"replay:{path}{speed}")))
    return asked(endpoint, "POST", "/chat/completions", json.dumps(body or STREAM).encode())


def exchange(path: Path, speed: str = "") -> Exchange:
    """Return the exchange of the kit's own client with the replay."""

    async def asking() -> Exchange:
        return await ask(await opened(resolve(f"replay:{path}{speed}", model="m")), chat("a tree"))

    return asyncio.run(asking())


def test_status_headers_and_bytes_come_as_recorded(tmp_path: Path) -> None:
    """What is hop by hop is made anew; the rest is what came then."""
    came = replayed(kept(tmp_path, recording()), "@0")
    assert came.status == 200
    assert (came.headers["content-type"], came.headers["x-served-by"]) == (
        "text/event-stream", "then",
    )  # fmt: skip
    assert came.body == b"".join(EVENTS)


def test_each_recorded_read_is_a_read_again_and_on_time(tmp_path: Path) -> None:
    """Nothing comes before its moment, and the kit's judge says the same word."""
    then = recording()
    now = exchange(kept(tmp_path, then)).recording
    assert [data for _, data in now.reads] == EVENTS
    errors = timing_errors_s(then, now)
    assert len(errors) == len(EVENTS)
    assert min(errors) > -0.005
    assert diagnose(read(now))[0].name == diagnose(read(then))[0].name


def test_a_hundred_times_faster_takes_a_hundredth(tmp_path: Path) -> None:
    """Waits shrink, and their proportions stay."""
    then = recording(timed(*EVENTS, every_s=4), end_s=21)
    now = exchange(kept(tmp_path, then), "@100x").recording
    assert 0.2 < (now.end_s or 0) < 15
    assert min(timing_errors_s(then, now, pace=0.01)) > -0.005


def test_at_once_waits_for_nothing(tmp_path: Path) -> None:
    """An hour's stream is there before a client loses its patience."""
    slow = recording([(3600.0, b"".join(EVENTS))], end_s=3600.0)
    assert replayed(kept(tmp_path, slow), "@0").body == b"".join(EVENTS)


def test_exchanges_of_a_kind_are_answered_in_turn(tmp_path: Path) -> None:
    """A stream is never the answer to who wants none; two streams come one after the other."""
    full = recording(
        [(0.0, b'{"full": 1}')], request_body=b'{"model": "m"}',
        headers=(("Content-Type", "application/json"), ("Content-Length", "11")),
    )  # fmt: skip
    second = recording([(0.0, EVENTS[-1])])
    path = kept(tmp_path, recording(), full, second)
    endpoint = asyncio.run(opened(resolve(f"replay:{path}@0")))
    body = json.dumps(STREAM).encode()
    bodies = [asked(endpoint, "POST", "/chat/completions", body).body for _ in range(3)]
    assert bodies == [b"".join(EVENTS), EVENTS[-1], b"".join(EVENTS)]
    plain = asked(endpoint, "POST", "/chat/completions", b'{"model": "m"}')
    assert (plain.body, plain.headers["content-length"]) == (b'{"full": 1}', "11")


def test_what_it_lacks_is_a_404_in_words(tmp_path: Path) -> None:
    """It says when the other way of asking would find something; models it can always list."""
    path = kept(tmp_path, recording())
    came = replayed(path, body={"model": "m"})
    assert came.status == 404
    assert came.json["error"]["message"] == (
        "The recording has no answer to POST /v1/chat/completions. It has one with stream."
    )
    endpoint = asyncio.run(opened(resolve(f"replay:{path}")))
    assert asked(endpoint, "GET", "/models").json["data"][0]["id"] == "m"


@pytest.mark.parametrize(("end", "cut"), [("eof", False), ("broken", True), ("closed", True)])
def test_it_ends_as_it_ended_then(tmp_path: Path, end: str, cut: bool) -> None:
    """A connection that was lost is lost again; one that nobody waited for ends there."""
    came = replayed(kept(tmp_path, recording(end=end)), "@0")
    assert came.body == b"".join(EVENTS)
    assert came.cut is cut


def test_no_answer_is_no_answer_again(tmp_path: Path) -> None:
    """The connection closes where none came."""
    nothing = recording([], status=None, headers=(), headers_s=None, end="broken")
    failure = exchange(kept(tmp_path, nothing)).failure
    assert failure is not None
    assert failure.name == "reset"


def test_a_file_is_found_beside_the_notebook_and_in_the_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A path counts from the working directory first, from the repository then."""
    kept(tmp_path, recording())
    monkeypatch.chdir(tmp_path)
    shipped = RECORDING.relative_to(Path(__file__).parents[3])
    for typed in ("kept.har", shipped.as_posix()):
        endpoint = asyncio.run(opened(resolve(f"replay:{typed}@0")))
        assert endpoint.base_url == f"replay:{typed}@0"
        assert asked(endpoint, "GET", "/models").status == 200


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    """What is opened is the file as it is now."""
    path = kept(tmp_path, recording())
    assert replayed(path, "@0").body == b"".join(EVENTS)
    kept(tmp_path, recording([(0.0, EVENTS[-1])]))
    assert replayed(path, "@0").body == EVENTS[-1]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "', which does not exist. Give its path"),
        ("no json", "got something that is not JSON"),
        ("{}", "Expected a HAR 1.2 with log.entries"),
        ('{"log": {"entries": []}}', "got an empty one"),
        (b"\xff\xfe", "got something that is not JSON"),
    ],
)
def test_a_file_that_is_none_is_an_address_error(
    tmp_path: Path, content: str | bytes | None, says: str
) -> None:
    """It says what is wrong with it and what to give."""
    path = tmp_path / "bad.har"
    if content is not None:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(AddressError, match=r"replay:out/stream|Give a HAR file") as caught:
        asyncio.run(opened(resolve(f"replay:{path}")))
    assert says in str(caught.value)


def test_no_path_comes_over_http() -> None:
    """A request can name a recording by its number alone."""
    endpoint = asyncio.run(opened(resolve(f"replay:{RECORDING}@0")))
    path = str(RECORDING).replace("/", "%2F")
    server, _, route = endpoint.url.rpartition("/replay:")
    kept = route.partition("@")[0]
    for route in (f"replay:{path}", "replay:0", "replay:", f"replay:{kept}@{path}"):
        url = f"{server}/{route}/v1"
        came = asked(resolve(url), "GET", "/models")
        assert came.status == (400 if "@" in route else 404)


@pytest.mark.parametrize(
    ("address", "parts", "pace"),
    [
        ("a.har", ("a.har", ""), 1.0),
        ("a@b.har", ("a@b.har", ""), 1.0),
        ("C:\\a.har@10x", ("C:\\a.har", "10x"), 0.1),
        ("a.har@0.5x", ("a.har", "0.5x"), 2.0),
        ("a.har@0", ("a.har", "0"), 0.0),
    ],
)
def test_a_speed_stands_behind_the_file(address: str, parts: tuple[str, str], pace: float) -> None:
    """Only what looks like a speed is one; a file's name may hold an at sign."""
    assert parted(address) == parts
    assert pace_of(parts[1]) == pytest.approx(pace)


@pytest.mark.parametrize("speed", ["0x", "1.2.3x", "5000x"])
def test_a_speed_that_is_none_is_refused(speed: str) -> None:
    """It stands behind the at sign and is no speed, so it is no part of a name either."""
    with pytest.raises(AddressError, match="a speed such as 10x"):
        asyncio.run(opened(resolve(f"replay:{RECORDING}@{speed}")))
