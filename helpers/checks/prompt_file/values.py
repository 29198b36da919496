"""The contents of a file that is not a table: JSON, one value per line or all in one, or words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, NamedTuple

from ...escaping import for_terminal
from ...wire.literal import DECODER
from .job import InputError
from .text import Text

# Names under which a single object holds a list of prompts: OpenAI's, Anthropic's, data sets'.
_LISTS = ("requests", "data", "prompts", "items", "rows", "records")
# Suffixes that say nothing about what is in the file.
WORDS = (".txt", ".text", ".lst", "")
_BEGIN = ("{", "[", '"')


class Value(NamedTuple):
    """A value and its place: "line 3" of a file, or "entry 3" of its list."""

    number: int
    unit: str
    value: Any


def is_json(text: Text) -> bool:
    """Whether a file holds JSON, if its name does not say."""
    first = next((line for line in text.lines() if line.strip()), "")
    return first.lstrip().startswith(_BEGIN) and (
        _read(first) is not None or first.strip() in ("{", "[")
    )


def words(text: Text) -> Iterator[Value]:
    """Yield the lines that are not blank."""
    for number, line in enumerate(text.lines(), 1):
        if line.strip():
            yield Value(number, "line", line.strip("\r\n"))


def values(text: Text) -> Iterator[Value]:
    """Yield the values of a file: one per line, or one after another over several lines.

    raises:  InputError, which names the line
    """
    lines = ((n, line) for n, line in enumerate(text.lines(), 1) if line.strip())
    first, second = next(lines, None), next(lines, None)
    if first is None:
        return
    value = _read(first[1])
    if value is None and first[1].lstrip().startswith(("{", "[")):
        # If the second line is an object by itself, it is the first line that is broken.
        listed = first[1].lstrip().startswith("[")
        if listed or second is None or not isinstance(_read(second[1]), dict):
            yield from _document(text)
            return
    elif second is None and (entries := _listed(value)) is not None:
        yield from _entries(entries)
        return
    for number, line in chain((first, second) if second else (first,), lines):
        yield Value(number, "line", _line(line, number, text))


def _line(line: str, number: int, text: Text) -> Any:
    try:
        return DECODER.decode(line)
    except (ValueError, RecursionError) as error:
        do = "Fix that line, or take it out."
        if number == 1 and not line.lstrip().startswith(_BEGIN):
            do = "Plain prompts, one per line, need a name that ends in .txt; a table, .csv."
        raise _broken(number, text, error, do) from None


def _read(line: str) -> Any:
    """The value that a line holds, None if it is not one by itself."""
    try:
        return DECODER.decode(line)
    except (ValueError, RecursionError):
        return None


def _document(text: Text) -> Iterator[Value]:
    """Yield the values of a file in which they span several lines."""
    whole, at, line, found = text.whole(), 0, 1, list[Value]()
    while rest := _skipped(whole, at):
        line += whole.count("\n", at, rest - 1)
        at = rest - 1
        try:
            value, end = DECODER.raw_decode(whole, at)
        except json.JSONDecodeError as error:
            raise _broken(error.lineno, text, error) from None
        except (ValueError, RecursionError) as error:
            raise _broken(line, text, error) from None
        found.append(Value(line, "line", value))
        line += whole.count("\n", at, end)
        at = end
    if len(found) == 1 and (listed := _listed(found[0].value)) is not None:
        yield from _entries(listed)
    else:
        yield from found


def _skipped(whole: str, at: int) -> int:
    """One more than the index at which the next value begins, 0 if none does."""
    while at < len(whole) and whole[at] in " \t\r\n":
        at += 1
    return at + 1 if at < len(whole) else 0


def _entries(values: list[Any]) -> Iterator[Value]:
    for number, value in enumerate(values, 1):
        yield Value(number, "entry", value)


def _listed(value: Any) -> list[Any] | None:
    """The prompts in a file's only value, None if that is a prompt itself."""
    if isinstance(value, list):
        return None if is_conversation(value) else value
    if isinstance(value, dict) and not {"messages", "prompt", "input", "body"} & value.keys():
        lists = [one for name in _LISTS if isinstance(one := value.get(name), list)]
        return lists[0] if len(lists) == 1 else None
    return None


def is_conversation(value: list[Any]) -> bool:
    """Whether a list is the messages of a conversation."""
    return bool(value) and all(isinstance(one, Mapping) and "role" in one for one in value)


def _broken(number: int, text: Text, error: Exception, do: str = "") -> InputError:
    why = "it is nested too deeply" if isinstance(error, RecursionError) else (
        error.msg if isinstance(error, json.JSONDecodeError) else str(error)
    )  # fmt: skip
    return InputError(
        f"a prompt in line {number} of {text.name}",
        f"something that is not JSON ({for_terminal(why[:120])})",
        do or "Fix that line, or take it out.",
    )  # fmt: skip
