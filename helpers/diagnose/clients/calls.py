"""How a client's tool calls compare with those that came."""

from __future__ import annotations

from typing import Any

from ...wire.answer import ToolCall
from ...wire.parsing import parsed


def calls_differ(ours: tuple[ToolCall, ...], theirs: tuple[ToolCall, ...]) -> str:
    """How the tool calls differ, "" if they are the same."""
    if len(theirs) != len(ours):
        merged = f", named “{theirs[0].name[:60]}”" if theirs else ""
        if len(theirs) > len(ours):
            return f"sees {len(theirs)} tool calls where {len(ours)} came{merged}"
        return f"sees {len(theirs)} of {len(ours)} tool calls{merged}"
    by_id = {call.id: call for call in theirs}
    if by_id.keys() == {call.id for call in ours} and len(by_id) == len(ours):
        # The order of calls means nothing: some clients sort them by index.
        theirs = tuple(by_id[call.id] for call in ours)
    for one, other in zip(ours, theirs, strict=True):
        if one.name != other.name:
            return f"calls the tool “{other.name[:60]}”, not “{one.name[:60]}”"
        if _value(one.arguments) != _value(other.arguments):
            return f"has other arguments for {one.name[:60]}: {other.arguments[:60] or 'none'}"
        if one.id and one.id != other.id:
            return f"gives the call the id “{other.id[:40]}”, not “{one.id[:40]}”"
    return ""


def _value(arguments: str) -> Any:
    """The value of arguments, whatever their white space; no arguments mean an empty object."""
    value = parsed(arguments or "{}")
    return arguments if value is None else value


def cut_short(calls: tuple[ToolCall, ...]) -> bool:
    """Whether the token limit fell inside a call: nobody can know what it was meant to be."""
    return any(call.arguments and isinstance(_value(call.arguments), str) for call in calls)


def calls_listed(calls: tuple[ToolCall, ...]) -> str:
    """The calls, one per line; "none" if there are none."""
    lines = [f"{call.name}({call.arguments})  {call.id}".rstrip() for call in calls]
    return "\n".join(lines) or "none"
