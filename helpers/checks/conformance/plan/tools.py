"""Requests with tools: one forced call in every way, two at once, and the results sent back."""

from __future__ import annotations

from typing import Any

from ....wire.parsing import objects
from ....wire.request import Request
from ..shots import Shots
from . import prompts
from .step import TOKENS, Asking, lack, step


def _with_tool(asking: Asking, choice: Any, *cities: str, **changed: Any) -> Request:
    return asking.chat(
        prompts.weather(*cities), tools=[prompts.tool(*cities)], tool_choice=choice, **changed
    )


@step("tools-named", after=("chat",), tokens=120)
def _tools_named(asking: Asking, shots: Shots) -> Request:
    return _with_tool(asking, prompts.named())


@step("tools-required", after=("chat",), tokens=120)
def _tools_required(asking: Asking, shots: Shots) -> Request:
    return _with_tool(asking, "required")


@step("tools-auto", after=("chat",), tokens=120)
def _tools_auto(asking: Asking, shots: Shots) -> Request:
    return _with_tool(asking, "auto")


@step("tools-none", after=("chat",), tokens=120)
def _tools_none(asking: Asking, shots: Shots) -> Request:
    return _with_tool(asking, "none")


def calling(shots: Shots) -> str:
    """The label of the full answer with a tool call, "" for none."""
    labels = ("tools-named", "tools-required", "tools-auto")
    return next(
        (label for label in labels if label in shots and shots[label].answer.tool_calls), ""
    )


@step("tools-stream", after=("tools-named", "tools-required", "tools-auto"), tokens=120)
def _tools_stream(asking: Asking, shots: Shots) -> Request:
    if not (label := calling(shots)):
        raise lack("no tool call came, so none can be streamed")
    return _with_tool(asking, shots[label].sent.get("tool_choice"), stream=True)


@step("tools-two", after=("tools-named", "tools-required", "tools-auto"), tokens=140)
def _tools_two(asking: Asking, shots: Shots) -> Request:
    return _two(asking, shots, True)


@step("tools-one", after=("tools-named", "tools-required", "tools-auto"), tokens=140)
def _tools_one(asking: Asking, shots: Shots) -> Request:
    return _two(asking, shots, False)


def _two(asking: Asking, shots: Shots, parallel: bool) -> Request:
    if not calling(shots):
        raise lack("no tool call came, so two cannot be told apart")
    return _with_tool(
        asking, "required", "Paris", "Rome", limit=2 * TOKENS, stream=True,
        parallel_tool_calls=parallel,
    )  # fmt: skip


@step("tools-answer", after=("tools-named", "tools-required", "tools-auto"), tokens=140)
def _tools_answer(asking: Asking, shots: Shots) -> Request:
    """The server's own message goes back whole, because some servers need their own keys in it."""
    if not (label := calling(shots)):
        raise lack("no tool call came, so none can be answered")
    message = shots[label].message
    results = [
        {"role": "tool", "tool_call_id": call.get("id"), "content": "18 degrees, sunny"}
        for call in objects(message.get("tool_calls"))
    ]
    messages = [*prompts.weather(), message, *results]
    return asking.chat(messages, tools=[prompts.tool()])
