"""What stands out in the tool calls of an answer that arrived complete."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ...finding import Finding, Level
from ...wire.answer import ToolCall
from ...wire.parsing import as_object, objects, parsed
from ..observed import Observed
from .reasons import meaning

QUOTE = 80
LOOKED_AT = 20_000
# How common chat templates write a call, if the server does not parse it out of the text.
_IN_TEXT = re.compile(
    r"<[|｜]?\w{0,20}[|｜]?(?:[a-z]{1,20}[:_])?"
    r"(?:tool[_▁]calls?|function_calls?\b|function=|invoke name=)[^<>\s]{0,40}>?"
    r"|</tool_call>|\[TOOL_CALLS\]|<\|(?:python_tag|tools_prefix|START_ACTION|action_start)\|>"
    r"|<\|channel\|>\w+ to=functions\.|^\s*```tool_(?:code|call)\b"
)
# The name of the tool follows within this many characters.
NEAR = 300


def of_the_calls(observed: Observed) -> Iterator[Finding]:
    """Yield whatever keeps programs from running the calls."""
    calls = [call for choice in observed.answer.choices for call in choice.tool_calls]
    if nameless := [call for call in calls if not call.name]:
        yield Finding(
            "tool-call-without-name", "fail", "A tool call does not say which tool it calls.",
            f"{len(nameless)} of {len(calls)} calls; the first with the arguments "
            f"“{nameless[0].arguments[:QUOTE]}”",
            "Send the name with the call's first piece: no program can run it otherwise.",
        )  # fmt: skip
    # The old form of a call, which ends with function_call, has no id.
    old = observed.answer.finish_reason == "function_call"
    unnamed = any(call.name and not call.id for call in calls)
    if observed.reading.api == "chat" and unnamed and not old:
        yield Finding(
            "tool-call-without-id", "remark", "A tool call has no id.", "",
            "Give each call one: programs answer a call by its id, and some clients drop it.",
        )  # fmt: skip
    offered = observed.request.parameters
    if observed.found["old-function-call"] and "tools" in offered and "functions" not in offered:
        yield Finding(
            "old-function-call", "fail", "The call is in “function_call”, the form before tools.",
            "the request offered “tools”",
            "Send it in tool_calls, with an index and an id: programs that offer tools read no "
            "other field.",
        )  # fmt: skip
    if observed.found["tool-call-index-again"]:
        yield _merged(observed)
    yield from _expected_otherwise(observed, calls)
    if _may_be_judged(observed):
        yield from _of_arguments(calls)


def _of_arguments(calls: list[ToolCall]) -> Iterator[Finding]:
    if twice := [call for call in calls if _is_json_twice(call)]:
        yield Finding(
            "tool-arguments-twice", "remark", "A tool call's arguments are JSON encoded twice.",
            f"{twice[0].name[:QUOTE]}: {twice[0].arguments[:QUOTE]}",
            "Have the server encode them once: programs get a string where they want an object.",
        )  # fmt: skip
    if broken := [call for call in calls if not _is_json(call)]:
        yield Finding(
            "tool-arguments-not-json", "remark", "A tool call's arguments are not JSON.",
            f"{broken[0].name[:QUOTE]}: “{broken[0].arguments[:QUOTE]}”",
            "Either the model wrote it that way, or a piece was lost on the way: ask with "
            "stream=False. If the call is whole then, check the server's parser.",
        )  # fmt: skip


def _expected_otherwise(observed: Observed, calls: list[ToolCall]) -> Iterator[Finding]:
    """Yield calls that were announced but missing, came unasked, or are left in the text."""
    reasons = {choice.finish_reason for choice in observed.answer.choices}
    sent = observed.request.parameters
    asked = sent.get("tools") or sent.get("functions")
    if asked and (found := _left_in_the_text(observed, calls, _offered(asked))):
        yield found
    elif reasons & {"tool_calls", "function_call"} and not calls:
        yield Finding(
            "tool-calls-missing", "remark", "The finish reason says tool calls, but none came.", "",
            "Programs wait for a call to run: send “stop” as the reason, or look for what removed "
            "the call on its way.",
        )  # fmt: skip
    offered = _offered(asked)
    unknown = [call.name for call in calls if call.name and call.name not in offered]
    if offered and unknown:
        yield Finding(
            "tool-call-unknown", "remark", "A tool call names a tool that was not offered.",
            f"“{unknown[0][:QUOTE]}”; offered: {', '.join(sorted(offered))[:QUOTE]}",
            "A weak model makes names up. If there is something around the right name, look at "
            "the server's tool parser.",
        )  # fmt: skip
    ids = [call.id for call in calls if call.id]
    if len({*ids}) < len(ids) and len(observed.answer.choices) == 1:
        yield Finding(
            "tool-call-id-again", "remark", "Two tool calls have the same id.",
            f"“{max(ids, key=ids.count)[:QUOTE]}”",
            "Give each call its own: programs answer a call by its id.",
        )  # fmt: skip


def _left_in_the_text(
    observed: Observed, calls: list[ToolCall], offered: set[str]
) -> Finding | None:
    """A call that is text: a failure if it is a template's, and names a tool that was offered.

    Inside of backticks, which are odd in number before it, it is what the text is about.
    """
    text = observed.answer.text[:LOOKED_AT]
    marks = _IN_TEXT.search(text)
    near = text[marks.start() : marks.start() + NEAR] if marks else ""
    named = any(name in near for name in offered)
    found = marks or (None if calls else _bare_call(text, offered))
    if found is None or (calls and not named):
        return None
    level: Level = "remark"
    says = "A tool call came as text, not in “tool_calls”."
    if calls:
        says = "A tool call is left in the text, besides those in “tool_calls”."
    elif named and _due(observed) and text[: found.start()].count("`") % 2 == 0:
        level = "fail"
        says = "A tool call came as text: the server's tool parser did not run, or did not know it."
    return Finding(
        "tool-call-in-text", level, says, f"“{found[0].strip()[:QUOTE]}”",
        "Switch on the server's tool parser for this model (vLLM: --enable-auto-tool-choice and "
        "--tool-call-parser, llama.cpp: --jinja). If it is on, choose the one that knows this "
        "model's calls: programs run none that is text.",
    )  # fmt: skip


def _due(observed: Observed) -> bool:
    """Whether a parser had to find a whole call: none was forbidden, and no limit cut it."""
    cut = meaning(observed.answer.finish_reason) == "length"
    return not cut and observed.request.parameters.get("tool_choice") != "none"


def _offered(tools: Any) -> set[str]:
    """The names of the functions that the model may call, in the new form or the old one."""
    functions = [as_object(one.get("function")) or one for one in objects(tools)]
    return {name for one in functions if isinstance(name := one.get("name"), str) and name}


def _bare_call(text: str, offered: set[str]) -> re.Match[str] | None:
    """A text that begins like a call of an offered tool: in JSON, as Llama writes it, or Python."""
    if not offered or text.lstrip()[:1] not in ("{", "["):
        return None
    names = "|".join(map(re.escape, sorted(offered)))
    return re.match(rf'\s*(\[?\s*{{[^{{}}]{{0,80}}"name"\s*:\s*"({names})"|\[({names})\()', text)


def _merged(observed: Observed) -> Finding:
    """Two calls merged by a shared index; some clients keep whole ones apart, but not pieces."""
    index, in_pieces = _shared_index(observed)
    calls = "Two tool calls in pieces" if in_pieces else "Two tool calls"
    names = [call.name for choice in observed.answer.choices for call in choice.tool_calls]
    return Finding(
        "tool-call-index-again", "fail", f"{calls} share index {index}.",
        ", ".join(names)[:QUOTE],
        "Number the calls from 0: clients put a call together by its index.",
    )  # fmt: skip


def _shared_index(observed: Observed) -> tuple[int, bool]:
    """The first index that was reused, and whether pieces of its calls follow."""
    begun: dict[int, str] = {}
    shared: int | None = None
    for piece in _pieces(observed):
        index, call_id = piece.get("index"), piece.get("id")
        if not isinstance(index, int):
            continue
        if index == shared and not call_id:
            return shared, True
        if shared is None and call_id and begun.setdefault(index, call_id) != call_id:
            shared = index
    return shared or 0, False


def _pieces(observed: Observed) -> Iterator[dict[str, Any]]:
    """Yield the pieces of tool calls as they came in the first choice."""
    for _, _, event in observed.reading.events:
        if '"tool_calls"' not in event.data:
            continue
        for choice in objects(as_object(parsed(event.data)).get("choices"))[:1]:
            yield from objects(as_object(choice.get("delta")).get("tool_calls"))


def _may_be_judged(observed: Observed) -> bool:
    """Whether arguments are complete and must be JSON: those of a custom tool are any text."""
    reasons = {choice.finish_reason for choice in observed.answer.choices}
    tools = objects(observed.request.parameters.get("tools"))
    kinds = {str(tool.get("type")) for tool in tools}
    cut = None in reasons or "length" in map(meaning, reasons)
    return observed.finished and not cut and "custom" not in kinds


def _is_json(call: ToolCall) -> bool:
    return not call.arguments.strip() or parsed(call.arguments.encode()) is not None


def _is_json_twice(call: ToolCall) -> bool:
    inside = parsed(call.arguments.encode()) if call.arguments.lstrip()[:1] == '"' else None
    return isinstance(inside, str) and isinstance(parsed(inside.encode()), dict)
