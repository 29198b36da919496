"""What stands out in a full answer that clients read differently than we do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...finding import Finding
from ...wire.builders.builder import usage_of
from ...wire.builders.message import NOT_YET
from ...wire.parsing import as_object, parsed
from ..observed import Observed
from ..stream.chunks import KINDS, REASONS
from ..stream.framing import COUNTED

LARGE = 1_000_000
QUOTE = 80
_ALSO_HERE = (
    "lone-surrogate",
    "content-parts",
    "content-number",
    "odd-finish-reason",
    "arguments-not-a-string",
    "bare-control",
    "null-finish-reason",
    "tool-calls-not-a-list",
    "tool-call-flat",
    "nan",
)
_COUNTS = ("prompt_tokens", "completion_tokens", "total_tokens")


def of_a_full_answer(observed: Observed) -> Iterator[Finding]:
    """Yield what is odd about a full answer's JSON and its message."""
    if observed.found["bad-utf-8"] and not observed.answer.cut:
        yield Finding(
            "bad-utf-8", "fail", "The body is not UTF-8, so characters are damaged.",
            observed.recording.header("content-type")[:QUOTE],
            "JSON is UTF-8: have the server write UTF-8. The openai client for Python raises "
            "UnicodeDecodeError here, whatever charset the header names.",
        )  # fmt: skip
    kind = observed.recording.media_type
    if not kind.endswith("json") and observed.answer.choices:
        yield Finding(
            "odd-media-type", "remark", "The answer is JSON, but its Content-Type does not say so.",
            kind[:QUOTE] or "none",
            "Send Content-Type: application/json: the openai client for Node hands the program a "
            "string otherwise.",
        )  # fmt: skip
    for name in _ALSO_HERE:
        if count := observed.found[name]:
            level, says, do = COUNTED[name]
            yield Finding(name, level, says, f"{count} times" if count > 1 else "", do)
    if len(observed.reading.body) > LARGE:
        return
    if observed.reading.api == "chat":
        value = parsed(observed.reading.body)
        yield from _of_the_names(as_object(value))
        yield from _of_the_choice(value)
    elif (
        observed.reading.api == "completions"
        and observed.answer.text
        and b'"text"' not in observed.reading.body
    ):
        yield Finding(
            "message-for-text", "fail", "The choice holds a message where “text” belongs.", "",
            "Send “text”: this is a chat's form, and programs that want a completion see none.",
        )  # fmt: skip


def _of_the_names(body: dict[str, Any]) -> Iterator[Finding]:
    for name, kind, due in KINDS:
        if body.get(name) is not None and type(body[name]) is not kind:
            yield Finding(
                f"odd-{name}", "remark", f"The answer's “{name}” is not {due}.",
                str(body[name])[:QUOTE],
                "Clients in languages with strict types, such as Go or C#, refuse the answer then.",
            )  # fmt: skip


def _of_the_choice(value: Any) -> Iterator[Finding]:
    choices = value.get("choices") if isinstance(value, dict) else None
    choice = choices[0] if isinstance(choices, list) and choices else None
    if not isinstance(choice, dict):
        return
    message, reason = choice.get("message"), choice.get("finish_reason")
    if not isinstance(message, dict) and isinstance(choice.get("delta"), dict):
        yield Finding(
            "delta-for-message", "fail", "The choice holds a delta where a message belongs.", "",
            "That is the form of a stream's chunk: programs that did not ask for a stream find no "
            "message, and fail. Have the server answer {“message”: {“content”: “…”}}.",
        )  # fmt: skip
    if not isinstance(message, dict) and isinstance(choice.get("text"), str):
        yield Finding(
            "text-for-message", "fail", "The choice holds “text” where a message belongs.", "",
            "That is the form of the old /completions: chat clients find no message, and fail. "
            "Have the server, or the gateway, answer {“message”: {“content”: “…”}}.",
        )  # fmt: skip
    role = message.get("role", "assistant") if isinstance(message, dict) else "assistant"
    if role not in ("assistant", None):
        yield Finding(
            "odd-role", "remark", "The role is not “assistant”.", f"“{str(role)[:QUOTE]}”",
            "Set it to “assistant”.",
        )  # fmt: skip
    if isinstance(reason, str) and reason and reason not in (*REASONS, *NOT_YET):
        yield Finding(
            "unknown-finish-reason", "remark", "A finish reason is not one that the API knows.",
            f"“{reason[:QUOTE]}”", f"Use one of {', '.join(sorted(REASONS))}.",
        )  # fmt: skip


def of_the_counts(observed: Observed) -> Iterator[Finding]:
    """Yield impossible counts in the usage, of a stream or a full answer."""
    usage = observed.answer.usage
    if usage is None:
        return
    counts = ", ".join(
        f"{name} {str(usage.raw[name])[:40]}" for name in _COUNTS if name in usage.raw
    )
    if usage.completion_tokens == 0 and observed.said_something and observed.finished:
        yield Finding(
            "usage-zero", "remark", "The usage counts no tokens, although an answer came.", counts,
            "Count them, or leave usage out: programs that measure or bill by it see nothing.",
        )  # fmt: skip
    if any(_is_no_count(usage.raw.get(name)) for name in _COUNTS):
        yield Finding(
            "usage-odd", "remark", "The usage holds something that is not a count of tokens.",
            counts, "Send whole numbers, or null.",
        )  # fmt: skip
    if any(_is_negative(usage.raw.get(name)) for name in _COUNTS):
        yield Finding(
            "usage-negative", "remark", "The usage counts are negative.", counts,
            "Send what was counted, or null: programs add these numbers up.",
        )  # fmt: skip
    if any(isinstance(usage.raw.get(name), str) for name in _COUNTS):
        yield Finding(
            "usage-strings", "remark", "The usage counts tokens in strings.", counts,
            "Send numbers: clients that add them up fail.",
        )  # fmt: skip
    if usage.raw and not counts and observed.reading.api == "chat":
        yield Finding(
            "usage-names", "remark", "The usage calls its counts by other names.",
            ", ".join(str(name)[:40] for name in list(usage.raw)[:4]),
            "Send prompt_tokens, completion_tokens and total_tokens: programs read no others.",
        )  # fmt: skip
    total = usage.total_tokens
    if total is not None and total < (usage.prompt_tokens or 0) + (usage.completion_tokens or 0):
        yield Finding(
            "usage-sum", "remark", "The usage's total is less than its parts.", counts,
            "Set total_tokens to the sum of prompt_tokens and completion_tokens.",
        )  # fmt: skip


def _is_negative(value: Any) -> bool:
    return isinstance(value, int | float) and value < 0


def _is_no_count(value: Any) -> bool:
    """Whether a value cannot be a count; strings and negative numbers have their own findings."""
    if value is None or isinstance(value, str) or _is_negative(value):
        return False
    return usage_of({"total_tokens": value}).total_tokens is None
