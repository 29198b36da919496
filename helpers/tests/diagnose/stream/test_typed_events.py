"""What is said of a response: the same words as of a chat, and the order of its events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from helpers.diagnose.stream.event_order import broken_rules
from helpers.diagnose.stream.typed_events import CONTENT, ORDER
from helpers.diagnose.words import word_of
from helpers.tests.support.judged import findings, first, remarked
from helpers.tests.support.recordings import SSE, reading_of
from helpers.tests.support.responses import (
    URL,
    call,
    full,
    message,
    of,
    reasoning,
    response,
    sent,
    streamed,
    without,
)

DONE = b"data: [DONE]\n\n"
Events = list[dict[str, Any]]
# An action of a built-in tool, which the program must carry out.
_ACTION = {"id": "cu_1", "type": "computer_call", "action": {"type": "click"}}
CLICK = [of(f"output_item.{at}", output_index=0, item=_ACTION) for at in ("added", "done")]


def broken(events: Events) -> list[str]:
    """Return the names of the rules that a stream breaks."""
    return list(broken_rules(reading_of(streamed(events)).steps))


def swapped(events: Events, kind: str) -> Events:
    """Return the events with the first of a type one place later."""
    at = next(n for n, event in enumerate(events) if event["type"] == f"response.{kind}")
    return [*events[:at], events[at + 1], events[at], *events[at + 2 :]]


def edited(change: Callable[[dict[str, Any]], object]) -> Events:
    """Return a good stream whose events were changed in place."""
    events = response()
    for event in events:
        change(event)
    return events


BROKEN = [
    ("no-created-event", without(response(), "created")),
    ("item-not-added", without(response(), "output_item.added", "content_part.added")),
    ("item-not-added", swapped(response(call()), "output_item.added")),
    ("part-not-added", without(response(), "content_part.added")),
    ("part-not-added", swapped(response(), "content_part.added")),
    ("item-not-done", without(response(), "output_item.done")),
    ("part-not-done", without(response(), "content_part.done")),
    ("text-not-done", without(response(), "output_text.done")),
    ("arguments-not-done", without(response(call()), "function_call_arguments.done")),
    ("item-added-again", [*response()[:3], *response()[2:]]),
    ("no-place", edited(lambda event: event.pop("output_index", None))),
    ("no-numbers", edited(lambda event: event.pop("sequence_number"))),
    ("numbers-not-rising", edited(lambda event: event.update(sequence_number=1))),
    (
        "numbers-missing",
        edited(lambda event: event.update(sequence_number=2 * event["sequence_number"])),
    ),
    (
        "id-changes",
        edited(
            lambda event: (
                "item_id" in event and event.update(item_id=f"msg_{event['sequence_number'] + 7}")
            )
        ),
    ),
]


@pytest.mark.parametrize(
    "events",
    [
        response(),
        response(reasoning(), message(place=1), call(place=2)),
        response(call(), call(place=1, item="fc_2")),
        response(message(kind="refusal")),
        response(ends="incomplete", incomplete_details={"reason": "content_filter"}),
        without(response(reasoning(), message(place=1)), "in_progress"),
        [*response()[:5], of("keepalive"), *response()[5:]],
        [*response()[:2], of("web_search_call.searching", item_id="ws"), *response()[2:]],
    ],
    ids=["text", "agent", "calls", "refusal", "incomplete", "brief", "keepalive", "search"],
)
def test_what_openai_sends_breaks_nothing(events: Events) -> None:
    """Reasoning and calls have no content parts, unknown types may come anywhere."""
    events = [event | {"sequence_number": number} for number, event in enumerate(events)]
    recording = streamed(events)
    assert {} == broken_rules(reading_of(recording).steps)
    assert [] == [found.name for found in findings(recording) if found.level in ("fail", "remark")
                  and found.name not in ("length", "filtered")]  # fmt: skip


@pytest.mark.parametrize("last", [[], [DONE]])
def test_it_may_end_with_done_or_without(last: list[bytes]) -> None:
    """OpenAI sends none, Open Responses asks for it."""
    recording = streamed([*response(), *last])
    assert "streamed" == first(recording).name
    assert {} == remarked(recording)


@pytest.mark.parametrize("last", [[], [DONE]])
def test_without_its_last_event_it_is_cut(last: list[bytes]) -> None:
    """[DONE] is no end of a response."""
    found = first(streamed([*response()[:-1], *last]))
    assert ("cut", "fail") == (found.name, found.level)
    assert "response.completed" in found.expected


@pytest.mark.parametrize(("name", "events"), BROKEN)
def test_each_rule_is_broken_alone(name: str, events: Events) -> None:
    """By its name, and nothing else is said of the order."""
    renumbered = "numbers" not in name
    if renumbered:
        events = [event | {"sequence_number": number} for number, event in enumerate(events)]
    assert [name] == broken(events)
    level, says, do = ORDER[name]
    assert says
    assert do
    told = [found for found in findings(streamed(events)) if found.name == name]
    assert [level] == [found.level for found in told]


@pytest.mark.parametrize(
    ("name", "rename"),
    [
        ("no-event-names", lambda _: ""),
        ("names-differ", lambda kind: kind.replace("output_text", "text")),
    ],
)
def test_names_beside_the_data_are_judged(name: str, rename: Callable[[str], str]) -> None:
    """Programs go by one or the other, so it is a remark."""
    recording = streamed([sent(event, rename(event["type"])) for event in response()])
    assert {name: "remark"} == remarked(recording)


def test_every_rule_can_be_broken() -> None:
    """Each has a case above: none is a sentence that nobody sees."""
    assert set(ORDER) == {name for name, _ in BROKEN} | {"no-event-names", "names-differ"}
    assert not set(ORDER) & set(CONTENT)


@pytest.mark.parametrize(
    ("recording", "name"),
    [
        (streamed([of("error", message="gone", code="500")]), "error-inside"),
        (streamed(response(ends="failed", error={"message": "gone"})), "error-inside"),
        (streamed([b'data: {"choices":[{"delta":{"content":"oak"}}]}\n\n']), "chat-chunks"),
        (full(response()[-1]["response"]), "answered"),
        (full({"object": "chat.completion", "choices": [{"message": {}}]}), "not-an-answer"),
        (full({"error": {"message": "gone"}}), "json-error"),
        (full({"object": "response", "status": "queued", "output": []}), "not-ready"),
        (full({"status": "completed", "output": [], "output_text": "oak"}), "text-elsewhere"),
        (full({"detail": "Not Found"}, status=404, url=URL), "no-such-api"),
        (streamed(without(response(), "output_text.delta")), "one-delta"),
        (streamed(response(message(["\n"]))), "no-text"),
        (streamed(response(call())), "tool-call-only"),
        (streamed(response(CLICK)), "not-text"),
        (full(response(CLICK)[-1]["response"]), "not-text"),
        (streamed([], headers=SSE), "empty"),
    ],
)
def test_a_response_is_named_like_a_chat(recording: Any, name: str) -> None:
    """One diagnosis for both."""
    assert name == first(recording).name
    assert word_of(findings(recording))


@pytest.mark.parametrize(("tokens", "said"), [(15, True), (400, False)])
def test_completed_at_the_limit_is_remarked(tokens: int, said: bool) -> None:
    """An agent takes half an answer for a whole one."""
    body = f'{{"model":"oak","input":"x","stream":true,"max_output_tokens":{tokens}}}'.encode()
    recording = streamed(response(), request_body=body)
    assert said == ("completed-at-limit" in remarked(recording))
