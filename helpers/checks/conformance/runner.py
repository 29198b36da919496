"""The plan carried out one request after another; every recording carries its step's label."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ...client.chat import begin, complete
from ...client.connection import Broken
from ...client.keys import key_state
from ...client.models import list_models
from ...client.transport import get, ran_out
from ...endpoint import Endpoint, Limits
from ...wire.recording import Recording
from ...wire.request import Request
from ...wire.retry import retry_after_s
from .plan.step import EFFORT, Asking, Get, Question, Step
from .shots import Lacking, Shots

# The first answer may wait for a model to load; the others may not take that long.
USUAL_S = 60.0
PATIENCE_S = 5.0
LONGEST_WAIT_S = 60.0
MOST_WAITS = 5
# Four parameters may be refused one after another, and the reasoning effort.
MOST_CHANGES = 5
# After this many requests in a row without any answer, the rest would fail the same way.
ENOUGH_SILENCES = 2
PLAIN = "chat"
# Labels for requests asked again: their kept connection was gone, or the server was busy.
LOST, BUSY = "lost", "busy"


@dataclass
class Run:
    """A run of the plan, which grows as it proceeds.

    recordings:  in the order in which they were asked
    steps:       the plan
    shots:       the recordings by label
    unasked:     why a step was not asked, by its label
    waited_s:    how long it waited, in all, because the endpoint was busy
    gave_up:     why the rest of the plan was not asked, "" if all of it was
    """

    endpoint: Endpoint
    steps: Sequence[Step]
    asking: Asking
    recordings: list[Recording] = field(default_factory=list)
    unasked: dict[str, str] = field(default_factory=dict)
    waited_s: float = 0.0
    gave_up: str = ""
    shots: Shots = field(default_factory=Shots)

    def keep(self, recording: Recording, label: str) -> None:
        """Add the recording of a step that has ended."""
        recording.label = label
        self.recordings.append(recording)
        self.shots.add(recording)

    @property
    def done(self) -> int:
        """How many steps are done."""
        return len({one.label for one in self.recordings} | set(self.unasked))


Watch = Callable[[Run, str], None]
Send = Callable[[Run, str, Question], Awaitable[Recording]]


async def conduct(run: Run, *, watch: Watch | None = None, send: Send | None = None) -> None:
    """Carry out all steps of a plan; the recordings are in the run, however it ends.

    watch:   called with the run and the label of the step that begins
    send:    asks one question and adds its recording to the run, instead of using the network
    raises:  CancelledError; the run keeps the recordings made so far
    """
    ask, waits = send or _asked, 0
    for one in run.steps:
        if watch:
            watch(run, one.label)
        try:
            question = one.ask(run.asking, run.shots)
        except Lacking as lacking:
            run.unasked[one.label] = str(lacking)
            continue
        recording = await ask(run, one.label, question)
        if recording.status is None and recording.cause == "reset":
            # The server closed a connection that had been kept open since the previous request.
            run.shots.rename(recording, LOST)
            recording = await ask(run, one.label, question)
        while waits < MOST_WAITS and (wait_s := _wait_s(recording)) is not None:
            waits += 1
            run.shots.rename(recording, BUSY)
            run.waited_s += wait_s
            await asyncio.sleep(wait_s)
            recording = await ask(run, one.label, question)
        if one.label == PLAIN:
            recording = await _adapted(run, one, recording, ask)
        if run.gave_up or _gives_up(run, recording):
            break


async def _adapted(run: Run, plain: Step, recording: Recording, ask: Send) -> Recording:
    """Ask the plain request differently if it was refused or left no room for an answer."""
    asking = run.asking
    for _ in range(MOST_CHANGES):
        shot = Shots([recording])[PLAIN] if recording.status else None
        if shot is None:
            break
        effort = EFFORT in asking.common
        if shot.status != 200 and asking.refused(shot.status or 0, shot.words):
            run.shots.rename(recording, "chat-refused")
        elif not effort and not asking.thinks and _left_no_room(shot):
            asking.thought(seen=bool(shot.answer.reasoning))
            run.shots.rename(recording, "chat-short")
        else:
            break
        recording = await ask(run, PLAIN, plain.ask(asking, run.shots))
    return recording


def _left_no_room(shot: Any) -> bool:
    """Whether a model reasoned, or wrote no text before it reached its limit."""
    answer = shot.answer
    return bool(answer.reasoning) or (shot.cut_by_length and not answer.text.strip())


def silenced(recordings: Sequence[Recording]) -> Recording | None:
    """The last recording, if this many in a row got no answer that the rest is not asked."""
    last = [one for one in recordings if one.label not in (LOST, BUSY)][-ENOUGH_SILENCES:]
    silent = len(last) == ENOUGH_SILENCES and all(one.status is None for one in last)
    return last[-1] if silent else None


def _gives_up(run: Run, recording: Recording) -> bool:
    """Whether the rest would only fail the same way; the run notes why."""
    if silenced(run.recordings):
        run.gave_up = f"{ENOUGH_SILENCES} requests in a row got no answer at all"
    elif recording.label == PLAIN and recording.status in (401, 402, 403, 407, 429):
        run.gave_up = f"the plain request was turned away with status {recording.status}"
    elif recording.cause in ("key-not-set", "key-malformed"):
        run.gave_up = "the key cannot be sent"
    return bool(run.gave_up)


def _wait_s(recording: Recording) -> float | None:
    """How long to leave a busy server alone; None if it is not busy or asks for too long."""
    loading = recording.status == 503 and b"oading" in recording.body[:2000]
    if recording.status != 429 and not loading:
        return None
    asked_s = retry_after_s(recording)
    wait_s = PATIENCE_S if asked_s is None else asked_s
    return wait_s if wait_s <= LONGEST_WAIT_S else None


async def _asked(run: Run, label: str, question: Question) -> Recording:
    """The recording of one question, already in the run while it grows."""
    if isinstance(question, Get):
        return await _got(run, label, question.path)
    return await _posted(run, label, question)


async def _posted(run: Run, label: str, request: Request) -> Recording:
    endpoint = run.endpoint
    if any(one.status for one in run.recordings if one.method == "POST"):
        whole_s = min(endpoint.limits.whole_s, USUAL_S)
        endpoint = replace(endpoint, limits=Limits.within(whole_s))
    exchange = begin(endpoint, request)
    try:
        await complete(exchange, sibling=False)
    finally:
        run.keep(exchange.recording, label)
    return exchange.recording


async def _got(run: Run, label: str, path: str) -> Recording:
    """The recording of a GET; the list of models also sets the model, if none was named."""
    if label == "models":
        recording = await _listed(run)
    else:
        recording = Recording("GET", f"{run.endpoint.url}{path}")
        await _got_within(run.endpoint, path, recording)
    run.keep(recording, label)
    return recording


async def _listed(run: Run) -> Recording:
    models = await list_models(run.endpoint)
    if not run.asking.model:
        run.asking.model = models.chosen
        run.endpoint = run.endpoint.with_model(models.chosen)
        if models.chosen:
            run.asking.notes.append(models.sentence)
    run.asking.embedding_model = models.embedding
    return models.recording


async def _got_within(endpoint: Endpoint, path: str, recording: Recording) -> None:
    if not key_state(endpoint).usable:
        recording.end, recording.cause = "broken", "key-not-set"
        return
    limit_s = min(endpoint.limits.first_chunk_s, USUAL_S)
    try:
        async with asyncio.timeout(limit_s):
            await get(endpoint, path, recording)
    except TimeoutError:
        ran_out(recording, "first", limit_s)
    except Broken as broken:
        recording.cause, recording.detail = broken.cause, broken.detail
