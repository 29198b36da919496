"""Checks of refusals: their status, and whether a program can read the reason."""

from __future__ import annotations

from typing import Any

from ..check import Result, check, deviates, passed, tolerated, unclear
from ..shots import Shot, Shots

ERROR = "OpenAI's ErrorResponse"


@check(
    "error-missing-messages", "errors", "must", "a request without messages gets 4xx",
    core=True, needs=("chat", "no-messages"), gives=("pass", "tolerated", "deviates"), source=ERROR,
    why="A program's mistake would go unnoticed, or look like the server's.",
    do="Check the request and answer 400.",
)  # fmt: skip
def _error_missing_messages(shots: Shots) -> Result:
    shots.answered("chat")
    shot = shots["no-messages"]
    if shot.status == 200 and shot.error:
        return deviates("the error comes inside a 200", shot, shot.error)
    return refusal(shot) or deviates(f"answered with status {shot.status}", shot, shot.words)


def refusal(shot: Shot) -> Result | None:
    """The verdict on the refusal of a wrong request; None if it was answered."""
    status = shot.status or 0
    if 400 <= status < 500:
        return passed(f"status {status}", shot, shot.words)
    if status >= 500:
        return tolerated(f"status {status}", shot, shot.words)
    return None


@check(
    "error-malformed-json", "errors", "should", "a body that is not JSON gets 4xx",
    needs=("chat", "bad-json"), gives=("pass", "tolerated", "deviates"), source=ERROR,
    why="It would look like the server's own failure.", do="Answer 400.",
)  # fmt: skip
def _error_malformed_json(shots: Shots) -> Result:
    shots.answered("chat")
    shot = shots["bad-json"]
    return refusal(shot) or deviates(f"answered with status {shot.status}", shot, shot.words)


@check(
    "error-wrong-type", "errors", "should", 'temperature "hot" gets 4xx',
    needs=("chat", "wrong-type"), gives=("pass", "tolerated"), source=ERROR,
    why="A typo would go unnoticed.", do="Check the types.",
)  # fmt: skip
def _error_wrong_type(shots: Shots) -> Result:
    shots.answered("chat")
    shot = shots["wrong-type"]
    status = f"status {shot.status}: nobody looks at it"
    return refusal(shot) or tolerated(status, shot, shot.words)


@check(
    "error-shape", "errors", "should", '{"error": {"message": …}}, its message a string',
    needs=("no-messages",), gives=("pass", "tolerated"), source=ERROR,
    why='openai-python shows only "Error code: 400" without it: print e.body.',
    do='Answer {"error": {"message": …, "type": …, "param": …, "code": …}}.',
)  # fmt: skip
def _error_shape(shots: Shots) -> Result:
    refusals = _refusals(shots)
    if not refusals:
        return unclear("nothing was refused")
    for shot in refusals:
        if odd := _odd(shot):
            return tolerated(odd, shot, shot.reading.body[:500].decode("utf-8", "replace"))
    return passed(f"in {len(refusals)} refusals", refusals[0], refusals[0].words)


def _odd(shot: Shot) -> str:
    """What is unusual in an error's body, "" for nothing."""
    error = shot.value.get("error")
    if not isinstance(shot.body, dict):
        return "an array" if isinstance(shot.body, list) else "not JSON"
    if isinstance(error, str):
        return "error is a string"
    if not isinstance(error, dict):
        return f"no error in it, but {', '.join(map(str, [*shot.value][:3]))}"[:120]
    return "" if isinstance(error.get("message"), str) else "error has no message"


@check(
    "error-content-type", "errors", "should", "a refusal is application/json",
    needs=("no-messages",), gives=("pass", "tolerated"), source="RFC 8259",
    why="HTML comes from a proxy, not from the model's server.", do="Send application/json.",
)  # fmt: skip
def _error_content_type(shots: Shots) -> Result:
    refusals = _refusals(shots)
    if not refusals:
        return unclear("nothing was refused")
    others = [shot for shot in refusals if not shot.recording.media_type.endswith("json")]
    if others:
        return tolerated(others[0].recording.media_type or "no type", others[0])
    return passed("application/json", refusals[0])


def _refusals(shots: Shots) -> list[Shot]:
    """The refusals that the plan provokes on purpose."""
    labels = ("no-messages", "stream-no-messages", "bad-json", "wrong-type", "model-unknown")
    asked = [shots[label] for label in labels if label in shots and _came(shots, label)]
    return [shot for shot in asked if 400 <= (shot.status or 0) < 500]


def _came(shots: Shots, label: str) -> Any:
    return any(shot.label == label and shot.status is not None for shot in shots)
