"""One job asked: its row and its line, or how long to leave the server alone."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from itertools import count
from secrets import token_hex
from typing import Any

from ...client.chat import begin, complete
from ...client.exchange import Exchange
from ...endpoint import Endpoint
from ...finding import Finding
from ...wire.bounds import LARGE, Bounds, values
from ...wire.builders.builder import usage_of
from ...wire.parsing import as_object, parsed, strict
from ...wire.retry import retry_after_s, used_up_s
from ...wire.server_error import server_error
from ..prompt_file.job import Job
from .row import BEGINNING, Row, own_field

BUSY = (429, 503, 529)
# The server is down or could not be reached, so no prompt is to blame.
_AWAY = ("refused", "connect-timeout", "unreachable", "dns", "proxy")
_PASSING = (408, 500, 502, 504, 520, 522, 524)
_LOST = ("reset", "protocol", "framing", "other")
_LATE = ("first", "silence", "whole")
# How much is kept of a refusal that is not JSON.
_LONGEST_WORDS = 2000
MOST_VALUES = Bounds().values
# A line's id consists of a random part per process and a number.
_RUN, _numbers = token_hex(8), count()


@dataclass(frozen=True)
class Attempt:
    """The outcome of one try.

    finding:    what is wrong, None for an answer
    busy:       the server wants fewer requests or is down; the prompt remains to be asked
    passing:    another try may well succeed
    late:       it ran into a time limit
    away:       a proxy says that the server behind it is down, which a prompt may have caused
    status:     the answer's, or that of an error which came with 200
    wait_s:     how long a failing server asks to be left alone, None if it does not say
    used_up_s:  like `wait_s`, for a limit that this answer used up
    """

    row: Row
    line: bytes
    finding: Finding | None = None
    busy: bool = False
    passing: bool = False
    late: bool = False
    away: bool = False
    status: int | None = None
    wait_s: float | None = None
    used_up_s: float | None = None


async def asked(endpoint: Endpoint, job: Job, tries: int) -> Attempt:
    """The outcome of asking a job once.

    tries:   how many tries this makes
    raises:  CancelledError
    """
    request = job.request(endpoint.model)
    exchange = begin(endpoint, request)
    await complete(exchange, sibling=False)
    recording = exchange.recording
    value, raw = _read(exchange.reading.body or recording.body, vectors=job.api == "embeddings")
    finding = _judged(exchange, job, value)
    status = _status(exchange, finding, value)
    busy = finding is not None and _is_busy(exchange, finding, status)
    late = recording.end == "limit" and recording.cause in _LATE
    row = _row(exchange, job, value, finding=finding, tries=tries)
    return Attempt(
        row, _line(row, exchange, raw, finding), finding, busy=busy,
        passing=finding is not None and not busy and (late or _is_passing(exchange, status)),
        late=late,
        away=finding is not None and (finding.name, status) == ("proxy-error", 502), status=status,
        wait_s=retry_after_s(recording) if finding else None,
        used_up_s=None if finding else used_up_s(recording),
    )  # fmt: skip


def _read(body: bytes, *, vectors: bool) -> tuple[Any, bytes]:
    """The value of a body, and the body as JSON on one line; as a string if it is not JSON.

    vectors:  whether it may hold as many numbers as its size allows
    """
    most, large = MOST_VALUES, len(body) > LARGE and not vectors
    if large and values(body.decode("latin-1"), enough=most) > most:
        return None, json.dumps(body[:_LONGEST_WORDS].decode("utf-8", "replace")).encode()
    try:
        # Valid JSON has line ends only between its values.
        return strict(body), b" ".join(
            body.splitlines()
        ) if b"\n" in body or b"\r" in body else body
    except ValueError:
        value = parsed(body)
    content = body[:_LONGEST_WORDS].decode("utf-8", "replace") if value is None else value
    return value, json.dumps(content).encode()


def _judged(exchange: Exchange, job: Job, value: Any) -> Finding | None:
    """What is wrong with an answer, None if nothing is."""
    recording = exchange.recording
    if job.api != "embeddings" or recording.status != 200 or recording.end != "eof":
        return None if exchange.sound else exchange.failure
    data = value.get("data") if isinstance(value, dict) else None
    count = sum(bool(_vector(one)) for one in data) if isinstance(data, list) else 0
    texts = _texts(job.body.get("input"))
    if count and count == texts:
        return None
    if count:
        sentence = f"{count} of {texts} embeddings came."
        return Finding("no-vectors", "fail", sentence, do="Send fewer texts in one request.")
    return Finding("no-vectors", "fail", "No embeddings came.", do="Ask a model that embeds.")


def _vector(value: Any) -> Any:
    """The embedding in an item of the answer, None if there is none."""
    return value.get("embedding") if isinstance(value, dict) else None


def _texts(asked: Any) -> int:
    """How many texts are to be embedded: one, or each of a list; a list of tokens is one."""
    several = isinstance(asked, list) and asked and not isinstance(asked[0], int)
    return len(asked) if several else 1


def _status(exchange: Exchange, finding: Finding | None, value: Any) -> int | None:
    """The answer's status; for an error that came with 200, the one it names, or else 500."""
    if finding is None or finding.name != "json-error":
        return exchange.recording.status
    error = server_error(value)
    code = error.code if error else ""
    return int(code) if re.fullmatch(r"[45]\d\d", code, re.ASCII) else 500


def _is_busy(exchange: Exchange, finding: Finding, status: int | None) -> bool:
    if status in BUSY:
        return finding.name != "no-credit"
    return status is None and exchange.recording.cause in _AWAY


def _is_passing(exchange: Exchange, status: int | None) -> bool:
    recording = exchange.recording
    return status in _PASSING or (recording.end == "broken" and recording.cause in _LOST)


def _row(
    exchange: Exchange, job: Job, value: Any, *, finding: Finding | None, tries: int
) -> Row:  # fmt: skip
    answer = exchange.answer
    usage, text = answer.usage, answer.text
    if usage is None:
        # Usage of an answer without text, such as a vector, counts, too.
        usage = usage_of(as_object(as_object(value).get("usage")))
    return Row(
        job.custom_id, job.fingerprint, exchange.endpoint.base_url,
        kind=finding.name if finding else "", says=finding.says if finding else "",
        status=exchange.recording.status, finish_reason=(answer.finish_reason or "")[:BEGINNING],
        begins=text[:BEGINNING], characters=len(text), prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens, time_s=exchange.recording.end_s, tries=tries,
    )  # fmt: skip


def _line(row: Row, exchange: Exchange, raw: bytes, finding: Finding | None) -> bytes:
    """A line in the format of Batch output files, holding the answer exactly as it came."""
    status, header = exchange.recording.status, exchange.recording.header("x-request-id")
    error = {"code": finding.name, "message": finding.says} if finding else None
    first = f'{{"id": "batch_req_{_RUN}{next(_numbers):08x}", "custom_id": {_dumped(row.custom_id)}'
    last = _dumped({"error": error, **own_field(row)})[1:]
    middle, closed = ', "response": null', ""
    if status is not None:
        middle = (
            f', "response": {{"status_code": {status}, "request_id": {_dumped(header)}, "body": '
        )
        closed = "}"
    body = raw if status is not None else b""
    return b"".join([first.encode(), middle.encode(), body, f"{closed}, {last}\n".encode()])


_dumped = json.JSONEncoder().encode
