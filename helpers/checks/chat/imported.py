"""A conversation held elsewhere: a line of the fine-tuning format, or recorded exchanges.

Pure. Files come from anywhere: sizes and counts are bounded, and their contents are only text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...client.exchange import Exchange
from ...endpoint import CallError
from ...wire.parsing import as_list, as_object, objects
from ...wording import kind_of
from .calls import Called
from .own_message import Message, plain
from .turns import Conversation, Step, Turn

LARGEST = 20 << 20
MOST_MESSAGES, MOST_TOOLS = 2000, 128
_ROLES = frozenset({"system", "developer", "user", "assistant", "tool", "function"})
_DO = 'Take a file that chat.export() wrote, or a line such as {"messages": [{"role": "user", …'


class ConversationFileError(CallError):
    """A file holds no conversation that can be continued."""

    headline = "This is not a conversation"


@dataclass(frozen=True)
class Imported:
    """The contents of a file.

    system:  the system prompt
    tools:   the tools that the model was offered, as they were sent
    """

    conversation: Conversation
    system: str = ""
    tools: tuple[Any, ...] = ()


def of_lines(text: str, number: int = 0) -> Imported:
    """The conversation in one of the lines of a JSONL file.

    raises:  ConversationFileError
    """
    lines = [line for line in text.splitlines() if line.strip()]
    if not 0 <= number < len(lines):
        raise _wrong(f"a line number below {len(lines)}", str(number))
    # JSON spread over several lines, as people format it, is read whole.
    found = _read(text if lines[0].strip() in ("{", "[") else lines[number])
    data = found if isinstance(found, dict) else {"messages": found}
    messages, tools = data.get("messages"), data.get("tools") or ()
    if not isinstance(messages, list) or not 0 < len(messages) <= MOST_MESSAGES:
        raise _wrong(f"messages, {MOST_MESSAGES:,} at most", _kind(messages))
    if not isinstance(tools, list | tuple) or len(tools) > MOST_TOOLS:
        raise _wrong(f"a list of at most {MOST_TOOLS} tools", _kind(tools))
    for one in messages:
        _check(one)
    system, rest = _system(messages)
    return Imported(
        Conversation([*_turns(rest)], system=system, tools=(*tools,)), system, (*tools,)
    )


def of_exchanges(exchanges: Sequence[Exchange]) -> Imported:
    """The conversation that recorded exchanges form, each mapped to the step that it was.

    raises:  ConversationFileError if none of them begins or continues a conversation
    """
    conversation, last = Conversation(), None
    for exchange in exchanges:
        _, messages = _system(list(exchange.request.messages))
        if step := _step(conversation, tuple(messages)):
            conversation.take(step, exchange)
            last = exchange
    if last is None:
        raise _wrong("a chat among the exchanges", f"{len(exchanges)} without one")
    system, _ = _system(list(last.request.messages))
    tools = as_list(last.request.parameters.get("tools"))
    instructions = last.request.parameters.get("system") or system
    return Imported(
        conversation, instructions if isinstance(instructions, str) else "", tuple(tools)
    )


def _step(conversation: Conversation, messages: tuple[Message, ...]) -> Step | None:
    """The step that sends these messages; None if they do not belong to this conversation."""
    turns = conversation.turns
    if not messages:
        return None
    if turns and (answered := _results(conversation, messages)):
        conversation.note_calls(answered)
        return Step("results")
    if turns and messages[-1].get("role") == "assistant":
        return Step("go on") if _same(messages[:-1], conversation.messages[:-1]) else None
    if messages[-1].get("role") != "user":
        return None
    prompt = _text(messages[-1])
    if not turns:
        conversation.turns.extend(_turns(messages[:-1]))
        return Step("say", prompt)
    if _same(messages[:-1], conversation.messages):
        return Step("say", prompt)
    if _same(messages[:-1], conversation.before_last):
        return Step("again" if prompt == turns[-1].prompt else "edit", prompt)
    return None


def _results(conversation: Conversation, messages: tuple[Message, ...]) -> list[Called]:
    """The results of the last answer's calls, if these messages hold all of them; else []."""
    last = conversation.turns[-1]
    calls = last.exchange.answer.tool_calls if last.rounds and not last.rounds[-1].called else ()
    outputs = {place: output for one in messages for place, output in _outputs(one)}
    if not calls or not all(call.id in outputs for call in calls):
        return []
    return [Called(call, "ran", outputs[call.id]) for call in calls]


def _outputs(message: Message) -> Iterable[tuple[str, str]]:
    """Yield the call ids and results that a message holds, in any API's form."""
    if message.get("role") == "tool":
        yield str(message.get("tool_call_id")), _text(message)
    elif message.get("type") == "function_call_output":
        yield str(message.get("call_id")), str(message.get("output"))
    elif isinstance(blocks := message.get("content"), list):
        for block in blocks:
            if isinstance(block, dict) and block.get("type") == "tool_result":
                yield str(block.get("tool_use_id")), _text(block)


def _same(one: Iterable[Message], other: Iterable[Message]) -> bool:
    """Whether both hold the same messages, disregarding the server's own keys."""
    first, second = (
        [{**plain(message), "type": ""} for message in messages] for messages in (one, other)
    )
    return first == second


def _system(messages: Sequence[Any]) -> tuple[str, list[Any]]:
    """The system prompt, if the conversation begins with a plain one, and the other messages."""
    first = messages[0] if messages else {}
    if first.get("role") == "system" and isinstance(first.get("content"), str):
        return first["content"], [*messages[1:]]
    return "", [*messages]


def _turns(messages: Sequence[Message]) -> list[Turn]:
    """A turn for each message of the user's, with everything that follows it."""
    parts: list[list[Message]] = []
    for one in messages:
        if not parts or one.get("role") == "user":
            parts.append([])
        parts[-1].append(one)
    return [
        Turn(_text(part[0]) if part[0].get("role") == "user" else "", imported=tuple(part))
        for part in parts
    ]


def _text(message: Message) -> str:
    content = message.get("content")
    if isinstance(content, list):
        parts = (part.get("text", "") for part in objects(content))
        return "\n".join(part for part in parts if isinstance(part, str))
    return content if isinstance(content, str) else ""


def _check(message: Any) -> None:
    if not isinstance(message, dict) or not ("role" in message or "type" in message):
        raise _wrong("objects with a role as messages", _kind(message))
    if "role" in message and message["role"] not in [*_ROLES]:
        raise _wrong(f"one of the roles {', '.join(sorted(_ROLES))}", repr(message["role"])[:40])
    if not isinstance(message.get("content"), str | list | None):
        raise _wrong("text or parts as content", _kind(message["content"]))


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _wrong("JSON", str(error)[:80]) from None


def _kind(value: object) -> str:
    return f"{len(value)} of them" if isinstance(value, list) else kind_of(value)


def _wrong(expected: str, came: str) -> ConversationFileError:
    return ConversationFileError(expected, came, _DO)


def texts(messages: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """What was said in a turn held elsewhere: the role, and the words or the call."""
    lines: list[tuple[str, str]] = []
    for one in messages:
        role = str(one.get("role") or one.get("type") or "")
        for call in objects(one.get("tool_calls")):
            if function := as_object(call.get("function")):
                lines.append(("call", f"{function.get('name')}({function.get('arguments')})"))
        if text := _text(one):
            lines.append((role, text))
    return lines
