"""Send a request to an endpoint and record its answer."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Callable
from dataclasses import replace

from ..diagnose.observed import alike, server_words
from ..endpoint import Endpoint, is_replay
from ..wire.answer import Delta
from ..wire.recording import Cause, Recording
from ..wire.request import Request
from ..wire.retry import retry_after_s
from .connection import Broken
from .exchange import Dropped, Exchange
from .keys import key_state
from .models import ModelList, list_models
from .transport import post, prepare, ran_out

# After the finish reason, only usage, [DONE] and the end of the body remain to come.
CLOSING_S = 5.0
# A silence limit may fire late by at most this fraction of itself.
LATE = 0.05
# How long to wait for a busy server that names no time, such as one loading its model.
PATIENCE_S = 5.0
SIBLING_S = 5.0

Watch = Callable[[Exchange, list[Delta]], None]


async def ask(
    endpoint: Endpoint,
    request: Request,
    *,
    watch: Watch | None = None,
    forgiving: bool = False,
) -> Exchange:
    """The exchange of one request; whatever goes wrong is in its findings.

    watch:      called with the exchange and its new deltas, after each network read
    forgiving:  as in `complete`
    raises:     CancelledError only; use `begin` and `complete` to keep what came until then
    """
    exchange = begin(endpoint, request)
    await complete(exchange, watch=watch, forgiving=forgiving)
    return exchange


def begin(endpoint: Endpoint, request: Request, *, models: ModelList | None = None) -> Exchange:
    """An exchange that is ready to be sent by `complete`.

    models:  a list fetched earlier; if it is this endpoint's and not empty, a model is chosen
             from it without fetching it again
    raises:  ValueError for a built-in endpoint that was not opened
    """
    if not endpoint.url:
        raise ValueError(
            f"Expected an address; {endpoint.name} is not running. Open it first: "
            "endpoint = await opened(endpoint), from the server's builtin module."
        )
    if request.model:
        return Exchange(endpoint, request)
    if endpoint.model:
        return Exchange(endpoint, replace(request, model=endpoint.model))
    known = models and models.names and models.recording.url.startswith(f"{endpoint.url}/models")
    return Exchange(endpoint, request, models=models if known else None)


async def complete(
    exchange: Exchange,
    *,
    watch: Watch | None = None,
    forgiving: bool = False,
    sibling: bool = True,
) -> None:
    """Send the exchange and wait until its answer is complete or has failed.

    forgiving:  retry once without the parameters that were refused by name, and once if a busy
                server names a wait within the limits
    sibling:    after a 404, tell a wrong path from a missing model by one more request
    raises:     CancelledError, after closing the socket and marking the exchange as stopped
    """
    if cause := _unsendable(exchange):
        exchange.not_sent(*cause)
        return
    try:
        if not exchange.request.model and not await _choose_model(exchange):
            return
        await _send(exchange, watch)
        if forgiving and await _waited(exchange):
            await _send(exchange, watch)
        if forgiving and _drop_refused(exchange):
            await _send(exchange, watch)
        tell = sibling and not is_replay(exchange.endpoint.base_url)
        if tell and exchange.recording.status == 404:
            await _ask_a_sibling(exchange)
    except asyncio.CancelledError:
        exchange.recording.end = "closed"
        raise
    finally:
        # Bytes that arrived together with the end, or the cancellation, still count.
        exchange.reading.catch_up()


def _unsendable(exchange: Exchange) -> tuple[Cause, str] | None:
    """Why the request cannot be sent, None if it can."""
    key = key_state(exchange.endpoint)
    if not key.usable:
        return ("key-malformed", key.problem) if key.is_set else ("key-not-set", "")
    wrong = exchange.request.unsendable
    return ("bad-call", wrong) if wrong else None


async def _choose_model(exchange: Exchange) -> bool:
    """Choose the first chat model the endpoint lists; False if it cannot be asked at all."""
    models = exchange.models = exchange.models or await list_models(exchange.endpoint)
    if not models.chosen:
        # The chat would have failed the way the list did, so the list's failure becomes the chat's.
        models.reading.streamed = False
        exchange.recording, exchange.reading = models.recording, models.reading
        return False
    exchange.request = replace(exchange.request, model=models.chosen)
    exchange.endpoint = exchange.endpoint.with_model(models.chosen)
    return True


async def _send(exchange: Exchange, watch: Watch | None) -> None:
    exchange.start_over()
    await prepare(exchange.endpoint)
    recording, pace = exchange.recording, _Pace(exchange)

    def on_read() -> bool:
        deltas = exchange.reading.catch_up()
        pace.note(deltas)
        if watch:
            watch(exchange, deltas)
        return bool(exchange.reading.limit)

    try:
        async with pace.timeout:
            await post(exchange.endpoint, exchange.request, recording, on_read)
            # Only the end of the body completes a full answer, or a last line without a line end.
            on_read()
    except TimeoutError:
        ran_out(recording, pace.limit, pace.limit_s)
    except Broken as broken:
        recording.cause, recording.detail = broken.cause, broken.detail
        deltas = exchange.reading.catch_up()
        if watch and deltas:
            watch(exchange, deltas)
    if recording.end == "limit" and not recording.cause:
        recording.cause = "bound"


class _Pace:
    """The time limits of one request: to its first output, for silence, for the whole."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._clock = asyncio.get_running_loop().time
        self._began = self._clock()
        limits = exchange.endpoint.limits
        # A full answer may use the whole time; only a stream has a first chunk to wait for.
        self.limit: Cause = "first"
        self.limit_s = limits.first_chunk_s if exchange.streamed else limits.whole_s
        self._deadline = self._began + self.limit_s
        self.timeout = asyncio.timeout_at(self._deadline)

    def note(self, deltas: list[Delta]) -> None:
        """Set the next limit; only output resets the silence, keep-alive comments do not."""
        if self.limit == "closing":
            return
        # Not `answer.finish_reason`: building the answer at every read costs more than reading it.
        ended = alive = self._exchange.reading.done
        for delta in deltas:
            ended = ended or delta.finish_reason is not None
            alive = alive or delta.has_output
        if ended:
            self._set("closing", CLOSING_S, self._clock() + CLOSING_S)
        elif alive:
            self._wait_on()

    def _wait_on(self) -> None:
        """Restart the silence limit, within the limit for the whole."""
        limits = self._exchange.endpoint.limits
        silent_at, whole_at = self._clock() + limits.silence_s, self._began + limits.whole_s
        if silent_at >= whole_at:
            self._set("whole", limits.whole_s, whole_at)
        elif self.limit != "silence" or silent_at > self._deadline:
            # Rescheduling costs as much as reading a chunk, so the alarm may ring a little late.
            late_s = limits.silence_s * LATE
            self._set("silence", limits.silence_s, min(silent_at + late_s, whole_at))

    def _set(self, limit: Cause, limit_s: float, deadline: float) -> None:
        self.limit, self.limit_s = limit, limit_s
        if deadline != self._deadline:
            self._deadline = deadline
            self.timeout.reschedule(deadline)


async def _waited(exchange: Exchange) -> bool:
    """Wait as long as a busy server asks; whether to ask it again."""
    recording = exchange.recording
    loading = recording.status == 503 and "loading" in recording.text[:2000].lower()
    if recording.status != 429 and not loading:
        return False
    asked_s = retry_after_s(recording)
    wait_s = PATIENCE_S if asked_s is None and loading else asked_s
    if wait_s is None or wait_s > exchange.endpoint.limits.first_chunk_s / 2:
        return False
    await asyncio.sleep(wait_s)
    exchange.waited_s += wait_s
    return True


async def _ask_a_sibling(exchange: Exchange) -> None:
    """Note whether a path that cannot exist gets the same answer as the requested one."""
    recording = Recording("POST", f"{exchange.endpoint.url}/{secrets.token_hex(8)}")
    try:
        async with asyncio.timeout(SIBLING_S):
            await post(
                exchange.endpoint, exchange.request, recording, lambda: False,
                path="/" + recording.url.rpartition("/")[2],
            )  # fmt: skip
    except (TimeoutError, Broken):
        return
    same = recording.status == 404 and alike(recording, exchange.recording)
    exchange.note_sibling("alike" if same else "differs")


def _drop_refused(exchange: Exchange) -> bool:
    """Remove the parameters that the endpoint refused by name; False if there are none."""
    recording, request = exchange.recording, exchange.request
    if recording.status not in (400, 422) or exchange.dropped:
        return False
    body = recording.text
    words = server_words(recording, recording.body)
    for name in [name for name in request.parameters if name != "stream"]:
        if not re.search(rf"\b{re.escape(name)}\b", body):
            continue
        instead = ""
        if name == "max_tokens" and "max_completion_tokens" in body:
            instead = "max_completion_tokens"
            request = request.without(name, **{instead: request.parameters[name]})
        else:
            request = request.without(name)
        exchange.dropped += (Dropped(name, words, instead),)
    exchange.request = request
    return bool(exchange.dropped)
