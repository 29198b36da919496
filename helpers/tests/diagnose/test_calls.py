"""Tool calls that no program can run, and those that are only odd to look at."""

from __future__ import annotations

import json
from typing import Any

import pytest

from helpers.tests.support.judged import remarked
from helpers.tests.support.recordings import recorded
from helpers.wire.recording import Recording

GOOD = {"id": "c", "function": {"name": "plant", "arguments": '{"kind": "oak"}'}}


def called(call: dict[str, Any], finish: str = "tool_calls", **asked: Any) -> Recording:
    """Return a whole answer that calls a tool."""
    message = {"role": "assistant", "content": None, "tool_calls": [call]}
    choice = {"index": 0, "message": message, "finish_reason": finish}
    body = {"model": "oak", "choices": [choice], "usage": {"completion_tokens": 1}}
    return recorded(
        [(0.1, json.dumps(body).encode())], headers=(("Content-Type", "application/json"),),
        request_body=json.dumps({"model": "oak", **asked}).encode(),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("function", "found"),
    [
        ({"arguments": "{}"}, {"tool-call-without-name": "fail"}),
        ({"name": "plant", "arguments": '{"kind": "o'}, {"tool-arguments-not-json": "remark"}),
        ({"name": "plant", "arguments": ""}, {}),
        (GOOD["function"], {}),
    ],
)
def test_what_keeps_a_call_from_being_run_is_named(
    function: dict[str, str], found: dict[str, str]
) -> None:
    """No arguments at all are those of a tool that takes none."""
    assert found == remarked(called({"id": "c", "function": function}))


def test_half_a_call_is_not_judged() -> None:
    """Where the tokens ran out, and where a tool takes any text."""
    call = {"id": "c", "function": {"name": "plant", "arguments": '{"kind": "o'}}
    assert {} == remarked(called(call, "length"))
    assert {} == remarked(called(call, tools=[{"type": "custom", "custom": {"name": "plant"}}]))
