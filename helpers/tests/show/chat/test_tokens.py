"""How sure a model was: shown inert, and checked before anybody computes with it."""

from __future__ import annotations

from typing import Any

import pytest

from helpers.checks.logprobs import judge_logprobs, tokens_of
from helpers.show.chat.tokens import Tokens
from helpers.tests.support.recordings import read
from helpers.tests.support.streams import DONE, event

HOSTILE = "<script>alert(1)</script>"


def entry(text: str, logprob: Any = -0.1, **more: Any) -> dict[str, Any]:
    """Return a token as a server sends it."""
    return {"token": text, "logprob": logprob} | more


def came(*entries: dict[str, Any], text: str = "") -> Any:
    """Return the reading of a stream with one token a chunk."""
    pieces = []
    for one in entries:
        choice = {"index": 0, "delta": {"content": one["token"]}, "finish_reason": None}
        pieces.append(event({}, choices=[choice | {"logprobs": {"content": [one]}}]))
    if text:
        pieces = [event({"content": text}), *(
            event({}, choices=[{"index": 0, "delta": {}, "logprobs": {"content": [one]}}])
            for one in entries
        )]  # fmt: skip
    return read([(0.1, b"".join(pieces) + event({}, "stop") + DONE)])


@pytest.mark.parametrize(
    ("reading", "name"),
    [
        (came(entry("an"), entry(" oak")), "logprobs"),
        (came(entry("an"), text="an"), "logprobs"),
        (came(entry("an", 0.7)), "logprobs-over-one"),
        (came(*[entry(" oak", 0.0)] * 8), "logprobs-all-zero"),
        (came(entry("a n"), text="an oak"), "logprobs-other-text"),
        (came(entry("\ufffd", bytes=[195]), entry("\ufffd", bytes=[169]), text="é"), "logprobs"),
        (came(entry("an", "high"), entry("an", float("inf"))), "logprobs-ignored"),
        (came(text="an oak"), "logprobs-ignored"),
    ],
)
def test_what_came_is_checked(reading: Any, name: str) -> None:
    """That it came, that it may be probabilities, that it belongs to the text."""
    assert name == judge_logprobs(reading, tokens_of(reading)).name


def test_the_surer_the_paler_and_nothing_alive() -> None:
    """With what it might have been in a tip and in the table."""
    other = [entry(HOSTILE, -0.5), entry("elm", -2.0)]
    reading = came(entry(HOSTILE, -0.5, top_logprobs=other), entry(" oak", 0.0))
    tokens = tokens_of(reading)
    shown = Tokens(tuple(tokens), judge_logprobs(reading, tokens))
    html = shown._repr_mimebundle_()["text/html"]
    assert "<script" not in html
    assert ("0.24)" in html, "0.00)" in html) == (True, True)
    assert "'elm' 13.5%" in shown.table.rows[0][2]
    assert "100.0%" == shown.table.rows[1][1]
