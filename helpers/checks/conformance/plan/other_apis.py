"""The plan's requests to the other chat APIs: text completions and Anthropic's messages."""

from __future__ import annotations

from ....wire.request import Request, chat
from ..shots import Shots
from . import prompts
from .step import LIMIT, TOKENS, TOKENS_TO_THINK, Asking, lack, step


def _completion(asking: Asking, *, stream: bool) -> Request:
    text = f"{asking.prompt.strip()}\n\n"
    return chat(
        text, model=asking.model, api="completions", stream=stream, max_tokens=LIMIT, temperature=0
    )


def _message(asking: Asking, *, stream: bool) -> Request:
    limit = TOKENS_TO_THINK if asking.thinks else TOKENS
    return chat(
        asking.prompt, model=asking.model, system=prompts.SYSTEM, api="messages", stream=stream,
        max_tokens=limit,
    )  # fmt: skip


def _there(shots: Shots, label: str) -> None:
    """Raise Lacking if the API did not answer, which saves a second request."""
    if shots[label].status != 200:
        raise lack(f"the request “{label}” was not answered")


@step("completion", after=("chat",), tokens=40)
def _completion_full(asking: Asking, shots: Shots) -> Request:
    return _completion(asking, stream=False)


@step("completion-stream", after=("completion",), tokens=40)
def _completion_stream(asking: Asking, shots: Shots) -> Request:
    _there(shots, "completion")
    return _completion(asking, stream=True)


@step("message", after=("chat",))
def _message_full(asking: Asking, shots: Shots) -> Request:
    return _message(asking, stream=False)


@step("message-stream", after=("message",))
def _message_stream(asking: Asking, shots: Shots) -> Request:
    _there(shots, "message")
    return _message(asking, stream=True)
