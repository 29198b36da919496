"""Small requests that cost nothing, and how their answers are classified."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from ...client.connection import Broken
from ...client.models import entries
from ...client.transport import get, post, ran_out
from ...diagnose.connection.no_answer import DOCTOR
from ...diagnose.diagnosis import diagnose
from ...diagnose.observed import alike, is_page
from ...endpoint import Endpoint
from ...finding import Finding
from ...wire.bounds import Bounds
from ...wire.builders.completion import full_answer
from ...wire.head import REDIRECTED
from ...wire.parsing import parsed
from ...wire.reading import Reading
from ...wire.recording import Recording
from ...wire.request import Request
from .known import CHAT as CHAT
from .known import LATE_PROBE_S, PROBE_S, Known

Kind = Literal["models", "exists", "key", "redirect", "page", "down", "silent", "absent"]
# A list of models may be this long; other answers are kept short, since only the start matters.
BOUNDS, BOUNDS_OF_OTHERS = Bounds(body_bytes=4 << 20), Bounds(body_bytes=1 << 18)
# No messages: a server that knows the path refuses this, and none generates tokens for it.
EMPTY = Request(raw=b"{}")


async def probe(
    known: Known, path: str, *, method: str = "GET", key: bool = True,
    headers: Sequence[tuple[str, str]] = (), request: Request = EMPTY,
) -> Recording:  # fmt: skip
    """The recording of one request below the origin, whatever the outcome.

    key:      False sends none, even if one is named
    headers:  in addition to the endpoint's own
    """
    endpoint = known.asked_at("", key=key)
    endpoint = replace(endpoint, headers=(*endpoint.headers, *headers))
    bounds = BOUNDS if method == "GET" else BOUNDS_OF_OTHERS
    recording = Recording(method, f"{known.origin}{path}", bounds=bounds)
    patient_s = LATE_PROBE_S if known.silent_s else PROBE_S
    limit_s = min(patient_s, endpoint.limits.first_chunk_s)
    try:
        async with asyncio.timeout(limit_s):
            if method == "GET":
                await get(endpoint, path, recording)
            else:
                await post(endpoint, request, recording, lambda: False, path=path)
    except TimeoutError:
        ran_out(recording, "first", limit_s)
    except Broken as broken:
        recording.cause, recording.detail = broken.cause, broken.detail
    known.echoed = known.echoed or recording.echoed
    return recording


def nowhere(base: str) -> str:
    """A path below a base that cannot exist."""
    return f"{base}/{secrets.token_hex(8)}"


def kind_at(recording: Recording, random: Recording) -> Kind:
    """What a path is, by its own answer and the answer to a path that cannot exist."""
    status = recording.status
    if status is None:
        # If a nonsense path is refused at once and this one keeps us waiting, this one exists.
        return "exists" if recording.cause == "first" and random.status is not None else "silent"
    if 300 <= status < 400:
        return "redirect"
    if status == 200 and _is_list(recording):
        return "models"
    if status == 200 and full_answer(recording.body).choices:
        return "exists"
    if status in (401, 403) and random.status == status and not is_page(recording):
        # Everything here asks for a key, so the path may be right.
        return "key"
    if alike(recording, random) and not (is_page(recording) and status in (200, 502, 503, 504)):
        return "absent"
    if status in (404, 405, 501):
        return "absent"
    if is_page(recording):
        return "down" if status in (502, 503, 504) else "page"
    if status in (401, 403):
        return "key"
    return "down" if status in (502, 504) else "exists"


def _is_list(recording: Recording) -> bool:
    """Whether the answer is a list of models, even an empty one."""
    body = parsed(recording.body)
    listed = body.get("data", body.get("models")) if isinstance(body, dict) else body
    return bool(entries(recording)) or (isinstance(listed, list) and not listed)


def explained(recording: Recording, endpoint: Endpoint) -> Finding:
    """The diagnosis of an answer."""
    found = _diagnosed(recording, endpoint)[0]
    # The advice to open this notebook is dropped: the reader is already there.
    return replace(found, do=found.do.removesuffix(DOCTOR).strip())


def behind_a_redirect(recording: Recording, endpoint: Endpoint) -> Finding | None:
    """The remark that an answer came behind a redirect, None if it did not."""
    found = _diagnosed(recording, endpoint)
    return next((one for one in found if (one.name, one.level) == (REDIRECTED, "remark")), None)


def _diagnosed(recording: Recording, endpoint: Endpoint) -> tuple[Finding, ...]:
    reading = Reading(recording, streamed=False)
    reading.catch_up()
    return diagnose(reading, endpoint=endpoint)
