"""What the endpoint without a model says: words, JSON or calls, as the parameters ask."""

from __future__ import annotations

import json
import random
import re
from dataclasses import dataclass, field
from typing import Any

from ..http1 import Reply
from ..replies import MODEL, error_reply

Fields = dict[str, Any]

CONTEXT = 2000
LENGTH = 48
WORDS = (
    "old", "tree", "river", "stone", "cloud", "light", "wind", "hill", "road", "house", "field",
    "bird", "leaf", "rain", "snow", "night", "morning", "green", "quiet", "slowly", "falls",
    "grows", "turns", "holds", "finds", "returns", "above", "below", "silver",
)  # fmt: skip


class RefusedError(Exception):
    """A request that the reference does not allow."""

    def __init__(self, message: str, *, status: int = 400, code: str | None = None) -> None:
        super().__init__(message)
        self.status, self.code = status, code

    @property
    def reply(self) -> Reply:
        """The refusal in OpenAI's shape."""
        return error_reply(self.status, str(self), code=self.code)


@dataclass
class Turn:
    """One choice, before it is sent."""

    tokens: list[str]
    calls: list[Fields] = field(default_factory=list)
    finish: str = "stop"

    @property
    def text(self) -> str:
        """The tokens joined."""
        return "".join(self.tokens)


def prompt_tokens(messages: list[Any], before: int = 0) -> int:
    """How many tokens a conversation holds, including those said before it.

    raises:  RefusedError if there are too many
    """
    tokens = sum(3 + len(_words_of(message.get("content")).split()) for message in messages)
    if before + tokens > CONTEXT:
        raise RefusedError(
            f"This model's maximum context length is {CONTEXT} tokens; "
            f"{before + tokens} were sent.",
            code="context_length_exceeded",
        )
    return before + tokens


def of_a_known_model(body: Fields) -> None:
    """Refuse a request to another model.

    raises:  RefusedError
    """
    if body.get("model") != MODEL:
        name = str(body.get("model"))
        raise RefusedError(
            f"The model `{name}` does not exist.", status=404, code="model_not_found"
        )


def _words_of(content: Any) -> str:
    if isinstance(content, list):
        return "".join(str(part.get("text", "")) for part in content)
    return str(content or "")


def turn_of(body: Fields, number: int) -> Turn:
    """One choice: a call, JSON, or words, as the parameters ask."""
    if calls := _calls(body):
        return Turn([], calls, "tool_calls")
    turn = Turn(re.findall(r"\s*\S+", _text(body, number)))
    stops = body.get("stop") or []
    for stop in [stops] if isinstance(stops, str) else stops:
        if stop in turn.text:
            turn.tokens = re.findall(r"\s*\S+", turn.text[: turn.text.index(stop)].rstrip())
    limit = body.get("max_completion_tokens") or body.get("max_tokens") or LENGTH
    if len(turn.tokens) > limit:
        turn.tokens, turn.finish = turn.tokens[:limit], "length"
    return turn


def _text(body: Fields, number: int) -> str:
    form = body.get("response_format") or {}
    if form.get("type") == "json_schema":
        return json.dumps(_instance(form["json_schema"]["schema"]))
    if form.get("type") == "json_object":
        return json.dumps({"tree": "oak"})
    words = _words_of(body["messages"][-1].get("content"))
    if not words.isascii():
        return words
    if found := re.findall(r"code word is ([A-Z]+)\.", words):
        return " ".join(found)
    if 100 in (body.get("logit_bias") or {}).values():
        return " oak" * LENGTH
    seed = f"{body.get('seed')} {number}" if body.get("temperature", 1) else "greedy"
    chance = random.Random(seed)
    return "The " + " ".join(chance.sample(WORDS, 20) + chance.choices(WORDS, k=LENGTH - 21))


def _instance(schema: Fields) -> Any:
    """A value that satisfies a schema."""
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("type") == "object":
        return {name: _instance(inner) for name, inner in schema.get("properties", {}).items()}
    return {"integer": 1, "number": 1.0, "boolean": True, "array": []}.get(schema["type"], "oak")


def _calls(body: Fields) -> list[Fields]:
    """The calls that a request forces, or that its question calls for."""
    tools, choice = body.get("tools") or [], body.get("tool_choice", "auto")
    if not tools or choice == "none" or body["messages"][-1].get("role") == "tool":
        return []
    try:
        function = tools[0]["function"]
        cities = function["parameters"]["properties"]["city"]["enum"]
    except (KeyError, TypeError):
        # No script covers this tool, and the request may be answered without it.
        return []
    count = len(cities) if body.get("parallel_tool_calls", True) else 1
    return [
        {
            "id": f"call_{place}", "type": "function",
            "function": {"name": function["name"], "arguments": json.dumps({"city": city})},
        }
        for place, city in enumerate(cities[:count])
    ]  # fmt: skip
