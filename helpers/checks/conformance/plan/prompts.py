"""What is said to the model: nothing clever, since a weak model is not a broken server."""

from __future__ import annotations

from typing import Any

Message = dict[str, Any]

SYSTEM = "You answer in plain words."
UNICODE = "Write: hé 木 🌳 👨‍👩‍👧"
CITY = "Paris"
TOOL = "get_weather"
COLOURS = ("red", "green")


def poem(prompt: str) -> list[Message]:
    """The plain conversation that most requests begin with."""
    return [{"role": "system", "content": SYSTEM}, {"role": "user", "content": prompt}]


def messages(text: str) -> list[Message]:
    """A conversation of one message."""
    return [{"role": "user", "content": text}]


def weather(*cities: str) -> list[Message]:
    """A question that a tool can answer."""
    return messages(f"What is the weather in {' and in '.join(cities or (CITY,))}?")


def tool(*cities: str) -> Message:
    """A tool with one argument, which can only be one of these cities."""
    return {
        "type": "function",
        "function": {
            "name": TOOL,
            "description": "The weather in a city",
            "parameters": _object(city={"type": "string", "enum": [*(cities or (CITY,))]}),
        },
    }


def named(name: str = TOOL) -> Message:
    """The tool_choice that forces a call to this tool."""
    return {"type": "function", "function": {"name": name}}


def colour_format() -> Message:
    """A response_format that the prompt never mentions, so only the server can enforce it."""
    schema = _object(color={"type": "string", "enum": [*COLOURS]})
    return {
        "type": "json_schema",
        "json_schema": {"name": "color", "strict": True, "schema": schema},
    }


def _object(**properties: Message) -> Message:
    """A schema as strict mode requires it: everything required, nothing else allowed."""
    return {
        "type": "object", "properties": properties, "required": [*properties],
        "additionalProperties": False,
    }  # fmt: skip
