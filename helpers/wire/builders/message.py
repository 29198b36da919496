"""The message of one choice, gathered from the pieces in its chunks."""

from __future__ import annotations

from collections import Counter
from typing import Any

from ..answer import Choice, Delta, ToolCall
from ..server_error import dumped
from ..surrogates import SurrogateJoiner, encodable
from .tool_call import GrowingCall, string, whole

# A named tuple's own constructor takes twice as long, and this runs for every chunk.
_new = tuple.__new__
# Words that some servers send for null in every chunk before the last.
NOT_YET = ("null", "None")
_BLANKS = 16
_THOUGHTS = ("reasoning_content", "reasoning", "reasoning_text", "thinking", "reasoning_details")
# Where some servers continue a text that began in "content".
_BESIDE = ("text", "output", "output_text", "response", "value")


class Gathered:
    """One choice, growing while its chunks arrive."""

    def __init__(self, index: int, findings: Counter[str], *, most_calls: int = 128) -> None:
        self.index = index
        self._most_calls = most_calls
        self.finish_reason: str | None = None
        self._findings = findings
        self._text: list[str] = []
        self._length = 0
        self._reasoning: list[str] = []
        self._refusal: list[str] = []
        self._calls: list[GrowingCall] = []
        self._call_at: dict[int, GrowingCall] = {}
        self._joiners: dict[str, SurrogateJoiner] = {}

    def add(self, choice: dict[str, Any]) -> Delta | None:
        """What a chunk's choice adds, None if nothing."""
        finish = choice.get("finish_reason")
        if finish is not None:
            finish = self._finish(finish)
        delta = choice.get("delta")
        if delta.__class__ is not dict or not delta:
            delta = self._without_delta(choice)
            if not delta:
                return Delta(self.index, finish_reason=finish) if finish else None
        text: Any = delta.get("content")
        alone = len(delta) == 1 and text.__class__ is str and not self._joiners
        if alone and (text.isascii() or encodable(text) is text):
            # A fast path for text alone, since a burst consists of nothing else.
            if text:
                self._text.append(text)
                self._length += len(text)
            elif not finish:
                return None
            return _new(Delta, (self.index, text, "", "", (), finish))
        return self._add_parts(delta, finish)

    def say(self, text: str) -> Delta:
        """The delta of a text that is known to have no lone surrogates."""
        self._text.append(text)
        self._length += len(text)
        return _new(Delta, (self.index, text, "", "", (), None))

    def _add_parts(self, delta: dict[str, Any], finish: str | None) -> Delta | None:
        """What a delta adds, if it may hold more than text."""
        text, reasoning = self._texts(delta)
        if not text and self._length:
            text = self._beside(delta)
        refusal = delta.get("refusal")
        if refusal.__class__ is not str:
            refusal = ""
        calls = delta.get("tool_calls") or self._old_call(delta.get("function_call"))
        pieces = self._tool_calls(calls) if calls else ()
        if self._joiners or not (text.isascii() and reasoning.isascii()):
            text = self._joined("text", text)
            reasoning = self._joined("reasoning", reasoning)
        if refusal:
            refusal = self._joined("refusal", refusal)
            self._refusal.append(refusal)
        if text:
            self._text.append(text)
            self._length += len(text)
        if reasoning:
            self._reasoning.append(reasoning)
        elif not (text or refusal or pieces or finish):
            return None
        return _new(Delta, (self.index, text, reasoning, refusal, pieces, finish))

    def _texts(self, delta: dict[str, Any]) -> tuple[str, str]:
        """A delta's text and reasoning, in whichever form they were sent."""
        text = delta.get("content")
        if text.__class__ in (int, float):
            self._findings["content-number"] += 1
            text = str(text)
        reasoning = delta.get("reasoning_content") or delta.get("reasoning")
        # Copilot's name for reasoning, and Ollama's.
        reasoning = reasoning or delta.get("reasoning_text") or delta.get("thinking")
        if not reasoning and "reasoning_details" in delta:
            reasoning = self._details(delta["reasoning_details"])
        if text.__class__ is not str:
            text, thought = self._parts(text) if text else ("", "")
            reasoning = reasoning or thought
        if reasoning.__class__ is not str:
            reasoning = _text_of(reasoning) if reasoning else ""
        return text, reasoning

    def _beside(self, delta: dict[str, Any]) -> str:
        """Text that continues in another field than the one it began in, "" for none."""
        found = next((delta[name] for name in _BESIDE if name in delta), None)
        if not isinstance(found, str) or not found:
            return ""
        self._findings["text-in-two-places"] += 1
        return found

    def close(self) -> Delta | None:
        """The delta still waiting for a surrogate's other half when the stream ended."""
        left = {name: joiner.close() for name, joiner in self._joiners.items()}
        self._findings["lone-surrogate"] += sum(map(len, left.values()))
        text, reasoning, refusal = (left.get(name, "") for name in ("text", "reasoning", "refusal"))
        self._text.append(text)
        self._reasoning.append(reasoning)
        self._refusal.append(refusal)
        if not (text or reasoning or refusal):
            return None
        return Delta(self.index, text, reasoning, refusal)

    @property
    def choice(self) -> Choice:
        """The choice received so far."""
        return Choice(
            index=self.index,
            text=whole(self._text),
            reasoning=whole(self._reasoning),
            refusal=whole(self._refusal),
            tool_calls=tuple(call.so_far for call in self._calls),
            finish_reason=self.finish_reason,
        )

    def _finish(self, reason: Any) -> str | None:
        """Keep a finish reason and return it; None for "" and anything that is not a word."""
        if reason.__class__ is not str or not reason or reason in NOT_YET:
            kind = "empty" if reason == "" else "null" if reason in NOT_YET else "odd"
            self._findings[f"{kind}-finish-reason"] += 1
            return None
        if self.finish_reason is not None:
            self._findings["finish-reason-again"] += 1
        self.finish_reason = encodable(reason)
        return self.finish_reason

    def _without_delta(self, choice: dict[str, Any]) -> dict[str, Any]:
        """What a choice holds in place of a delta: a whole message, or the legacy text."""
        message = choice.get("message")
        if isinstance(message, dict):
            self._findings["message-for-delta"] += 1
            return self._unsaid(message)
        delta = choice.get("delta")
        # A delta that is a string is the text; the old completions have it in the choice.
        text = delta if isinstance(delta, str) else choice.get("text")
        return {"content": text} if isinstance(text, str) else {}

    def _unsaid(self, message: dict[str, Any]) -> dict[str, Any]:
        """The new fields of a whole message: some servers end a stream by repeating all of it."""
        again = {"content", *_THOUGHTS} if self._said_already(message.get("content")) else set()
        called = {call.so_far[:3] for call in self._calls}
        calls = message.get("tool_calls")
        if (
            called
            and calls
            and isinstance(calls, list)
            and all(_called(call) in called for call in calls)
        ):
            again |= {"tool_calls", *_THOUGHTS}
        return {name: value for name, value in message.items() if name not in again}

    def _said_already(self, content: Any) -> bool:
        """Whether it repeats the whole text so far, apart from white space around it."""
        if not isinstance(content, str) or not content:
            return False
        # A very different length is not worth joining all pieces for. And white space around only
        # a word or two counts, since it may make it the next piece rather than a repetition.
        blanks = _BLANKS if len(content) > 2 * _BLANKS else 0
        if abs(len(content) - self._length) > blanks:
            return False
        text = whole(self._text)
        return content == text or (blanks > 0 and content.strip() == text.strip())

    def _joined(self, field: str, piece: str) -> str:
        """A piece without lone surrogates, its halves joined with those in adjacent pieces."""
        joiner = self._joiners.get(field)
        if joiner is None:
            if encodable(piece) is piece:
                return piece
            joiner = self._joiners[field] = SurrogateJoiner()
        lone, split = joiner.lone, joiner.split
        piece = joiner.feed(piece)
        self._findings["lone-surrogate"] += joiner.lone - lone
        self._findings["split-surrogate"] += joiner.split - split
        return piece

    def _parts(self, content: Any) -> tuple[str, str]:
        """The text and the reasoning in content that is a list of parts."""
        self._findings["content-parts"] += 1
        text, reasoning = [], []
        for part in content if isinstance(content, list) else [content]:
            if isinstance(part, dict) and part.get("type") in ("thinking", "reasoning"):
                reasoning.append(_text_of(part.get("thinking") or part.get("text")))
            else:
                text.append(_text_of(part))
        return "".join(text), "".join(reasoning)

    def _details(self, details: Any) -> str:
        """The text of reasoning sent only in reasoning_details, OpenRouter's additional field."""
        self._findings["reasoning-details"] += 1
        parts = details if isinstance(details, list) else [details]
        dicts = (part for part in parts if isinstance(part, dict))
        return "".join(string(part.get("text") or part.get("summary")) for part in dicts)

    def _old_call(self, call: Any) -> list[dict[str, Any]]:
        """The one call of the deprecated function_call form, which has no index and no id."""
        old = isinstance(call, dict) and bool(call)
        self._findings["old-function-call"] += old
        return [{"index": 0, "function": call}] if old else []

    def _tool_calls(self, calls: Any) -> tuple[ToolCall, ...]:
        """The pieces of tool calls that a delta adds."""
        if isinstance(calls, dict):
            self._findings["tool-calls-not-a-list"] += 1
            calls = [calls]
        if not isinstance(calls, list):
            return ()
        calls = calls[: self._most_calls]
        pieces = (self._tool_call(call) for call in calls if isinstance(call, dict))
        return tuple(piece for piece in pieces if piece is not None)

    def _tool_call(self, piece: dict[str, Any]) -> ToolCall | None:
        function = piece.get("function") or piece.get("custom")
        function = function if isinstance(function, dict) else {}
        if not function and isinstance(piece.get("name"), str):
            self._findings["tool-call-flat"] += 1
            function = piece
        name = string(function.get("name"))
        arguments = function.get("arguments", function.get("input"))
        if isinstance(arguments, dict | list):
            self._findings["arguments-not-a-string"] += 1
            arguments = dumped(arguments)
        call_id, arguments = string(piece.get("id")), string(arguments)
        if not (call_id or name or arguments):
            return None
        call = self._call(piece.get("index"), call_id, name, arguments)
        if call is None:
            self._findings["too-many-tool-calls"] += 1
            return None
        return call.add(call_id, name, arguments, self._findings)

    def _call(self, index: Any, call_id: str, name: str, arguments: str) -> GrowingCall | None:
        """The call that a piece belongs to, a new one if it opens one; None past the bound."""
        if index.__class__ is float and index.is_integer():
            index = int(index)
        if index.__class__ is int:
            call = self._call_at.get(index)
            # Several servers index every call 0, so a new id with a name opens the next one.
            opens = call is None or call.is_followed_by(call_id, name, arguments)
            self._findings["tool-call-index-again"] += opens and call is not None
            self._findings["tool-call-index-order"] += call is None and index != len(self._call_at)
        else:
            missing = index is None
            self._findings[f"tool-call-{'without' if missing else 'odd'}-index"] += 1
            call = self._calls[-1] if self._calls else None
            opens = call is None or (call_id != call.id if call_id else bool(name))
        if call is None or opens:
            if len(self._calls) >= self._most_calls:
                return None
            call = GrowingCall(len(self._calls))
            self._calls.append(call)
        if index.__class__ is int:
            self._call_at[index] = call
        return call


def _called(call: Any) -> tuple[str, str, str]:
    """The id, name and arguments of a tool call in a full message."""
    call = call if isinstance(call, dict) else {}
    function = call.get("function")
    function = function if isinstance(function, dict) else {}
    return string(call.get("id")), string(function.get("name")), string(function.get("arguments"))


def _text_of(value: Any) -> str:
    """The text of a part: itself, its "text", or the texts of a list of parts."""
    for _ in range(4):
        if isinstance(value, dict):
            value = value.get("text") or value.get("content")
    if isinstance(value, list):
        texts = (part.get("text") if isinstance(part, dict) else part for part in value)
        return "".join(map(string, texts))
    return string(value)
