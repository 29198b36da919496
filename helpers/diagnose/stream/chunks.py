"""What the chunks of a stream look like, how they end, what they count, and what comes late."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...finding import Finding, Level
from ...wire.builders.chunk_statistics import VALUES_KEPT
from ...wire.parsing import encoded, parsed
from ...wording import counted
from ..observed import Observed

REASONS = {"stop", "length", "tool_calls", "content_filter", "function_call"}
KINDS = (("id", str, "a string"), ("created", int, "a whole number"), ("model", str, "a string"))
QUOTE = 80
LATE_S = 2.0
LAST_EVENTS = 4
_ITS_PLACE = "choices[0].finish_reason"
_REASON_NAMES = ("finish_reason", "stop_reason", "done_reason", "finishReason")
LARGE = 100_000

# By what is counted in the chunks: level, sentence, what to change.
_COUNTED: dict[str, tuple[Level, str, str]] = {
    "odd-object": (
        "remark", "Some chunks are not called chat.completion.chunk.",
        "Set “object” to chat.completion.chunk.",
    ),
    "role-late": ("remark", "The role came after the first text.", "Send it in the first delta."),
    "odd-role": ("remark", "The role is not “assistant”.", "Put “assistant” into the first delta."),
    "odd-choice": (
        "fail", "Some choices are not objects.",
        "Send an object with “index” and “delta”: programs that read choices[0].delta fail here.",
    ),
    "no-index": ("remark", "Some choices have no index.", "Number the choices from 0."),
    "index-null": (
        "remark", "Some choices have an index that is not a number.",
        "Number the choices from 0: clients that sort by the index fail.",
    ),
    "no-delta": (
        "remark", "Some choices have no delta.",
        "Send an empty delta: programs that read delta.content fail without one.",
    ),
    "filter-apart": (
        "remark", "Some choices hold a content filter's results and no delta.",
        "Azure's asynchronous filter sends such choices: check that there is a delta first.",
    ),
    "delta-null": (
        "remark", "Some choices have null for a delta.",
        "Send an empty delta: programs that read delta.content fail at null.",
    ),
    "delta-string": (
        "fail", "Some deltas are plain strings.",
        "Send an object, {“content”: “…”}: programs see no text here.",
    ),
    "text-for-delta": (
        "fail", "The chunks hold “text” where a delta belongs.",
        "Send a delta: this is the old /completions' form, and chat clients see no text here.",
    ),
    "odd-usage": ("remark", "The usage is not an object.", "Send an object, or null."),
}  # fmt: skip


_OF_A_CHAT = ("text-for-delta", "odd-object", "no-role")


def of_the_chunks(observed: Observed) -> Iterator[Finding]:
    """Yield what stands out in the chunks: their order and their counts."""
    counts, chunks = observed.statistics.counts, observed.statistics.chunks
    yield from _names(observed)
    yield from _kinds(observed)
    for name, (level, says, do) in _COUNTED.items():
        if counts[name]:
            yield Finding(name, level, says, f"{counts[name]} of {counted(chunks, 'chunk')}", do)
    yield from _roles(observed)
    yield from _finish(observed)
    yield from _usage(observed)


def of_a_text(observed: Observed) -> Iterator[Finding]:
    """Yield what stands out in the chunks of a text completion, which has no deltas."""
    yield from (one for one in of_the_chunks(observed) if one.name not in _OF_A_CHAT)
    if observed.statistics.with_output:
        yield Finding(
            "delta-for-text", "fail", "The chunks hold a delta where “text” belongs.", "",
            "Send “text”: this is a chat's form, and programs that want a completion see none.",
        )  # fmt: skip


def _names(observed: Observed) -> Iterator[Finding]:
    chunks, mixed = observed.statistics.chunks, observed.statistics.counts["id-returns"]
    # With several choices, each may have an id of its own.
    if len(observed.answer.choices) > 1 or len(observed.statistics.values["id"]) * 3 > chunks:
        mixed = 0
    if mixed:
        yield Finding(
            "ids-mixed", "remark", "Chunks with another id came between those of this answer.",
            f"the first id comes back {counted(mixed, 'time')}",
            "Compare the text with what the server wrote: somebody else's answer may be mixed into "
            "this one.",
        )  # fmt: skip
    for name, says, do in (
        ("id", "The chunks have different ids.", "Use one id per request."),
        (
            "created",
            "The chunks have different times in “created”.",
            "Set the time once per request.",
        ),
        ("model", "The chunks name different models.", "Send the same model name in all of them."),
    ):
        values = observed.statistics.values[name]
        if mixed and name == "id":
            continue
        if name == "created" and _ticks(list(values), observed.total_s):
            continue
        if len(values) > 1:
            kinds = f"{'over ' if len(values) > VALUES_KEPT else ''}{len(values)} in {chunks}"
            first = ", ".join(str(value)[:QUOTE] or "“”" for value in list(values)[:2])
            more = ", …" if len(values) > 2 else ""
            yield Finding(f"{name}-changes", "remark", says, f"{kinds} chunks: {first}{more}", do)
        elif values.keys() & {None, ""} or not values:
            yield Finding(f"no-{name}", "remark", f"The chunks have no {name}.", "", "Send it.")


def _kinds(observed: Observed) -> Iterator[Finding]:
    """Yield what identifies the chunks and is of another type than the API's."""
    for name, kind, due in KINDS:
        values = observed.statistics.values[name]
        odd = [value for value in values if value is not None and type(value) is not kind]
        if odd or observed.statistics.counts[f"odd-{name}"]:
            yield Finding(
                f"odd-{name}", "remark", f"The chunks' “{name}” is not {due}.",
                str(odd[0])[:QUOTE] if odd else "",
                f"Send {due}: clients in languages with strict types, such as Go or C#, refuse "
                "every chunk otherwise.",
            )  # fmt: skip


def _ticks(times: list[Any], total_s: float) -> bool:
    """Whether each chunk was stamped when it was written, as llama.cpp does."""
    if not all(isinstance(at, int) for at in times) or times != sorted(times):
        return False
    return len(times) > 1 and times[-1] - times[0] <= total_s + 1


def _roles(observed: Observed) -> Iterator[Finding]:
    counts, chunks = observed.statistics.counts, observed.statistics.chunks
    if not counts["role"] and not observed.found["message-for-delta"]:
        yield Finding(
            "no-role", "remark", "No chunk says which role is speaking.", "",
            "Put “role”: “assistant” into the first delta.",
        )  # fmt: skip
    if counts["role"] > max(1, len(observed.answer.choices)):
        yield Finding(
            "role-again", "remark", "The role came more than once.",
            f"{counts['role']} of {counted(chunks, 'chunk')}",
            "Send it in the first delta only: programs that add strings up get "
            "“assistantassistant”.",
        )  # fmt: skip


def _finish(observed: Observed) -> Iterator[Finding]:
    statistics, reading, end = observed.statistics, observed.reading, observed.ending.end
    empty = observed.found["empty-finish-reason"]
    spoke = {choice for choice, _ in observed.parts}
    missing = [
        choice.index for choice in observed.answer.choices
        if not choice.finish_reason and (choice.index in spoke or not observed.finished)
    ]  # fmt: skip
    if empty:
        yield Finding(
            "empty-finish-reason", "remark" if observed.finished else "fail",
            "A finish reason is an empty string.", counted(empty, "time"),
            "Send null until the end, then a word such as “stop”.",
        )  # fmt: skip
    elif missing and end in ("eof", "broken") and not reading.limit:
        whose = "" if len(observed.answer.choices) == 1 else f"of choice {missing[0]}"
        # LiteLLM ends only the first of several choices, OpenRouter and Snowflake sometimes none;
        # [DONE] after usage, or after one finish reason, means that all of them are complete.
        whole = observed.finished or bool(statistics.counts["usage"])
        level: Level = "remark" if whole and reading.done else "fail"
        yield Finding(
            "no-finish-reason", level, "No finish reason came, so the answer may have been cut.",
            whose or _stands_elsewhere(observed),
            "Send “finish_reason” in each choice's last chunk: programs wait for it.",
        )  # fmt: skip
    yield from _finished_again(observed, spoke)
    odd = [reason for reason in statistics.reasons if reason not in REASONS]
    if odd:
        yield Finding(
            "unknown-finish-reason", "remark", "A finish reason is not one that the API knows.",
            f"“{odd[0]}”", f"Use one of {', '.join(sorted(REASONS))}.",
        )  # fmt: skip
    if not reading.done and observed.finished and end == "eof":
        yield Finding(
            "no-done", "remark", "[DONE] is missing at the end.", "",
            "End with “data: [DONE]”: the openai client does not need it, others wait for it.",
        )  # fmt: skip


def _stands_elsewhere(observed: Observed) -> str:
    """The place of a finish reason where no client looks for it, "" if there is none."""
    for *_, event in observed.reading.events[-LAST_EVENTS:]:
        value = parsed(encoded(event.data)) if len(event.data) <= LARGE else None
        choices = value.get("choices") if isinstance(value, dict) else None
        choice = choices[0] if isinstance(choices, list) and choices else None
        held = choice if isinstance(choice, dict) else {}
        places = ((value, ""), (held, "choices[0]."), (held.get("delta"), "choices[0].delta."))
        for holder, where in places:
            for name in _REASON_NAMES:
                reason = holder.get(name) if isinstance(holder, dict) else None
                if isinstance(reason, str) and reason and f"{where}{name}" != _ITS_PLACE:
                    return f"“{reason[:QUOTE]}” is in {where}{name}, where no client looks"
    return ""


def _finished_again(observed: Observed, spoke: set[int]) -> Iterator[Finding]:
    statistics, again = observed.statistics, observed.found["finish-reason-again"]
    after = statistics.counts["output-after-finish"]
    if again:
        everywhere = again + len(spoke or {0}) >= statistics.with_output > 1
        yield Finding(
            "finish-reason-everywhere" if everywhere else "finish-reason-again", "remark",
            f"A finish reason came {'in every chunk' if everywhere else 'more than once'}.",
            f"{sum(statistics.reasons.values())} times: {', '.join(list(statistics.reasons)[:4])}",
            "Send it once, at the end: clients that stop at the first lose the rest.",
        )  # fmt: skip
    elif after:
        yield Finding(
            "output-after-finish", "remark", "Text came after the finish reason.",
            f"in {counted(after, 'chunk')}", "Send the finish reason last.",
        )  # fmt: skip


def _usage(observed: Observed) -> Iterator[Finding]:
    counts = observed.statistics.counts
    asked = _asked_for_usage(observed)
    usage, ended = counts["usage"], observed.ending.end == "eof" and observed.finished
    if asked and not usage and observed.answer.usage is None and ended:
        yield Finding(
            "no-usage", "remark", "Usage was asked for but did not come.", "",
            "Nothing to change unless you count tokens.",
        )  # fmt: skip
    if usage and not asked and observed.request.parameters:
        yield Finding(
            "usage-unasked",
            "pass",
            "Usage came without being asked for.",
            f"in {counted(usage, 'chunk')}",
        )
    if usage > 1:
        yield Finding(
            "usage-again", "remark", "Usage came in more than one chunk.", f"in {usage} chunks",
            "Read the last one: programs that add them up count too much.",
        )  # fmt: skip
    elif counts["usage-beside-choices"]:
        yield Finding(
            "usage-beside-choices", "remark", "Usage came in a chunk with choices.", "",
            "OpenAI sends it in a chunk of its own, with “choices”: [].",
        )  # fmt: skip


def _asked_for_usage(observed: Observed) -> bool:
    """Whether the request asked for usage at the end of the stream."""
    options = observed.request.parameters.get("stream_options")
    return isinstance(options, dict) and options.get("include_usage") is True


def of_the_end(observed: Observed) -> Iterator[Finding]:
    """Yield what came late after the text, and how the connection ended after a complete answer."""
    recording, statistics, ending = observed.recording, observed.statistics, observed.ending
    if ending.end == "broken" and observed.finished:
        yield Finding(
            "broken-end", "remark", "The connection broke after the answer was complete.",
            ending.detail[:QUOTE],
            "End the body properly: with the last chunk of length 0, or at the announced length.",
        )  # fmt: skip
    if not recording.timed or not observed.arrivals:
        return
    finish_s, done_s = (
        None if event is None else observed.reading.events[event][0]
        for event in (statistics.finish_event, statistics.done_event)
    )
    if finish_s is not None and finish_s - observed.total_s > LATE_S:
        late_s = finish_s - observed.total_s
        yield _late("late-finish", f"{observed.terms.finish} came late.", late_s)
    if done_s is not None and finish_s is not None and done_s - finish_s > LATE_S:
        yield _late("late-done", "[DONE] came late.", done_s - finish_s)
    last_s = max(filter(None, (finish_s, done_s)), default=None)
    if last_s is not None and ending.at_s is not None and ending.at_s - last_s > LATE_S:
        says = "The body was not ended after the last event."
        yield _late("late-close", says, ending.at_s - last_s)


def _late(name: str, says: str, late_s: float) -> Finding:
    return Finding(
        name, "remark", says, f"{late_s:.1f} s",
        "End the body right after the last event: clients wait for it.",
    )  # fmt: skip
