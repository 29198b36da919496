"""Send a request to an endpoint, and keep what came."""

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
from ..wire.request import Request, unsendable
from ..wire.retry import retry_after_s
from .connection import Broken
from .exchange import Dropped, Exchange
from .keys import key_state
from .models import ModelList, list_models
from .transport import post

# After the finish reason only usage, [DONE] and the end of the body are due.
CLOSING_S = 5.0
# A limit for silence ends later by so much of itself at most.
LATE = 0.05
# A busy server that names no time, such as one that loads its model, is asked again after this.
PATIENCE_S = 5.0
SIBLING_S = 5.0
# Of so many connections that were kept each may turn out to be closed.
STALE_AT_MOST = 16

Watch = Callable[[Exchange, list[Delta]], None]


async def ask(
    endpoint: Endpoint,
    request: Request,
    *,
    watch: Watch | None = None,
    forgiving: bool = False,
) -> Exchange:
    """The exchange of one request; whatever goes wrong is in its findings.

    watch:      called with the exchange and what is new, after each network read
    forgiving:  as in `complete`
    raises:     CancelledError only; `begin` keeps hold of what came until then
    """
    exchange = begin(endpoint, request)
    await complete(exchange, watch=watch, forgiving=forgiving)
    return exchange


def begin(endpoint: Endpoint, request: Request, *, models: ModelList | None = None) -> Exchange:
    """An exchange that is ready to be sent by `complete`.

    models:  a list that was asked for before; where it is this endpoint's and names some, a model
             is chosen from it without another look
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
    """Send the exchange and stay until its answer has come, or failed to.

    forgiving:  ask once more without the parameters that were refused by name, and once more
                when a busy server names a time that lies within the limits
    sibling:    tell a wrong path from a missing model, where 404 comes, by one more request
    raises:     CancelledError, after the socket was closed and the exchange marked as stopped
    """
    if cause := _unsendable(exchange):
        exchange.not_sent(*cause)
        return
    try:
        if not exchange.request.model and not await _choose_model(exchange):
            return
        for _ in range(STALE_AT_MOST):
            await _send(exchange, watch)
            if not _was_stale(exchange.recording):
                break
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
    """Why the request cannot go out, None when it can."""
    key = key_state(exchange.endpoint)
    if not key.usable:
        return ("key-malformed", key.problem) if key.is_set else ("key-not-set", "")
    wrong = unsendable(exchange.request)
    return ("bad-call", wrong) if wrong else None


async def _choose_model(exchange: Exchange) -> bool:
    """Take the model that the endpoint lists first; False when it cannot be asked at all."""
    models = exchange.models = exchange.models or await list_models(exchange.endpoint)
    if not models.chosen:
        # What the list met is what the chat would have met: it stands in the chat's place.
        models.reading.streamed = False
        exchange.recording, exchange.reading = models.recording, models.reading
        return False
    exchange.request = replace(exchange.request, model=models.chosen)
    exchange.endpoint = exchange.endpoint.with_model(models.chosen)
    return True


async def _send(exchange: Exchange, watch: Watch | None) -> None:
    exchange.start_over()
    pace = _Pace(exchange)

    def on_read() -> bool:
        deltas = exchange.reading.catch_up()
        pace.note(deltas)
        if watch:
            watch(exchange, deltas)
        return bool(exchange.reading.limit)

    recording = exchange.recording
    try:
        async with pace.timeout:
            await post(exchange.endpoint, exchange.request, recording, on_read)
            # What only the end of the body completes: an answer in one piece, a last line.
            on_read()
    except TimeoutError:
        recording.end, recording.cause, recording.limit_s = "limit", pace.limit, pace.limit_s
    except Broken as broken:
        recording.cause, recording.detail = broken.cause, broken.detail
        deltas = exchange.reading.catch_up()
        if watch and deltas:
            watch(exchange, deltas)
    if recording.end == "limit" and not recording.cause:
        recording.cause = "bound"


def _was_stale(recording: Recording) -> bool:
    """Whether the connection had been closed behind an earlier answer, so that nothing was heard.

    llama.cpp closes after each answer and does not say so. Whoever asks again at once meets the
    closing connection, as any client with a pool does, and asks once more on a new one.
    """
    unheard = recording.status is None and not recording.reads
    return recording.cause == "reset" and recording.reused is True and unheard


class _Pace:
    """The time limits of one request: for its first text, for silence, for the whole."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._clock = asyncio.get_running_loop().time
        self._began = self._clock()
        limits = exchange.endpoint.limits
        # An answer in one piece may take as long as the whole; only a stream has a first chunk.
        self.limit: Cause = "first"
        self.limit_s = limits.first_chunk_s if exchange.streamed else limits.whole_s
        self._deadline = self._began + self.limit_s
        self.timeout = asyncio.timeout_at(self._deadline)

    def note(self, deltas: list[Delta]) -> None:
        """Set the next limit; only output counts as life, keep-alive comments do not."""
        if self.limit == "closing":
            return
        # Not the answer's: to put it together at every read would cost more than to read it.
        ended = alive = self._exchange.reading.done
        for delta in deltas:
            ended = ended or delta.finish_reason is not None
            alive = alive or delta.has_output
        if ended:
            self._set("closing", CLOSING_S, self._clock() + CLOSING_S)
        elif alive:
            self._wait_on()

    def _wait_on(self) -> None:
        """Give the next output its time, within that of the whole."""
        limits = self._exchange.endpoint.limits
        silent_at, whole_at = self._clock() + limits.silence_s, self._began + limits.whole_s
        if silent_at >= whole_at:
            self._set("whole", limits.whole_s, whole_at)
        elif self.limit != "silence" or silent_at > self._deadline:
            # To set an alarm anew costs as much as to read a chunk, so it may ring a little late.
            late_s = limits.silence_s * LATE
            self._set("silence", limits.silence_s, min(silent_at + late_s, whole_at))

    def _set(self, limit: Cause, limit_s: float, deadline: float) -> None:
        self.limit, self.limit_s = limit, limit_s
        if deadline != self._deadline:
            self._deadline = deadline
            self.timeout.reschedule(deadline)


async def _waited(exchange: Exchange) -> bool:
    """Wait as long as a busy server asks for, and say whether to ask it again."""
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
    """Note whether a path that cannot exist gets the same answer as the one that was asked."""
    nowhere = replace(exchange.request, query=exchange.request.query)
    recording = Recording("POST", f"{exchange.endpoint.url}/{secrets.token_hex(8)}")
    try:
        async with asyncio.timeout(SIBLING_S):
            await post(
                exchange.endpoint, nowhere, recording, lambda: False,
                path="/" + recording.url.rpartition("/")[2],
            )  # fmt: skip
    except (TimeoutError, Broken):
        return
    same = recording.status == 404 and alike(recording, exchange.recording)
    exchange.note_sibling("alike" if same else "differs")


def _drop_refused(exchange: Exchange) -> bool:
    """Take out the parameters that the endpoint refused by name; False when there are none."""
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
