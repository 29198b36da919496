"""The server's own message, with unknown keys, as it is sent back.

Some servers need their own keys back (a signature, an id, reasoning) and others refuse them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ...wire.parsing import as_object, objects, parsed
from ...wire.reading import Reading
from ...wire.request import Api
from ...wire.surrogates import encodable

Message = Mapping[str, Any]

# These texts arrive in pieces; any other text replaces the one before.
_IN_PIECES = ("content", "reasoning", "reasoning_content", "refusal")
_OF_A_BLOCK = {"text_delta": "text", "thinking_delta": "thinking", "signature_delta": "signature"}
_OF_A_CALL = {"index", "id", "type", "function"}
# What every server of the API must accept back.
PLAIN_KEYS = {"role", "content", "tool_calls", "tool_call_id"}


def own_messages(reading: Reading) -> tuple[Message, ...]:
    """The answer as the next request holds it; () if nothing came that could go back.

    An answer that was stopped, or broke off, goes back as its text alone, as does a completion.
    """
    answer = reading.answer
    if not (answer.text or answer.tool_calls or answer.refusal):
        return ()
    own = _OF_THE_API.get(reading.api) if answer.finish_reason else None
    whole = own(reading) if own else ()
    # A server's lone surrogate cannot be encoded, and must not break the user's next request.
    sendable = tuple(_sendable(message) for message in whole)
    return sendable or ((assistant_message(answer.text),) if answer.text else ())


def assistant_message(text: str) -> Message:
    """An assistant's message with nothing but text."""
    return {"role": "assistant", "content": text}


def _sendable(value: Any) -> Any:
    """The same nested lists and dictionaries, with every text made encodable."""
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, dict):
        return {_sendable(name): _sendable(held) for name, held in value.items()}
    return [*map(_sendable, value)] if isinstance(value, list) else value


def own_keys(messages: tuple[Message, ...]) -> list[str]:
    """The keys in the server's own messages that not every server accepts back."""
    own = (message for message in messages if message.get("role") == "assistant")
    return sorted({key for message in own for key in message} - PLAIN_KEYS)


def plain(message: Message) -> Message:
    """A message without the server's own keys."""
    if message.get("role") != "assistant":
        return message
    return {name: value for name, value in message.items() if name in PLAIN_KEYS}


def _of_a_chat(reading: Reading) -> tuple[Message, ...]:
    if not reading.sse:
        choices = objects(as_object(parsed(reading.body)).get("choices"))
        message = choices[0].get("message") if choices else None
        return (_sent(message),) if isinstance(message, dict) else ()
    whole: dict[str, Any] = {"role": "assistant", "content": ""}
    beside: dict[str, dict[str, Any]] = {}
    for delta in _deltas(reading):
        for name, value in delta.items():
            if name == "tool_calls":
                _note_beside(beside, value)
            elif value is not None:
                whole[name] = _grown(name, whole.get(name), value)
    calls = [
        beside.get(call.id, {})
        | {"id": call.id, "type": "function",
           "function": {"name": call.name, "arguments": call.arguments}}
        for call in reading.answer.tool_calls
    ]  # fmt: skip
    return ({**whole, "tool_calls": calls} if calls else whole,)


def _deltas(reading: Reading) -> Iterator[dict[str, Any]]:
    """What each chunk adds to the first choice."""
    for _, _, event in reading.events:
        for choice in objects(as_object(parsed(event.data)).get("choices")):
            if choice.get("index", 0) == 0:
                yield as_object(choice.get("delta")) or as_object(choice.get("message"))


def _grown(name: str, old: Any, new: Any) -> Any:
    if isinstance(old, str) and isinstance(new, str):
        return old + new if name in _IN_PIECES else new
    if isinstance(old, list) and isinstance(new, list):
        return old + new
    return {**old, **new} if isinstance(old, dict) and isinstance(new, dict) else new


def _note_beside(beside: dict[str, dict[str, Any]], calls: Any) -> None:
    """Keep a call's extra keys, such as Gemini's signature."""
    for call in objects(calls):
        more = {name: value for name, value in call.items() if name not in _OF_A_CALL}
        if more and isinstance(call.get("id"), str):
            beside.setdefault(call["id"], {}).update(more)


def _of_a_response(reading: Reading) -> tuple[Message, ...]:
    """The items of a response's output; a stream's last event holds all of them."""
    whole = as_object(parsed(reading.body)) if not reading.sse else {}
    for _, _, event in reversed(reading.events):
        ended = as_object(as_object(parsed(event.data)).get("response"))
        if isinstance(ended.get("output"), list):
            whole = ended
            break
    return tuple(objects(whole.get("output")))


def _of_messages(reading: Reading) -> tuple[Message, ...]:
    """The content's blocks: as they are if unstreamed, assembled from a stream."""
    if reading.sse:
        content: Any = _blocks(reading)
    else:
        content = as_object(parsed(reading.body)).get("content")
    return ({"role": "assistant", "content": content},) if isinstance(content, list) else ()


def _blocks(reading: Reading) -> list[dict[str, Any]]:
    """Each block with its deltas added; a call's input is parsed into an object."""
    blocks: dict[Any, dict[str, Any]] = {}
    inputs: dict[Any, str] = {}
    for _, _, event in reading.events:
        fields = as_object(parsed(event.data))
        index, delta = str(fields.get("index")), as_object(fields.get("delta"))
        if fields.get("type") == "content_block_start":
            blocks[index] = dict(as_object(fields.get("content_block")))
        elif fields.get("type") == "content_block_delta" and index in blocks:
            kind = delta.get("type")
            if kind == "input_json_delta":
                inputs[index] = inputs.get(index, "") + str(delta.get("partial_json") or "")
            elif kind in _OF_A_BLOCK:
                name = _OF_A_BLOCK[kind]
                blocks[index][name] = _grown("content", blocks[index].get(name), delta.get(name))
    for index, text in inputs.items():
        blocks[index]["input"] = parsed(text) if text else {}
    return [*blocks.values()]


def _sent(message: dict[str, Any]) -> Message:
    """A message without null values, except the content, which has to be there."""
    return {k: v for k, v in message.items() if v is not None or k == "content"}


_OF_THE_API: dict[Api, Callable[[Reading], tuple[Message, ...]]] = {
    "chat": _of_a_chat,
    "responses": _of_a_response,
    "messages": _of_messages,
    "embeddings": _of_messages,
}
