"""What stands out in the tool calls of an answer that came whole."""

from __future__ import annotations

from collections.abc import Iterator

from ..finding import Finding
from ..wire.answer import ToolCall
from ..wire.parsing import parsed
from .observed import Observed

QUOTE = 80


def of_the_calls(observed: Observed) -> Iterator[Finding]:
    """Yield what keeps programs from running the calls."""
    calls = [call for choice in observed.answer.choices for call in choice.tool_calls]
    if nameless := [call for call in calls if not call.name]:
        yield Finding(
            "tool-call-without-name", "fail", "A tool call does not say which tool it calls.",
            f"{len(nameless)} of {len(calls)} calls; the first with the arguments "
            f"“{nameless[0].arguments[:QUOTE]}”",
            "Send the name with the call's first piece: no program can run it otherwise.",
        )  # fmt: skip
    if not _may_be_judged(observed):
        return
    if broken := [call for call in calls if not _is_json(call)]:
        yield Finding(
            "tool-arguments-not-json", "remark", "A tool call's arguments are not JSON.",
            f"{broken[0].name[:QUOTE]}: “{broken[0].arguments[:QUOTE]}”",
            "The model's doing, or a piece was lost on the way: ask with stream=False. Where the "
            "call is whole then, look at the server's parser.",
        )  # fmt: skip


def _may_be_judged(observed: Observed) -> bool:
    """Whether arguments are whole, and must be JSON: those of a custom tool are any text."""
    reasons = {choice.finish_reason for choice in observed.answer.choices}
    tools = observed.request.parameters.get("tools")
    kinds = {str(tool.get("type")) for tool in tools or () if isinstance(tool, dict)}
    return observed.finished and not reasons & {"length", None} and "custom" not in kinds


def _is_json(call: ToolCall) -> bool:
    return not call.arguments.strip() or parsed(call.arguments.encode()) is not None
