"""What an entry of a file asks: its id, its path, its body."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...escaping import for_terminal
from ...wire.literal import Unreadable, value_of
from ...wire.request import PATHS, Api
from ...wire.template import filled, gaps_in
from ...wording import kind_of
from .job import InputError, path_of, prompt_field
from .shipped import PROMPT
from .template import check_columns
from .values import is_conversation

IDS = ("custom_id", "id")
# OpenAI allows 64; more than this is a mistake, not an id.
_LONGEST_ID = 512
# A prompt that is only words is treated as a row of one column.
_WORDS = "text"
_SAYING = ("messages", "input", "prompt")
# Columns that need no prompt of the user's, the most explicit first.
_READY = ("body", *_SAYING)
Meant = tuple[str, str, dict[str, Any]]


class NoPromptError(Exception):
    """An entry asks nothing; the message says what it is instead."""


@dataclass(frozen=True)
class Meaning:
    """How entries are read: with the user's own prompt, if any, and for which API."""

    prompt: str
    api: Api

    @property
    def own(self) -> bool:
        """Whether the user gave the prompt; the default is meant for our own subjects only."""
        return self.prompt not in ("", PROMPT)

    def of(self, value: Any, where: str) -> Meant:
        """The (custom_id, url, body) of a JSON value.

        raises:  NoPromptError; InputError if the prompt names columns that it lacks
        """
        if isinstance(value, str):
            return "", path_of(self.api), prompt_field(self.words(value, where), self.api)
        if isinstance(value, list):
            if not is_conversation(value):
                raise NoPromptError("a list that is not a conversation (role and content)")
            return "", path_of("chat"), {"messages": value}
        if not isinstance(value, dict):
            raise NoPromptError("neither an object, a list nor text")
        rest = {name: one for name, one in value.items() if name not in IDS}
        return _id_of(value), *self._object(rest, value, where)

    def words(self, text: str, where: str) -> str:
        """A plain-text prompt, inserted into the user's own if there is one."""
        if not self.own:
            return text
        check_columns(self.prompt, [_WORDS], where)
        return filled(self.prompt, {_WORDS: text})

    def of_row(self, row: Mapping[str, Any], where: str) -> Meant:
        """The (custom_id, url, body) of a table's row.

        raises:  InputError if the prompt names columns that it lacks; NoPromptError
        """
        names = gaps_in(self.prompt)
        fills = self.own or (names and all(name in row for name in names))
        column = next((name for name in _READY if not fills and self._asks(name, row)), "")
        if column:
            return _id_of(row), *self._ready(row, column)
        if not fills:
            raise InputError(
                f"a column of {where} that asks (prompt, messages), or a prompt with its columns",
                f"the columns {for_terminal(', '.join(row)[:200]) or 'none'}",
                f"Give one, such as “Say {{{{{next(iter(row), 'text')[:80]}}}}}”.",
            )
        check_columns(self.prompt, row, where)
        return _id_of(row), path_of(self.api), prompt_field(filled(self.prompt, row), self.api)

    def _asks(self, column: str, row: Mapping[str, Any]) -> bool:
        """Whether a row has this column and means it as a prompt; articles have a body, too."""
        if column == "body" and not {"custom_id", "method", "url"} & row.keys():
            return isinstance(row.get("body"), dict)
        return column in row and (column != "input" or self.api in ("embeddings", "responses"))

    def _ready(self, row: Mapping[str, Any], column: str) -> tuple[str, dict[str, Any]]:
        """The path and the body that a row has in a column with a known name."""
        given = {name: value for name, value in row.items() if value not in (None, "")}
        if column not in given:
            raise NoPromptError(f"nothing in the column {column}")
        if column == "body":
            return _batch_line(given)
        value = given[column]
        if column != "messages":
            return path_of(self.api), prompt_field(str(value), self.api)
        messages = _unpacked(value, column)
        if not isinstance(messages, list) or not is_conversation(messages):
            raise NoPromptError("messages that are not a conversation (role and content)")
        return path_of("chat"), {"messages": messages}

    def _object(
        self, rest: dict[str, Any], value: dict[str, Any], where: str
    ) -> tuple[str, dict[str, Any]]:
        if self.own:
            # Whatever the column names: data sets have an "input" that is not meant to be embedded.
            check_columns(self.prompt, value, where)
            return path_of(self.api), prompt_field(filled(self.prompt, value), self.api)
        if "body" in rest:
            return _batch_line(rest)
        if isinstance(rest.get("params"), dict):
            # The format of Anthropic's batches.
            return path_of("messages"), rest["params"]
        if isinstance(rest.get("messages"), list):
            return path_of("chat"), rest
        if "input" in rest:
            return path_of("responses" if self.api == "responses" else "embeddings"), rest
        if isinstance(prompt := rest.pop("prompt", None), str):
            return path_of(self.api), {**prompt_field(prompt, self.api), **rest}
        if gaps_in(self.prompt) and not {*_SAYING} & value.keys():
            check_columns(self.prompt, value, where)
            return path_of(self.api), prompt_field(filled(self.prompt, value), self.api)
        raise NoPromptError("nothing to ask: no messages, prompt, input or body")


def _id_of(value: Mapping[str, Any]) -> str:
    """The id of an entry, "" if it has none.

    raises:  NoPromptError if it cannot be used as one
    """
    given = next((value[name] for name in IDS if value.get(name) not in (None, "")), "")
    if isinstance(given, bool) or not isinstance(given, str | int | float):
        raise NoPromptError(f"a custom_id that is neither text nor a number ({kind_of(given)})")
    found = str(given)
    if len(found) > _LONGEST_ID:
        raise NoPromptError(f"a custom_id of {len(found):,} characters ({_LONGEST_ID} are allowed)")
    return found


def _batch_line(value: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The path and the body of a line in OpenAI's Batch format."""
    body, method = _unpacked(value["body"], "body"), value.get("method")
    if not isinstance(body, dict):
        raise NoPromptError(f"a body that is not an object ({kind_of(body)})")
    if method is not None and str(method).upper() != "POST":
        raise NoPromptError(f"the method {for_terminal(str(method)[:20])}, not POST")
    url = value.get("url")
    if url is None:
        return path_of(_api_of_body(body)), body
    # Azure's files omit the version, others give a full address: base_url says who is asked.
    path = str(url).partition("?")[0].rstrip("/")
    api = next((api for api, ending in PATHS.items() if path.endswith(ending)), None)
    if api is None:
        known = ", ".join(map(path_of, PATHS))
        raise NoPromptError(f"the url {for_terminal(str(url)[:80])!r}, not one of {known}")
    return path_of(api), body


def _unpacked(value: Any, name: str) -> Any:
    """The value of JSON kept as text in a table's cell; pandas writes Python syntax into a CSV."""
    if not isinstance(value, str):
        return value
    try:
        return value_of(value)
    except Unreadable as error:
        raise NoPromptError(f"a {name} that is {error}") from None


def _api_of_body(body: Mapping[str, Any]) -> Api:
    """The API that a body without a path is meant for."""
    if "input" in body:
        return "responses" if {"instructions", "max_output_tokens"} & body.keys() else "embeddings"
    return "completions" if "prompt" in body else "chat"
