"""What a timeline draws of one reading: reads, events and chunks, and anything remarkable.

Pure, and the same for the SVG that grows in the cell and for the plot that stays.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...diagnose.stream.rhythm import stalls
from ...wire.parsing import encoded, parsed
from ...wire.reading import Reading
from ...wire.recording import Recording
from ...wire.request import Api
from ...wording import counted, duration, size
from ..theme import BLUE, GREEN, GREY

PLACES = 480

_SCALES_S = (2.0, 5.0, 10.0, 20.0, 60.0, 120.0, 300.0)
_ROOM = 0.94
_ROOM_FOR_A_SENTENCE = 0.66
_ENDS = {
    "eof": "✕ closed here: {missing}",
    "broken": "✕ broken off here: {missing}",
    "closed": "■ closed here by you",
    "limit": "✕ given up here: the time limit",
}
_MISSING: dict[Api, str] = {
    "responses": "no response.completed",
    "messages": "no message_stop",
}


@dataclass(frozen=True)
class Lane:
    """One row: how many arrived, at which of the 480 places, and the label of a crowd.

    runs:    (first place, last place) of marks that touch
    crowd:   (time, words) if most of them came at one instant
    """

    name: str
    colour: str
    count: int
    runs: tuple[tuple[int, int], ...]
    crowd: tuple[float, str] | None = None


@dataclass(frozen=True)
class Lanes:
    """A timeline in seconds since send; None for what did not happen.

    scale_s:  the time at the right edge
    now_s:    how far it has come; None once it has ended
    role_s:   the event that only named a role
    cut:      when and how a stream ended without ending properly
    side:     where a crowd's words are: left of it (-1), or right (1) to avoid the TTFB
    """

    lanes: tuple[Lane, Lane, Lane]
    scale_s: float
    now_s: float | None
    headers_s: float | None
    ttft_s: float | None
    role_s: float | None
    done_s: float | None
    stalls: tuple[tuple[float, float], ...]
    cut: tuple[float, str] | None
    waited_s: float
    side: int
    done: str = "[DONE]"

    @property
    def sentence(self) -> str:
        """The picture in words, for anyone who cannot see it."""
        facts = [", ".join(counted(lane.count, lane.name[:-1]) for lane in self.lanes)]
        if self.headers_s is not None:
            facts.append(f"TTFB {duration(self.headers_s)}")
        if self.ttft_s is not None:
            facts.append(f"TTFT {duration(self.ttft_s)}")
        facts += [f"stall of {duration(end - start)}" for start, end in self.stalls[:3]]
        if self.done_s is not None:
            facts.append(f"{self.done} at {duration(self.done_s)}")
        if self.cut is not None:
            facts.append(self.cut[1][2:])
        if self.now_s is not None:
            facts.append(f"running for {duration(self.now_s)}")
        return "Timeline: " + "; ".join(facts)

    @property
    def axis_s(self) -> list[float]:
        """The positions of the axis's figures: at most eight, at round times."""
        step = axis_step(self.scale_s)
        return [step * n for n in range(math.floor(self.scale_s / step + 1e-9) + 1)]


def lanes_of(reading: Reading, *, now_s: float | None = None) -> Lanes:
    """What there is to draw; the cost of marks does not grow with their number.

    now_s:  seconds since send while it runs; None once it has ended
    """
    recording, timing = reading.recording, reading.timing
    last_s = _last_s(recording)
    cut = _cut(reading, last_s) if now_s is None else None
    done_s, done = _done(reading)
    crowds = {
        "reads": _largest_read(reading),
        "events": _crowd("event", reading.events, _first),
        "chunks": _crowd("chunk", timing.chunk_s, float) or _one_chunk(reading),
    }
    crowd_s = max((crowd[0] for crowd in crowds.values() if crowd), default=0.0)
    side = -1 if crowd_s - (recording.headers_s or 0.0) > 0.25 * last_s else 1
    if now_s is not None:
        now_s = max(now_s, last_s)
        scale_s = running_scale_s(now_s)
    else:
        sentence_at_the_end = cut or (side == 1 and crowd_s > 0.6 * last_s)
        scale_s = last_s / (_ROOM_FOR_A_SENTENCE if sentence_at_the_end else _ROOM)
    return Lanes(
        lanes=_three_lanes(reading, crowds, scale_s),
        scale_s=scale_s,
        now_s=now_s,
        headers_s=recording.headers_s,
        ttft_s=timing.ttft_s,
        role_s=_role_s(reading),
        done_s=done_s,
        done=done,
        stalls=tuple(stalls(reading, now_s=now_s)) if recording.timed else (),
        cut=cut,
        waited_s=recording.headers_s if recording.headers_s is not None else now_s or last_s,
        side=side,
    )


def _last_s(recording: Recording) -> float:
    read_s = recording.reads[-1][0] if recording.reads else 0.0
    return max(recording.end_s or 0.0, recording.headers_s or 0.0, read_s, 1e-3)


def _three_lanes(
    reading: Reading, crowds: Mapping[str, tuple[float, str] | None], scale_s: float
) -> tuple[Lane, Lane, Lane]:
    def lane(name: str, colour: str, items: Sequence[Any], at: Callable[[Any], float]) -> Lane:
        # The event that only named the role has a mark of its own.
        ticks = items[1:] if name == "events" and _role_s(reading) is not None else items
        return Lane(name, colour, len(items), _runs(ticks, at, scale_s), crowds[name])

    return (
        lane("reads", GREY, reading.recording.reads, _first),
        lane("events", BLUE, reading.events, _first),
        lane("chunks", GREEN, reading.timing.chunk_s, float),
    )


def place(at_s: float, scale_s: float) -> int:
    """Which of the 480 places a time falls on."""
    return min(PLACES, max(0, round(at_s / scale_s * PLACES)))


def running_scale_s(now_s: float) -> float:
    """The time at the right edge while it runs, in steps, so that the axis seldom moves."""
    for scale_s in _SCALES_S:
        if now_s <= scale_s:
            return scale_s
    return math.ceil(now_s / 300) * 300.0


def axis_step(scale_s: float) -> float:
    """The distance between the axis's figures: 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(scale_s))
    steps = (power * factor for factor in (0.1, 0.2, 0.5, 1, 2, 5))
    return next(step for step in steps if scale_s / step <= 8)


def _first(pair: tuple[Any, ...]) -> float:
    return float(pair[0])


def _runs(
    items: Sequence[Any], at: Callable[[Any], float], scale_s: float
) -> tuple[tuple[int, int], ...]:
    """The places taken, jumping from one to the next: times only ever rise."""
    runs: list[tuple[int, int]] = []
    index = 0
    while index < len(items):
        taken = place(at(items[index]), scale_s)
        if runs and taken - runs[-1][1] <= 1:
            runs[-1] = (runs[-1][0], taken)
        else:
            runs.append((taken, taken))
        after_s = (taken + 0.5) / PLACES * scale_s
        index = max(index + 1, bisect_left(items, after_s, key=at))
        if taken == PLACES:
            break
    return tuple(runs)


def _crowd(noun: str, items: Sequence[Any], at: Callable[[Any], float]) -> tuple[float, str] | None:
    """The instant at which three quarters of a lane came, if there is one.

    An instant with that many always includes the middle one.
    """
    if len(items) < 3:
        return None
    at_s = at(items[len(items) // 2])
    together = bisect_right(items, at_s, key=at) - bisect_left(items, at_s, key=at)
    return (at_s, f"{together:,} {noun}s at once") if together >= 0.75 * len(items) else None


def _one_chunk(reading: Reading) -> tuple[float, str] | None:
    """When the only chunk came, and how long it was."""
    chunk_s, answer = reading.timing.chunk_s, reading.answer
    length = len(answer.text + answer.reasoning + answer.refusal) if len(chunk_s) == 1 else 0
    if length < 2 or not reading.recording.end:
        return None
    return chunk_s[0], f"{counted(length, 'character')} in one chunk"


def _largest_read(reading: Reading) -> tuple[float, str] | None:
    """The time and size of the read that held four fifths of a body, if there is one."""
    reads = reading.recording.reads
    if not 0 < len(reads) <= 3 or not reading.recording.end:
        return None
    at_s, data = max(reads, key=lambda read: len(read[1]))
    if not data or len(data) < 0.8 * sum(len(data) for _, data in reads):
        return None
    return at_s, f"{size(len(data))} in one read"


def _role_s(reading: Reading) -> float | None:
    """When the first event came, if all it did was name a role."""
    if not reading.events:
        return None
    at_s, _, event = reading.events[0]
    if len(event.data) > 2000:
        return None
    chunk = parsed(encoded(event.data))
    choices = chunk.get("choices") if isinstance(chunk, dict) else None
    choice = choices[0] if isinstance(choices, list) and choices else None
    delta = choice.get("delta") if isinstance(choice, dict) else None
    if not isinstance(delta, dict) or not delta.get("role"):
        return None
    return None if any(value for name, value in delta.items() if name != "role") else at_s


def _done(reading: Reading) -> tuple[float | None, str]:
    """When the event that ends a stream came, and its name."""
    statistics, last = reading.statistics, "[DONE]"
    event = statistics.done_event
    if reading.steps and reading.sse:
        # A typed event ends the answer; [DONE] may or may not follow it.
        event = statistics.done_event if reading.api == "messages" else statistics.finish_event
        named = (step.type for step in reversed(reading.steps) if step.event == event)
        last = next(named, last).removeprefix("response.")[:20]
    return None if event is None else reading.events[event][0], last


def _cut(reading: Reading, end_s: float) -> tuple[float, str] | None:
    """When and how a stream ended that neither finished nor said [DONE]."""
    ended = reading.recording.end
    done = reading.done and reading.api != "responses"
    if not reading.sse or done or reading.answer.finish_reason or not ended:
        return None
    missing = _MISSING.get(reading.api, "no finish_reason, no [DONE]")
    return end_s, _ENDS[ended].format(missing=missing)
