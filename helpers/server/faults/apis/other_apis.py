"""Modes of the APIs besides chat: text completions and Anthropic's messages, missing or wrong."""

from __future__ import annotations

from ....wire.request import Api
from ...events import chunk_of, event_of, events
from ...http1 import Body, Reply, Request
from ...replies import error_reply
from ...upstream import Ask
from ..registry import Change, chat_mode, full_edited, stream_mode
from ..requests.parameters import changed

_SAID: dict[Api, str] = {"completions": "text completions", "messages": "Messages"}


def _refusing(status: int, words: str) -> Change:
    async def refuse(request: Request, ask: Ask) -> Reply:
        return error_reply(status, words)

    return refuse


async def _not_streamed(request: Request, ask: Ask) -> Reply:
    return await ask(changed(request, stream=None))


async def _as_chat(request: Request, ask: Ask) -> Reply:
    """Give full answers the form of a chat's and leave streams alone."""
    reply = await ask(request)
    if reply.is_event_stream:
        return reply
    message = {"role": "assistant", "content": "A tree."}

    def edit(answer: dict[str, object]) -> None:
        answer.pop("content", None)
        answer["choices"] = [{"index": 0, "message": message, "finish_reason": "stop"}]

    return await full_edited(reply, edit)


def _add(api: Api, name: str, says: str, change: Change, expects: str = "streamed") -> None:
    chat_mode(
        f"{api}-{name}", says, legal=expects == "streamed", expects=expects, group="other_apis",
        apis=(api,),
    )(change)  # fmt: skip


for _api, _what in _SAID.items():
    _add(_api, "not-there", f"Has no path for {_what}.", _refusing(404, "Not Found"), "not-found")
    _add(
        _api, "refused", f"Refuses {_what} with 400.", _refusing(400, "Not with this model."),
        "refused-request",
    )  # fmt: skip
    _add(
        _api, "not-streamed", f"Ignores stream where {_what} are asked for.", _not_streamed,
        "full-for-stream",
    )  # fmt: skip
    _add(_api, "as-chat", f"Answers {_what} as if they were a chat.", _as_chat)


@stream_mode(
    "completions-no-text", "Streams text completions as a chat's deltas.",
    apis=("completions",), also=("delta-for-text",),
)  # fmt: skip
async def _no_text(body: Body) -> Body:
    async for event in events(body):
        chunk = chunk_of(event)
        for choice in chunk.get("choices") or []:
            choice["delta"] = {"content": choice.pop("text")}
        yield event_of(chunk) if chunk else event


@stream_mode(
    "messages-no-stop", "Ends a streamed message without message_stop.", legal=True,
    apis=("messages",),
)  # fmt: skip
async def _no_stop(body: Body) -> Body:
    async for event in events(body):
        if chunk_of(event).get("type") != "message_stop":
            yield event


@stream_mode(
    "messages-unnamed", "Streams a message's events without their names.",
    also=("no-event-names",), apis=("messages",),
)  # fmt: skip
async def _unnamed(body: Body) -> Body:
    async for event in events(body):
        yield event[event.index(b"data:") :]


@chat_mode(
    "messages-no-reason", "Leaves stop_reason and usage out of full messages.", legal=True,
    apis=("messages",),
)  # fmt: skip
async def _no_reason(request: Request, ask: Ask) -> Reply:
    reply = await ask(request)
    if reply.is_event_stream:
        return reply
    return await full_edited(reply, lambda answer: answer.update(stop_reason=None, usage=None))
