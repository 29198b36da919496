"""Functions as tools: hints and docstring become a schema. Only this module knows pydantic.

A model's arguments are validated before a function sees them: it gets values of its own types only.
"""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, get_type_hints

from pydantic import BaseModel as BaseModel
from pydantic import ConfigDict, create_model
from pydantic import ValidationError as ValidationError
from pydantic.errors import PydanticUserError

from ...endpoint import CallError
from ...wire.request import Api
from ...wording import kind_of

LONGEST_RESULT = 20_000
_MOST_ERRORS = 5


class ToolError(CallError):
    """A function cannot be offered as a tool."""

    headline = "This is not a tool"


class ArgumentsError(ValueError):
    """A call's arguments are not what the function accepts."""


@dataclass(frozen=True)
class Tool:
    """A function that a model may call.

    auto:  whether it runs without asking the user; for functions that do no harm
    """

    name: str
    description: str
    function: Callable[..., Any]
    takes: type[BaseModel]
    auto: bool = False

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON Schema of its arguments."""
        return closed(self.takes.model_json_schema())

    def as_sent(self, api: Api) -> dict[str, Any]:
        """The tool in the form that a request of this API needs."""
        function = {"name": self.name, "description": self.description, "parameters": self.schema}
        if api == "messages":
            function["input_schema"] = function.pop("parameters")
            return function
        if api == "responses":
            return {"type": "function", **function}
        return {"type": "function", "function": function}

    def arguments(self, text: str) -> dict[str, Any]:
        """The values in a call's arguments.

        raises:  ArgumentsError, naming each field that is wrong
        """
        try:
            given = self.takes.model_validate_json(text or "{}")
        except ValidationError as error:
            raise ArgumentsError(validation_errors(error)) from None
        return {name: getattr(given, name) for name in self.takes.model_fields}

    async def run(self, values: Mapping[str, Any]) -> str:
        """The function's return value as text; a plain function runs in a thread.

        raises:  whatever the function raises
        """
        if inspect.iscoroutinefunction(self.function):
            result = await self.function(**values)
        else:
            result = await asyncio.to_thread(self.function, **values)
        text = result if isinstance(result, str) else json.dumps(_plain(result), default=str)
        return text[:LONGEST_RESULT]


def tool_of(function: Callable[..., Any], *, auto: bool = False) -> Tool:
    """A function as a tool, from its name, its docstring and its type hints.

    raises:  ToolError if its arguments cannot be named or have no schema
    """
    name = getattr(function, "__name__", "")
    if not name.isidentifier():
        came = "a lambda" if name == "<lambda>" else kind_of(function)
        raise ToolError("a function with a name", came, "Define it with def.")
    try:
        takes = create_model(
            name,
            __config__=ConfigDict(extra="forbid", protected_namespaces=()),
            **_fields(function),
        )
        takes.model_json_schema()
    except (PydanticUserError, NameError) as error:
        do = (
            "Use type hints that have a JSON form: str, int, float, bool, list, dict, Literal, "
            "a pydantic model."
        )
        raise ToolError(f"type hints of {name} that have a schema", str(error)[:200], do) from None
    return Tool(name, inspect.getdoc(function) or "", function, takes, auto)


def _fields(function: Callable[..., Any]) -> dict[str, Any]:
    """A function's arguments as pydantic field definitions; one without a hint is text."""
    fields: dict[str, Any] = {}
    hints = get_type_hints(function, include_extras=True)
    for one in inspect.signature(function).parameters.values():
        if one.kind in (one.VAR_POSITIONAL, one.VAR_KEYWORD, one.POSITIONAL_ONLY):
            do = "Give it named arguments only: a model sends an object."
            raise ToolError("named arguments", str(one), do)
        default = ... if one.default is one.empty else one.default
        fields[one.name] = (hints.get(one.name, str), default)
    return fields


def closed(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema without the titles that pydantic adds everywhere: they only cost tokens."""
    kept = {k: v for k, v in schema.items() if k != "title" or not isinstance(v, str)}
    for name in ("properties", "$defs"):
        if isinstance(kept.get(name), dict):
            kept[name] = {key: closed(value) for key, value in kept[name].items()}
    return kept


def validation_errors(error: ValidationError) -> str:
    """What is wrong, field by field, without the rejected values."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    lines = [
        f"{'.'.join(map(str, one['loc'])) or 'the whole'}: {one['msg']}"
        for one in found[:_MOST_ERRORS]
    ]
    more = len(found) - _MOST_ERRORS
    return "; ".join([*lines, *([f"and {more} more"] if more > 0 else [])])[:500]


def _plain(value: Any) -> Any:
    return value.model_dump(mode="json") if isinstance(value, BaseModel) else value
