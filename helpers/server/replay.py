"""A recording served again: the answers in a HAR file, byte for byte, at their original times."""

from __future__ import annotations

import asyncio
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import suppress
from itertools import accumulate
from pathlib import Path
from urllib.parse import urlsplit

from ..endpoint import NOT_RECORDED, REPLAY, AddressError, is_built_in, shown
from ..files import json_in
from ..places import home, out
from ..wire.har import from_har
from ..wire.recording import Recording
from ..wire.request import OPERATIONS
from .events import until
from .http1 import Body, HangupError, Headers, Reply, Request, header, without
from .replies import completion, error_reply, json_reply
from .upstream import Ask

RECORDING = Path(__file__).with_name("recordings") / "tree.har"

_SPEED = re.compile(r"@(0|[0-9.]+x)$")
KEPT = out() / "recordings"
# What passed through `watch`: other programs' traffic, kept apart from our own.
WATCHED = KEPT / "watch"
SHIPPED = Path(__file__).parent / "recordings"

AFTER_A_TOOL = "Noted."

Kind = tuple[str, str, bool]


class Replay:
    """The exchanges of a recording; those of one kind answer requests of that kind in turn.

    A kind is a method, an operation such as /chat/completions, and whether it wants a stream. A
    request that sends back a tool's result gets a short fixed answer if none was ever recorded.

    asked:  how many requests have come
    """

    def __init__(self, recordings: Sequence[Recording]) -> None:
        self._answers: defaultdict[Kind, list[Recording]] = defaultdict(list)
        for recording in recordings:
            self._answers[_kind(_request(recording))].append(recording)
        names = (_request(recording).json.get("model") for recording in recordings)
        self._models = list(dict.fromkeys(name for name in names if isinstance(name, str)))
        self._given: Counter[Kind] = Counter()
        self._goes_on = any(_brings_results(_request(recording)) for recording in recordings)
        self.asked = 0

    def at(self, pace: float) -> Ask:
        """An `Ask` that takes `pace` times as long as recorded: 1 as recorded, 0 at once."""

        async def ask(request: Request) -> Reply:
            kind = _kind(request)
            self.asked += 1
            if _brings_results(request) and not self._goes_on:
                return completion(request, [("content", AFTER_A_TOOL)])
            if recordings := self._answers.get(kind):
                recording = recordings[self._given[kind] % len(recordings)]
                self._given[kind] += 1
                return await _played(recording, request.received_s, pace)
            return self._models_named() if request.lists_models else self._missing(request, kind)

        return ask

    def _models_named(self) -> Reply:
        """List the models that the recorded requests name."""
        data = [
            {"id": n, "object": "model", "created": 0, "owned_by": REPLAY} for n in self._models
        ]
        return json_reply(200, {"object": "list", "data": data})

    def _missing(self, request: Request, kind: Kind) -> Reply:
        asked = f"{request.method} {request.path}"
        other = (*kind[:2], not kind[2]) in self._answers
        hint = f" It has one {'without' if kind[2] else 'with'} stream." if other else ""
        words = f"The recording has no answer to {asked}.{hint}"
        return error_reply(404, words, code=NOT_RECORDED)


def loaded(path: Path) -> Replay:
    """The replay of a file.

    raises:  ValueError, saying what was expected
    """
    try:
        har = json_in(path)
    except ValueError as error:
        raise ValueError(f"Expected a HAR 1.2; got {error}.") from None
    recordings = from_har(har)
    if not recordings:
        raise ValueError("Expected a HAR with an exchange in it; got an empty one.")
    return Replay(recordings)


def parted(address: str) -> tuple[str, str]:
    """Split what follows `replay:` into file and speed, "" for the recorded speed."""
    speed = _SPEED.search(address)
    return (address[: speed.start()], speed[1]) if speed else (address, "")


def pace_of(speed: str) -> float:
    """The factor for the recorded times: 0.1 for "10x", and 0, meaning at once, for "0".

    raises:  ValueError for anything else
    """
    if speed in ("", "0"):
        return 0.0 if speed else 1.0
    try:
        times = float(speed.removesuffix("x"))
    except ValueError:
        times = 0.0
    if not 0.01 <= times <= 1000:
        raise ValueError(f"Expected a speed from 0.01x to 1000x; got {speed[:20]}.")
    return 1 / times


def file_at(typed: str) -> Path:
    """Find a recording: in the working directory, the repository, or among kept and shipped ones.

    raises:  AddressError
    """
    # A name that is too long, or the home of an unknown user, is no file either.
    with suppress(OSError, RuntimeError):
        path = Path(typed).expanduser()
        for folder in (Path(), home(), KEPT, WATCHED, SHIPPED):
            if (folder / path).is_file():
                return (folder / path).resolve()
    if is_built_in(typed) or typed.startswith(("http://", "https://")):
        raise AddressError(
            "a recording", f"{shown(typed)!r}, the address of an endpoint",
            "03_stream keeps a recording of what comes from there, and prints its path. Type that "
            "behind replay: as in replay:out/recordings/FILE.har.",
        )  # fmt: skip
    came = f"{shown(typed)!r}, which does not exist" if typed else "nothing"
    with suppress(OSError, RuntimeError):
        came = f"{shown(typed)!r}, a folder" if typed and Path(typed).is_dir() else came
    raise AddressError(
        "the file of a recording", came,
        "Give its path, such as out/stream.har. As an address it is replay:out/stream.har; @10x "
        "behind it plays it at ten times the speed, @0 all at once.",
        headline="There is no such recording",
    )  # fmt: skip


def timing_errors_s(recorded: Recording, replayed: Recording, *, pace: float = 1.0) -> list[float]:
    """How late each recorded read was when replayed, in seconds.

    Reads may be merged in transit, so a read has arrived when its last byte has.
    """
    ends = list(accumulate(len(data) for _, data in replayed.reads))
    due = accumulate(len(data) for _, data in recorded.reads)
    errors, place = [], 0
    for (at_s, _), end in zip(recorded.reads, due, strict=True):
        while place < len(ends) and ends[place] < end:
            place += 1
        if place == len(ends):
            break
        errors.append(replayed.reads[place][0] - at_s * pace)
    return errors


async def _played(recording: Recording, start_s: float, pace: float) -> Reply:
    if recording.status is None:
        await until(start_s + (recording.end_s or 0.0) * pace)
        raise HangupError("there was no answer when it was recorded either")
    await until(start_s + (recording.headers_s or 0.0) * pace)
    body = _timed(recording, start_s, pace)
    return Reply(recording.status, _headers(recording), body, recording.reason)


async def _timed(recording: Recording, start_s: float, pace: float) -> Body:
    for at_s, data in recording.reads:
        await until(start_s + at_s * pace)
        if data:
            yield data
    if recording.end == "limit":
        await asyncio.Event().wait()
    await until(start_s + (recording.end_s or 0.0) * pace)
    if recording.end in ("broken", "closed"):
        raise HangupError("it ended here when it was recorded, too")


def _headers(recording: Recording) -> Headers:
    """The recorded headers, adjusted to the body that is sent now."""
    kept = recording.headers
    if recording.encoding_undone:
        kept = without(kept, "content-encoding")
    if header(kept, "content-length") and (recording.end == "eof" or kept != recording.headers):
        size = sum(len(data) for _, data in recording.reads)
        kept = (*without(kept, "content-length"), ("Content-Length", str(size)))
    return kept


def _brings_results(request: Request) -> bool:
    """Whether a chat ends with a tool's result."""
    messages = request.json.get("messages")
    last = messages[-1] if isinstance(messages, list) and messages else None
    return isinstance(last, dict) and last.get("role") == "tool"


def _kind(request: Request) -> Kind:
    path = request.path.rstrip("/")
    known = next((name for name in OPERATIONS if path.endswith(name)), None)
    return request.method, known or path.rpartition("/v1")[2], request.streams


def _request(recording: Recording) -> Request:
    path = urlsplit(recording.url).path
    return Request(recording.method, path, "HTTP/1.1", (), recording.request_body)
