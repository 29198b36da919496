"""What the typed events of a response or a message look like: order, names, numbers, texts."""

from __future__ import annotations

from collections.abc import Iterator

from ...finding import Finding, Level, explained
from ...wire.parsing import parsed
from ...wording import counted
from ..observed import Observed
from .event_order import broken_rules

QUOTE = 80

# On the grammar: level, sentence, what to change.
ORDER: dict[str, tuple[Level, str, str]] = {
    "no-created-event": (
        "fail", "The stream does not begin with response.created.",
        "Send it first: the openai client's .stream() raises RuntimeError without it.",
    ),
    "item-not-added": (
        "fail", "Part of an item came that was never announced.",
        "Send response.output_item.added before any part of an item: the openai client's "
        ".stream() raises RuntimeError, and agents drop such text.",
    ),
    "part-not-added": (
        "fail", "Text came for a part that was never announced.",
        "Send response.content_part.added before a message's text: the openai client's .stream() "
        "raises IndexError without it.",
    ),
    "item-not-done": (
        "fail", "The response is completed, but an item of it was never finished.",
        "Send response.output_item.done for each item: agents take items, and tool calls above "
        "all, from this event.",
    ),
    "item-added-again": (
        "remark", "An item was announced again before it was finished.",
        "Give each item an id and an output_index of its own.",
    ),
    "id-changes": (
        "remark", "The events of one item name different ids.",
        "Make an item's id once: programs that sort events by item_id lose text.",
    ),
    "part-not-done": (
        "remark", "A part was never finished.", "Send response.content_part.done after its text.",
    ),
    "text-not-done": (
        "remark", "A text was never finished.",
        "Send response.output_text.done with the whole text after the last delta.",
    ),
    "arguments-not-done": (
        "remark", "A tool call's arguments were never finished.",
        "Send response.function_call_arguments.done after the last delta: programs that wait for "
        "it never run the tool.",
    ),
    "no-place": (
        "remark", "The events do not say which item of the output they belong to.",
        "Send output_index and content_index: the openai client's .stream() raises TypeError "
        "without them.",
    ),
    "no-event-names": (
        "remark", "The events have no “event:” line.",
        "Write the type there, too: browsers' EventSource listens by that name.",
    ),
    "names-differ": (
        "remark", "Some events are called one thing in “event:” and another in their data.",
        "Write the same type in both: programs go by one or the other.",
    ),
    "no-numbers": (
        "remark", "Some events have no sequence_number.",
        "Number them from 0: clients that check the schema refuse events without it.",
    ),
    "numbers-not-rising": (
        "remark", "The sequence numbers do not rise.",
        "Add one for each event: a client that resumes a stream goes by them.",
    ),
    "numbers-missing": (
        "remark", "Sequence numbers are left out, so events may have been lost.",
        "Add one for each event, and look for a proxy that takes events out.",
    ),
}  # fmt: skip

# On what the events say, counted while the answer was assembled: level, sentence, what to change.
CONTENT: dict[str, tuple[Level, str, str]] = {
    "no-type": (
        "fail", "Some events do not say what type they are.",
        "Write “type” into the data: the openai client knows events by it alone.",
    ),
    "text-differs": (
        "fail", "The pieces of the text do not add up to the whole text at its end.",
        "Send each piece once and unchanged: what is shown live is not what is kept.",
    ),
    "arguments-differ": (
        "fail", "The pieces of a tool call's arguments do not add up to the whole.",
        "Send each piece once and unchanged: programs run the tool with one or the other.",
    ),
    "no-deltas": (
        "remark", "Some text came only as a whole, without a delta before it.",
        "Send response.output_text.delta: programs that show text as it comes show none.",
    ),
    "end-without-output": (
        "remark", "response.completed holds no output.",
        "Repeat the items there: the openai client's output_text is empty otherwise.",
    ),
    "after-end": (
        "remark", "Events came after the one that ends the response.",
        "Send nothing but [DONE] after it: clients stop reading there.",
    ),
    "odd-delta": (
        "fail", "Some deltas hold no piece of a text or of a call.",
        "Send an object with a type and its piece as a string: programs lose anything else.",
    ),
    "unknown-type": (
        "pass", "Some events are of types that the API does not know.",
        "Legal: readers skip them.",
    ),
}  # fmt: skip


def of_the_events(observed: Observed) -> Iterator[Finding]:
    """Yield what stands out in the events of a response: their order and their contents."""
    reading = observed.reading
    for name, steps in broken_rules(reading.steps).items():
        level, says, do = ORDER[name]
        first = steps[0]
        named = "" if first.name in ("message", first.type) else f", called {first.name[:QUOTE]}"
        evidence = (
            f"{len(steps)} of {len(reading.steps)} events; the first: number {first.event + 1}, "
            f"{first.type[:QUOTE]}{named}"
        )
        yield Finding(name, level, says, evidence, do)
    for name, (level, says, do) in CONTENT.items():
        if count := observed.found[name]:
            yield Finding(name, level, says, counted(count, "time"), do)
    yield from _uncounted(observed)


def of_a_message(observed: Observed) -> Iterator[Finding]:
    """Yield what stands out in the events of a message."""
    for name in ("no-type", "odd-delta", "unknown-type"):
        if count := observed.found[name]:
            level, says, do = CONTENT[name]
            yield Finding(name, level, says, counted(count, "time"), do)
    steps = observed.reading.steps
    # A sign of life may go unseen.
    if unnamed := [step for step in steps if step.name == "message" and step.type != "ping"]:
        yield Finding(
            "no-event-names", "fail", ORDER["no-event-names"][1],
            f"{len(unnamed)} of {counted(len(steps), 'event')}",
            "Write the type there, too: Anthropic's SDK goes by that name, and sees nothing.",
        )  # fmt: skip
    if observed.reading.done and not observed.finished and observed.answer.choices:
        yield Finding(
            "no-stop-reason", "remark", "The message ended without saying why.", "",
            "Send message_delta with a stop_reason: agents go on by it, and a tool is only run "
            "after “tool_use”.",
        )  # fmt: skip
    if observed.finished and not observed.reading.done and observed.ending.end == "eof":
        yield Finding(
            "no-message-stop", "remark", "message_stop is missing at the end.", "",
            "Send it as the last event: clients wait for it.",
        )  # fmt: skip
    yield from _uncounted(observed)


def _uncounted(observed: Observed) -> Iterator[Finding]:
    if observed.answer.usage is None and observed.finished and not observed.answer.error:
        yield Finding(
            "no-usage", "remark", "The answer does not say how many tokens it took.", "",
            "Nothing to change unless you count tokens.",
        )  # fmt: skip


def not_finished(observed: Observed) -> Finding | None:
    """A response returned before it was finished, as one in the background is."""
    if observed.reading.api != "responses" or observed.reading.sse:
        return None
    value = parsed(observed.reading.body)
    status = value.get("status") if isinstance(value, dict) else None
    if status not in ("queued", "in_progress"):
        return None
    return explained(
        "not-ready", "The server handed out a response that is not finished.",
        expected="a response with the status 'completed'", came=f"the status {status!r}",
        do="It goes on in the background: ask without background, or ask for it again by its id "
        f"until it is completed.{observed.kept()}",
    )  # fmt: skip


def completed_at_its_limit(observed: Observed) -> Finding | None:
    """A response that calls itself completed although it ran out of tokens."""
    usage, limit = observed.answer.usage, observed.request.parameters.get("max_output_tokens")
    if observed.reading.api != "responses" or not usage or not limit:
        return None
    if usage.completion_tokens != limit or observed.answer.finish_reason != "stop":
        return None
    return Finding(
        "completed-at-limit", "remark",
        "The response calls itself completed, though its tokens seem to have run out.",
        f"{limit} of {limit} tokens, status 'completed'",
        "End it as incomplete, with the reason max_output_tokens: an agent goes on with half an "
        "answer otherwise.",
    )  # fmt: skip
