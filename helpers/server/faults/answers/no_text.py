"""Modes whose answer has no text: filtered, failed, or in another field."""

from __future__ import annotations

from ...http1 import Reply, Request
from ...replies import answer, completion, error_reply
from ...upstream import Ask
from ..registry import chat_mode
from .canned_responses import THOUGHT

ANSWER = "A tree stands still and grows, and asks for nothing but the rain and light."
REFUSAL = "I'm sorry, but I can't help with that request about a tree today."


@chat_mode(
    "stops-at-once", "Ends with the finish reason stop and no text.", expects="no-text", writes=True
)
async def _stops_at_once(request: Request, ask: Ask) -> Reply:
    return completion(request, [])


@chat_mode("white-space", "Writes only spaces and newlines.", expects="no-text", writes=True)
async def _white_space(request: Request, ask: Ask) -> Reply:
    return completion(request, [("content", space) for space in ("\n", " ", "\n\n", "  ") * 6])


@chat_mode(
    "filtered",
    "Ends with the finish reason content_filter and no text.",
    legal=True,
    expects="refused-by-policy",
    writes=True,
)
async def _filtered(request: Request, ask: Ask) -> Reply:
    return completion(request, [], finish="content_filter")


@chat_mode(
    "filtered-400",
    "Refuses with 400: the prompt was caught by a content filter.",
    legal=True,
    expects="refused-by-policy",
)
async def _filtered_400(request: Request, ask: Ask) -> Reply:
    message = "The response was filtered due to the prompt triggering the content policy."
    return error_reply(400, message, code="content_filter", param="prompt")


@chat_mode(
    "finish-error",
    "Ends with the finish reason error and no text.",
    expects="failed",
    writes=True,
)
async def _finish_error(request: Request, ask: Ask) -> Reply:
    return completion(request, [], finish="error")


@chat_mode(
    "finish-error-late",
    "Ends with the finish reason error after some text.",
    expects="failed",
    writes=True,
)
async def _finish_error_late(request: Request, ask: Ask) -> Reply:
    return completion(request, _words("content", ANSWER), finish="error")


@chat_mode(
    "length-no-text",
    "Ends with the finish reason length and no text.",
    expects="length-without-text",
    writes=True,
)
async def _length_no_text(request: Request, ask: Ask) -> Reply:
    return completion(request, [], finish="length")


@chat_mode(
    "details-only",
    "Thinks in reasoning_details, then stops without text.",
    expects="wrong-reasoning-field",
    writes=True,
)
async def _details_only(request: Request, ask: Ask) -> Reply:
    details = [{"type": "reasoning.text", "text": f"{word} "} for word in THOUGHT.split()]
    deltas = [{"reasoning_details": [detail]} for detail in details]
    return answer(request, deltas, message={"content": "", "reasoning_details": details})


@chat_mode(
    "answer-in-reasoning",
    "Writes its answer into reasoning_content and no text.",
    expects="wrong-reasoning-field",
    writes=True,
)
async def _answer_in_reasoning(request: Request, ask: Ask) -> Reply:
    return completion(request, _words("reasoning_content", ANSWER))


@chat_mode("refusal", "Refuses in words, in the field refusal.", legal=True, writes=True)
async def _refusal(request: Request, ask: Ask) -> Reply:
    deltas = [{field: text} for field, text in _words("refusal", REFUSAL)]
    return answer(request, deltas, message={"content": None, "refusal": REFUSAL})


def _words(field: str, text: str) -> list[tuple[str, str]]:
    return [(field, f"{word} ") for word in text.split()]
