"""What else is to be said of a stream, beside its word."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..wire.bounds import REACHED
from ..wire.chunk_statistics import REASONS, VALUES_KEPT, Facts
from ..wire.reading import EVENT_STREAM
from .framing import COUNTED, StreamFinding
from .proxies import compressed

LATE_S = 2.0
QUOTE = 80
COARSE_READ = 4
APART_S = 0.25


def stream_findings(facts: Facts, word: str) -> tuple[StreamFinding, ...]:
    """Return what is to be said beside the word; of no SSE only which bound it reached."""
    if not facts.reading.sse:
        return tuple(found for found in _framing(facts) if found.name in REACHED)
    found = [*_headers(facts), *_framing(facts), *_time(facts, word)]
    if facts.shape.counts["chunks"]:
        found += [*_chunks(facts), *_finish(facts, word), *_usage(facts), *_text(facts)]
    return tuple(found)


def _headers(facts: Facts) -> Iterator[StreamFinding]:
    recording = facts.recording
    if recording.media_type != EVENT_STREAM:
        yield StreamFinding(
            "odd-media-type", "The header does not call it an event stream.",
            f"Content-Type: {recording.header('content-type')[:QUOTE] or 'none'}",
            "Send Content-Type: text/event-stream: some proxies and clients stream only then.",
        )  # fmt: skip
    if length := recording.header("content-length"):
        yield StreamFinding(
            "content-length", "The stream's length was known before it began.",
            f"Content-Length: {length[:QUOTE]}",
            "Nobody knows a stream's length: something collects it first, or a cache answers.",
        )  # fmt: skip
    if compressed(recording):
        yield StreamFinding(
            "compressed", "The stream is compressed.",
            f"Content-Encoding: {recording.header('content-encoding')[:QUOTE]}",
            "Legal while each event is flushed; compression is the first suspect where text lags.",
            level="pass",
        )  # fmt: skip
    if (recording.status or 200) >= 300:
        yield StreamFinding("odd-status", f"The stream has status {recording.status}.")


def _framing(facts: Facts) -> Iterator[StreamFinding]:
    reading, counts = facts.reading, facts.shape.counts
    for name, count in reading.findings.items():
        if name == "not-json":
            # Empty data and glued chunks are no JSON either, and have their own names.
            count -= counts["glued"] + reading.findings["empty-data"]
        if name == "unfinished-event" and reading.limit:
            continue
        if count > 0 and name in COUNTED:
            level, says, remedy = COUNTED[name]
            yield StreamFinding(name, says, _seen(facts, name, count), remedy, level)
    if counts["glued"]:
        yield StreamFinding(
            "glued-chunks", "Several chunks stand in one event.", f"{counts['glued']} times",
            "Let each chunk be an event of its own: clients cannot read two at once.", "fail",
        )  # fmt: skip
    if counts["odd-done"]:
        yield StreamFinding(
            "odd-done", "[DONE] has spaces around it.", "",
            "Send exactly “data: [DONE]”: the plain openai client raises JSONDecodeError.", "fail",
        )  # fmt: skip
    if counts["nan"]:
        yield StreamFinding(
            "nan", "NaN or Infinity stands in the JSON.", f"in {counts['nan']} chunks",
            "JSON has no such numbers and clients in JavaScript break: send null.",
        )  # fmt: skip


def _ticks(times: list[Any], total_s: float) -> bool:
    """Whether each chunk was stamped when it was written, as llama.cpp does."""
    if not all(isinstance(at, int) for at in times) or times != sorted(times):
        return False
    return len(times) > 1 and times[-1] - times[0] <= total_s + 1


def _seen(facts: Facts, name: str, count: int) -> str:
    reading = facts.reading
    times = f"{count} time{'s' if count > 1 else ''}"
    if name == "not-json" and reading.unparsed:
        return f"{times}; the first: “{reading.unparsed[0][:QUOTE]}”"
    if name == "unknown-field" and reading.unknown_lines:
        field, value = reading.unknown_lines[0]
        return f"{times}; the first: “{f'{field}: {value}'[:QUOTE]}”"
    return times


def _chunks(facts: Facts) -> Iterator[StreamFinding]:
    counts, chunks = facts.shape.counts, facts.shape.counts["chunks"]
    for name, says, remedy in (
        ("id", "The chunks have different ids.", "Make one id for each request."),
        ("created", "The chunks have different times in “created”.", "Take the time once."),
        ("model", "The chunks name different models.", "Name one model in all of them."),
    ):
        values = facts.shape.values[name]
        kinds = f"{'over ' if len(values) > VALUES_KEPT else ''}{len(values)} in {chunks} chunks"
        if name == "created" and _ticks(list(values), facts.total_s):
            continue
        if len(values) > 1:
            first = ", ".join(str(value)[:QUOTE] for value in list(values)[:2])
            yield StreamFinding(f"{name}-changes", says, f"{kinds}: {first}, …", remedy)
        elif values.keys() & {None, ""} or not values:
            yield StreamFinding(f"no-{name}", f"The chunks have no {name}.", "", "Send it in each.")
    if counts["odd-object"]:
        yield StreamFinding(
            "odd-object", "Some chunks are not called chat.completion.chunk.",
            f"{counts['odd-object']} of {chunks}", "Set “object” to chat.completion.chunk.",
        )  # fmt: skip
    if not counts["role"]:
        yield StreamFinding(
            "no-role", "No chunk says whose words these are.", "",
            "Let the first delta hold “role”: “assistant”.",
        )  # fmt: skip
    if counts["role"] > max(1, len(facts.answer.choices)):
        yield StreamFinding(
            "role-again", "The role came more than once.", f"{counts['role']} of {chunks} chunks",
            "Send it in the first delta only: programs that add strings up get "
            "“assistantassistant”.",
        )  # fmt: skip
    if counts["role-late"]:
        yield StreamFinding("role-late", "The role came after the first text.")
    if counts["odd-role"]:
        yield StreamFinding("odd-role", "The role is not “assistant”.")
    if counts["no-index"]:
        yield StreamFinding(
            "no-index", "Some choices have no index.", f"{counts['no-index']} of {chunks}",
            "Number the choices from 0.",
        )  # fmt: skip
    if counts["no-delta"]:
        yield StreamFinding(
            "no-delta", "Some choices have no delta.", f"{counts['no-delta']} of {chunks}",
            "Send an empty delta: programs that read delta.content fail on null.",
        )  # fmt: skip
    wanted = facts.asked.get("n") or 1
    if facts.asked and isinstance(wanted, int) and len(facts.answer.choices) > wanted:
        indices = ", ".join(str(choice.index) for choice in facts.answer.choices[:4])
        yield StreamFinding(
            "more-choices", "More choices came than were asked for.",
            f"{len(facts.answer.choices)} for n = {wanted}, with the indices {indices}, …",
            "Give the choice one index, 0: programs that sort by it show a part of the text.",
            "fail",
        )  # fmt: skip


def _finish(facts: Facts, word: str) -> Iterator[StreamFinding]:
    shape, reading, end = facts.shape, facts.reading, facts.recording.end
    empty = reading.findings["empty-finish-reason"]
    over = end in ("eof", "broken") and not reading.limit and word not in ("cut", "error inside")
    spoke = {choice for choice, _ in facts.parts}
    missing = [
        choice.index for choice in facts.answer.choices
        if not choice.finish_reason and (choice.index in spoke or not facts.finished)
    ]  # fmt: skip
    if empty:
        yield StreamFinding(
            "empty-finish-reason", "A finish reason is an empty string.", f"{empty} times",
            "Send null until the end, then a word such as “stop”.",
            "remark" if facts.finished else "fail",
        )  # fmt: skip
    elif missing and over:
        whose = "" if len(facts.answer.choices) == 1 else f"of choice {missing[0]}"
        yield StreamFinding(
            "no-finish-reason", "No finish reason came, so the answer may have been cut.", whose,
            "Send “finish_reason” in the last chunk: it is the only sign of a whole answer.",
            "fail",
        )  # fmt: skip
    again = reading.findings["finish-reason-again"]
    if again:
        everywhere = again + len(spoke or {0}) >= shape.counts["with-output"] > 1
        name = "finish-reason-everywhere" if everywhere else "finish-reason-again"
        where = "in every chunk" if everywhere else "more than once"
        yield StreamFinding(
            name, f"A finish reason came {where}.",
            f"{sum(shape.reasons.values())} times: {', '.join(list(shape.reasons)[:4])}",
            "Send it once, at the end: clients that stop at the first lose the rest.",
        )  # fmt: skip
    elif shape.counts["output-after-finish"]:
        yield StreamFinding(
            "output-after-finish", "Text came after the finish reason.",
            f"in {shape.counts['output-after-finish']} chunks", "Send the finish reason last.",
        )  # fmt: skip
    odd = [reason for reason in shape.reasons if reason not in REASONS]
    if odd:
        yield StreamFinding(
            "unknown-finish-reason", "A finish reason is none that the API knows.",
            f"“{odd[0]}”", f"Use one of {', '.join(sorted(REASONS))}.",
        )  # fmt: skip
    if not reading.done and facts.finished and end == "eof":
        yield StreamFinding(
            "no-done", "[DONE] is missing at the end.", "",
            "End with “data: [DONE]”: the openai client does without, others wait for it.",
        )  # fmt: skip


def _usage(facts: Facts) -> Iterator[StreamFinding]:
    counts = facts.shape.counts
    options = facts.asked.get("stream_options")
    asked = isinstance(options, dict) and options.get("include_usage") is True
    usage, ended = counts["usage"], facts.recording.end == "eof" and facts.finished
    if asked and not usage and facts.answer.usage is None and ended:
        yield StreamFinding(
            "no-usage", "Usage was asked for and did not come.", "",
            "Nothing to change unless you count tokens.",
        )  # fmt: skip
    if usage and not asked and facts.asked:
        yield StreamFinding(
            "usage-unasked", "Usage came unasked.", f"in {usage} chunks", level="pass"
        )
    if usage > 1:
        yield StreamFinding(
            "usage-again", "Usage came in more than one chunk.", f"in {usage} chunks",
            "The last one counts; programs that add them up count too much.",
        )  # fmt: skip
    elif counts["usage-beside-choices"]:
        yield StreamFinding(
            "usage-beside-choices", "Usage came in a chunk with choices.", "",
            "OpenAI sends it in a chunk of its own, with “choices”: [].",
        )  # fmt: skip


def _text(facts: Facts) -> Iterator[StreamFinding]:
    damaged = sum("\ufffd" in piece.text for piece in facts.pieces)
    if damaged and not (
        facts.reading.findings["lone-surrogate"] or facts.reading.findings["bad-utf-8"]
    ):
        yield StreamFinding(
            "replacement-character", "Some letters are damaged: U+FFFD stands in their place.",
            f"in {damaged} pieces",
            "Hold an incomplete character's bytes back until it is whole.",
        )  # fmt: skip
    for (_, part), pieces in facts.parts.items():
        before = "".join(piece.text for piece in pieces[:-1])
        if len(pieces) > 3 and len(before) > QUOTE // 4 and pieces[-1].text == before:
            yield StreamFinding(
                "text-again", f"The last chunk holds all of the {part} once more.",
                f"{len(before)} characters", "Send only what is new.", "fail",
            )  # fmt: skip


def _time(facts: Facts, word: str) -> Iterator[StreamFinding]:
    recording, shape, end_s = facts.recording, facts.shape, facts.recording.end_s
    if recording.end == "closed":
        yield StreamFinding("stopped", "It was stopped from this side.")
    if recording.end == "broken" and facts.finished:
        yield StreamFinding(
            "broken-end", "The connection broke after the answer was complete.", "",
            "End the body properly: the last chunk of length 0, or the length that was announced.",
        )  # fmt: skip
    if not recording.timed or not facts.pieces:
        return
    finish_s, done_s = shape.finish_s, shape.done_s
    if finish_s is not None and finish_s - facts.total_s > LATE_S:
        yield _late("late-finish", "The finish reason came late.", finish_s - facts.total_s)
    if done_s is not None and finish_s is not None and done_s - finish_s > LATE_S:
        yield _late("late-done", "[DONE] came late.", done_s - finish_s)
    last_s = max(filter(None, (finish_s, done_s)), default=None)
    if last_s is not None and end_s is not None and end_s - last_s > LATE_S:
        yield _late("late-close", "The body was not ended after the last event.", end_s - last_s)
    if recording.end == "limit" and not facts.finished:
        yield StreamFinding("limit", "A limit of this kit ended it.", f"after {end_s or 0:.1f} s")
    reads = len(facts.arrivals)
    if (
        word in ("streamed", "stalled")
        and facts.chunks >= COARSE_READ * reads
        and facts.usual_gap_s > APART_S
    ):
        yield StreamFinding(
            "in-bursts", "The chunks came in bursts.",
            f"{facts.chunks / reads:.0f} chunks in a read, every {facts.usual_gap_s:.2f} s",
            "A buffer on the way is filled before it is passed on: make it smaller, or off.",
        )  # fmt: skip


def _late(name: str, says: str, late_s: float) -> StreamFinding:
    return StreamFinding(
        name, says, f"{late_s:.1f} s", "End the body right after the last event: clients wait."
    )
