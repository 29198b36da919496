"""Whether a client saw the same answer as we did and, if not, whose fault that is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from ...finding import Finding
from ...wire.answer import ToolCall
from ...wire.reading import Reading
from ...wire.surrogates import encodable
from ...wording import counted
from ..stream.delivery import DELIVERY
from .calls import calls_differ, calls_listed, cut_short
from .plain import RULES

Outcome = Literal[
    "agrees", "lossy", "wrong", "no right answer", "raised", "hung", "cannot do it",
    "broken reader", "not tried",
]  # fmt: skip
Fault = Literal["server", "client", "neither"]
Part = Literal["text", "tool calls", "finish reason", "reasoning", "usage", "end", ""]

# The outcomes in which a program misses something the server sent, or gets it wrong.
BREAKS: tuple[Outcome, ...] = ("lossy", "wrong", "no right answer", "raised", "hung")

# Rules that concern only one part of the answer, in addition to those that concern all of it.
_RULES_OF: dict[Part, tuple[str, ...]] = {
    "tool calls": (
        "tool-call-without-index", "tool-call-odd-index", "tool-call-index-again",
        "tool-call-name-again", "arguments-not-a-string", "tool-call-id-late",
        "tool-call-without-name", "tool-call-without-id", "tool-call-index-order",
    ),
    "finish reason": (
        "empty-finish-reason", "no-finish-reason", "unknown-finish-reason", "finish-reason-again",
        "finish-reason-everywhere", "output-after-finish",
    ),
    "usage": ("odd-usage", "usage-strings"),
    "text": (
        "no-index", "index-null", "more-choices", "output-after-finish", "after-done", "done-again",
        "unfinished-event",
    ),
}  # fmt: skip
# Rules on where a response's events belong, which is how a client assembles them.
_PLACES = (
    "no-created-event", "item-not-added", "item-added-again", "part-not-added",
    "arguments-differ", "no-place", "end-without-output",
)  # fmt: skip
_CONCERN_ALL = (
    *RULES, "id-changes", "full-for-stream", "broken-end", "odd-encoding", "chunk-sizes-inside",
    "content-length",
)  # fmt: skip
_THINKING = re.compile(r"<think>(?:(?!<think>).)*?</think>", re.DOTALL)


@dataclass(frozen=True)
class Seen:
    """What a reader saw of an answer; None means that its client cannot express that part.

    usage:     prompt tokens and completion tokens
    chunks:    how many pieces the client yielded
    error:     class and message of the exception that ended it, "" if it ended by itself
    requests:  how many the client sent
    hung:      whether it had to be stopped at the time limit
    versions:  of the client, and of the library it is built on
    """

    text: str | None = ""
    reasoning: str | None = ""
    tool_calls: tuple[ToolCall, ...] | None = ()
    finish: str | None = None
    usage: tuple[int | None, int | None] | None = None
    chunks: int = 0
    error: str = ""
    requests: int = 1
    hung: bool = False
    versions: str = ""

    @property
    def something(self) -> bool:
        """Whether it holds any output of the model."""
        return bool(self.text or self.reasoning or self.tool_calls)


@dataclass(frozen=True)
class Agreement:
    """How a client's view of an answer compares with ours.

    part:          the part of the answer that differs, "" if none does
    says:          the outcome, worded to follow the client's name: "sees 1 of 2 tool calls"
    fault:         whose fault it is; "neither" if nobody did anything wrong
    rule:          the finding on the rule that the server broke, None if it broke none
    ours, theirs:  the part as each side saw it
    """

    outcome: Outcome
    part: Part = ""
    says: str = "sees the same"
    fault: Fault = "neither"
    rule: Finding | None = None
    ours: str = ""
    theirs: str = ""

    @property
    def breaks(self) -> bool:
        """Whether a program built on this client does not get what the server sent."""
        return self.outcome in BREAKS


def agreement(reading: Reading, findings: Sequence[Finding], seen: Seen) -> Agreement:
    """How a client handled an answer; as long as no rule is broken, our reading is the right one.

    findings:  those of our own diagnosis
    """
    if seen.hung:
        endless = reading.recording.end == "limit"
        says = "waits, as the server does not end its answer" if endless else "does not come back"
        return Agreement("hung", "end", says, "server" if endless else "client")
    if failed := _failure(reading, findings):
        return _of_a_failure(failed, reading, seen)
    if seen.error and _may_be_refused(reading, findings):
        return Agreement("agrees", "", "says that no answer came", "neither", None, "", seen.error)
    if seen.error:
        rule = _broken(findings, "")
        says = f"raises {seen.error.partition(':')[0]}"
        return Agreement(
            "raised", "end", says, "server" if rule else "client", rule, _whole(reading),
            seen.error,
        )  # fmt: skip
    if _only_in_what_it_lacks(reading, seen):
        return Agreement("cannot do it", "", "has no word for what came")
    if len(reading.answer.choices) > 1 and not _broken(findings, "text"):
        return Agreement("cannot do it", "", "is read as if one answer had been asked for")
    same = Agreement("agrees", ours=_whole(reading), theirs=_whole_of(seen))
    return next(_differences(reading, findings, seen), same)


def _failure(reading: Reading, findings: Sequence[Finding]) -> Finding | None:
    """The first finding if the answer did not arrive complete, None if it did."""
    word, answer = findings[0], reading.answer
    if word.level != "fail" or word.name in DELIVERY:
        return None
    whole = answer.finish_reason and not answer.error and reading.recording.end == "eof"
    return None if whole else word


def _may_be_refused(reading: Reading, findings: Sequence[Finding]) -> bool:
    """Whether what arrived complete is no answer: a refusal, a filter's message, or nothing."""
    word = findings[0]
    no_answer = word.level == "fail" and word.name not in (*DELIVERY, *_CONCERN_ALL)
    return no_answer or bool(reading.answer.refusal)


def _of_a_failure(word: Finding, reading: Reading, seen: Seen) -> Agreement:
    """How a client handled an answer that did not arrive complete: it should report that."""
    ours = f"{word.says} {word.evidence}".strip()
    if seen.error:
        return Agreement("agrees", "", "says that it failed", "neither", None, ours, seen.error)
    theirs = f"finish reason {seen.finish!r}, no exception"
    if seen.finish and not reading.answer.finish_reason:
        says = f"reports the finish reason “{seen.finish}”, which nobody sent"
        return Agreement("wrong", "end", says, "server", word, ours, theirs)
    if not seen.something and not seen.finish:
        says = "reports an empty answer as a success"
        return Agreement("wrong", "end", says, "server", word, ours, theirs)
    says = "passes on what came and does not say that it failed"
    return Agreement("lossy", "end", says, "server", word, ours, theirs)


def _only_in_what_it_lacks(reading: Reading, seen: Seen) -> bool:
    """Whether everything that came is of a kind that the client cannot express."""
    answer = reading.answer
    if answer.text.strip():
        return False
    lacks_calls = bool(answer.tool_calls) and seen.tool_calls is None
    return lacks_calls or bool(answer.reasoning and seen.reasoning is None)


def _differences(reading: Reading, findings: Sequence[Finding], seen: Seen) -> Iterator[Agreement]:
    """Yield the differences, the most serious first."""
    cut = cut_short(reading.answer.tool_calls)
    for part, says, ours, theirs, lossy in _parts_that_differ(reading, seen):
        rule = _broken(findings, part)
        outcome: Outcome = "no right answer" if rule else "lossy" if lossy else "wrong"
        unknown = lossy and (part in ("reasoning", "usage") or cut)
        fault: Fault = "server" if rule else "neither" if unknown else "client"
        yield Agreement(outcome, part, says, fault, rule, ours, theirs)


def _parts_that_differ(reading: Reading, seen: Seen) -> Iterator[tuple[Part, str, str, str, bool]]:
    """Yield each part that differs: how, ours, theirs, and whether theirs lacks something."""
    answer, finish = reading.answer, seen.finish
    if seen.tool_calls is not None and (says := calls_differ(answer.tool_calls, seen.tool_calls)):
        ours, theirs = calls_listed(answer.tool_calls), calls_listed(seen.tool_calls)
        yield "tool calls", says, ours, theirs, not seen.tool_calls or cut_short(answer.tool_calls)
    text = answer.text or (answer.refusal if seen.text else "")
    if seen.text is not None and (says := _texts_differ(text, seen.text)):
        yield "text", says, answer.text, seen.text, len(seen.text) < len(answer.text)
    if says := _reasons_differ(answer.finish_reason, seen):
        yield "finish reason", says, str(answer.finish_reason), str(finish), not finish
    if seen.reasoning is not None and (says := _reasoning_differs(reading, seen)):
        yield "reasoning", says, answer.reasoning, seen.reasoning, not seen.reasoning
    if says := _usage_differs(reading, seen):
        yield "usage", says, str(_usage(reading)), str(seen.usage), seen.usage is None


def _broken(findings: Sequence[Finding], part: Part) -> Finding | None:
    """The finding on the first broken rule that concerns a part of the answer; "" is any part."""
    names = _RULES_OF.get(part, ()) if part else sum(_RULES_OF.values(), ())
    of_http = {one.name for one in findings if one.name == "odd-http" and one.level != "fail"}
    named = {one.name: one for one in findings if one.name not in of_http}
    return next((named[name] for name in (*_PLACES, *names, *_CONCERN_ALL) if name in named), None)


def _texts_differ(ours: str, theirs: str) -> str:
    """How the client's text differs, "" if only in white space at its ends."""
    theirs = encodable(theirs)
    if ours.strip() == theirs.strip() or _THINKING.sub("", ours).strip() == theirs.strip():
        return ""
    if len(ours) == len(theirs):
        return "sees another text of the same length"
    if len(theirs) > len(ours):
        return f"sees {counted(len(theirs), 'character')} where {len(ours):,} came"
    return f"sees {len(theirs):,} of {counted(len(ours), 'character')}"


def _reasoning_differs(reading: Reading, seen: Seen) -> str:
    ours, theirs = reading.answer.reasoning, encodable(seen.reasoning or "")
    if ours.strip() == theirs.strip() or not ours:
        return ""
    if not theirs:
        return f"does not see the {counted(len(ours), 'character')} of reasoning"
    return f"sees {len(theirs):,} of {counted(len(ours), 'character')} of reasoning"


def _reasons_differ(ours: str | None, seen: Seen) -> str:
    """How the finish reason differs; after a call, "stop" and "tool_calls" are the same."""
    theirs = (seen.finish or "").lower().replace("-", "_")
    theirs = "tool_calls" if theirs == "tool_call" else theirs
    if theirs == (ours or "") or {ours, theirs} == {"stop", "tool_calls"}:
        return ""
    if not ours:
        return f"reports the finish reason “{seen.finish}”, which nobody sent"
    return f"reports {f'“{seen.finish}”' if theirs else 'none'} for the finish reason “{ours}”"


def _usage(reading: Reading) -> tuple[int | None, int | None] | None:
    usage = reading.answer.usage
    return (usage.prompt_tokens, usage.completion_tokens) if usage else None


def _usage_differs(reading: Reading, seen: Seen) -> str:
    ours, theirs = _usage(reading), seen.usage
    # Usage that a client invents when the server counted nothing is not held against it.
    if not ours or not all(isinstance(count, int) for count in ours) or ours == theirs:
        return ""
    if theirs is None or not any(theirs):
        return "does not see the usage"
    return f"counts {theirs[0]} + {theirs[1]} tokens, not {ours[0]} + {ours[1]}"


def _whole(reading: Reading) -> str:
    answer = reading.answer
    return _joined(answer.text, answer.tool_calls, answer.reasoning)


def _whole_of(seen: Seen) -> str:
    return _joined(seen.text or "", seen.tool_calls or (), seen.reasoning or "")


def _joined(text: str, calls: tuple[ToolCall, ...], reasoning: str) -> str:
    return "\n".join(filter(None, (reasoning, text, calls_listed(calls) if calls else "")))
