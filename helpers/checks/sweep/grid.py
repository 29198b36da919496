"""Prompts, values and parameters multiplied into questions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass
from itertools import product
from typing import Any

from ...endpoint import CallError, Endpoint
from ...wire.request import Api, Request, chat
from ...wire.template import filled, gaps_in
from ...wording import counted, kind_of

# A slip such as repeats=1000 costs a day, or a fortune.
MOST = 200
# The name under which repeats of a question are numbered.
REPEAT = "repeat"
# Parameters that are lists themselves: to vary them takes a list of lists.
LISTS = {
    "tools", "functions", "stop", "stop_sequences", "modalities", "include", "messages", "models",
}  # fmt: skip

Row = Mapping[str, Any]
Prompt = str | Sequence[Row]
_NONE = "Give at least one prompt, and one value of each parameter."


class GridError(CallError):
    """The input does not make a grid of questions."""

    headline = "This cannot be asked"


@dataclass(frozen=True)
class Question:
    """One request of a grid, and what sets it apart from the others.

    varied:  the values of everything that has more than one, by name
    """

    endpoint: Endpoint
    request: Request
    varied: Mapping[str, Any]


def questions(
    prompts: Prompt | Iterable[Prompt],
    endpoints: Sequence[Endpoint],
    *,
    model: str | Sequence[str] = "",
    values: Any = (),
    repeats: int = 1,
    most: int = MOST,
    stream: bool = True,
    api: Api = "chat",
    **parameters: Any,
) -> list[Question]:
    """Each prompt, filled with each row of values, for each value of each parameter.

    model:       one, or several to vary
    values:      rows for the gaps of a prompt such as "a poem about {{thing}}": a list of dicts, a
                 dict of lists, or a data frame
    parameters:  a list is values to try; for parameters that are lists, such as stop, a list of
                 lists
    raises:      GridError for a gap without a value, and for more questions than `most`
    """
    if type(repeats) is not int or repeats < 1:
        raise GridError(
            "a whole number of repeats, 1 or more", repr(repeats)[:40], "Type repeats=3."
        )
    models = [model] if isinstance(model, str) else [*model]
    rendered = list(_rendered(_listed(prompts), _rows(values)))
    choices = {name: _values_of(name, value) for name, value in parameters.items()}
    sizes = [*map(len, (endpoints, models, rendered, *choices.values())), repeats]
    count = math.prod(sizes)
    if not 0 < count <= most:
        raise GridError(
            f"a grid of 1 to {counted(most, 'request')}",
            f"one of {count:,}",
            f"Take some values out, or allow more: most={count}." if count else _NONE,
        )
    how = {"stream": stream, "api": api}
    axes = _Axes(endpoints, models, rendered, repeats, choices)
    asked = product(endpoints, models, range(1, repeats + 1), rendered, product(*choices.values()))
    return [axes.question(*one, how=how) for one in asked]


@dataclass(frozen=True)
class _Rendered:
    """A prompt with its gaps filled from a row of values; its label still has the gaps."""

    words: Prompt
    label: str
    row: Mapping[str, Any]


@dataclass(frozen=True)
class _Axes:
    """Everything that could vary; a dimension with only one value sets nothing apart."""

    endpoints: Sequence[Endpoint]
    models: Sequence[str]
    prompts: Sequence[_Rendered]
    repeats: int
    parameters: Mapping[str, Sequence[Any]]

    def question(
        self, endpoint: Endpoint, model: str, repeat: int, prompt: _Rendered, chosen: Sequence[Any],
        *, how: Mapping[str, Any],
    ) -> Question:  # fmt: skip
        """The question for this combination."""
        words = prompt.words if isinstance(prompt.words, str) else tuple(prompt.words)
        given, named = dict(zip(self.parameters, chosen, strict=True)), model or endpoint.model
        request = chat(words, model=named, **how, **given)
        varied = self._varied(endpoint, model, prompt, repeat, chosen)
        return Question(endpoint.with_model(named), request, varied)

    def _varied(
        self, endpoint: Endpoint, model: str, prompt: _Rendered, repeat: int, chosen: Sequence[Any]
    ) -> dict[str, Any]:
        """What sets this combination apart."""
        varied: dict[str, Any] = {}
        if len(self.endpoints) > 1:
            varied["base_url"] = endpoint.base_url
        if len(self.models) > 1:
            varied["model"] = model
        if len({one.label for one in self.prompts}) > 1:
            varied["prompt"] = prompt.label
        varied |= {name if name not in self.parameters else f"{{{{{name}}}}}": value
                   for name, value in prompt.row.items()}  # fmt: skip
        pairs = zip(self.parameters, chosen, strict=True)
        varied |= {name: value for name, value in pairs if len(self.parameters[name]) > 1}
        return varied | ({REPEAT: repeat} if self.repeats > 1 else {})


def _listed(prompts: Prompt | Iterable[Prompt]) -> list[Prompt]:
    """One prompt or many: words, a conversation, or several of these."""
    if isinstance(prompts, str):
        return [prompts]
    if not isinstance(prompts, Iterable):
        raise GridError("words, or a list of them", repr(prompts)[:40], _NONE)
    given: list[Any] = list(prompts)
    return [given] if given and isinstance(given[0], Mapping) else given


def _rows(values: Any) -> list[Mapping[str, Any]]:
    """A table of values as rows, in whatever form it was given."""
    if hasattr(values, "to_dict"):
        return [*values.to_dict("records")]
    # A string is iterable, too, letter by letter.
    lists = [*values.values()] if isinstance(values, Mapping) else [values]
    kind = Sized if isinstance(values, Mapping) else Iterable
    if not all(isinstance(one, kind) and not isinstance(one, str) for one in lists):
        raise GridError(
            "values as a list of rows in braces, or a list for each name",
            kind_of(values),
            'Write values=[{"thing": "a tree"}], or values={"thing": ["a tree"]}.',
        )  # fmt: skip
    if isinstance(values, Mapping):
        names, columns = [*values], [*values.values()]
        if len({*map(len, columns)}) > 1:
            came = ", ".join(f"{len(column)} of {name}" for name, column in values.items())
            raise GridError("as many values of each name", came, "Complete the shorter ones.")
        return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
    return [*values]


def _rendered(prompts: Sequence[Prompt], rows: Sequence[Mapping[str, Any]]) -> Iterator[_Rendered]:
    for prompt in prompts:
        names = list(dict.fromkeys(gap for text in _texts(prompt) for gap in gaps_in(text)))
        if not names or not rows:
            # Without a table, braces are part of the prompt.
            yield _Rendered(prompt, _label(prompt), {})
            continue
        for row in rows:
            if missing := [name for name in names if name not in row]:
                raise GridError(
                    f"a value for {{{{{missing[0]}}}}} in each row",
                    f"one with {', '.join(map(str, row)) or 'nothing'}",
                    "Add a column of that name to values, or take the gap out of the prompt.",
                )
            used = {name: row[name] for name in names}
            yield _Rendered(_filled(prompt, used), _label(prompt), used)


def _filled(prompt: Prompt, row: Mapping[str, Any]) -> Prompt:
    if isinstance(prompt, str):
        return filled(prompt, row)
    return [
        {**one, "content": filled(one["content"], row)}
        if isinstance(one.get("content"), str) else one
        for one in prompt
    ]  # fmt: skip


def _texts(prompt: Prompt) -> Iterator[str]:
    if isinstance(prompt, str):
        yield prompt
        return
    for message in prompt:
        if isinstance(message.get("content"), str):
            yield message["content"]


def _label(prompt: Prompt) -> str:
    """A prompt's label: its words, or the last ones of a conversation."""
    return [*_texts(prompt), ""][0] if isinstance(prompt, str) else ([*_texts(prompt)] or [""])[-1]


def _values_of(name: str, value: Any) -> list[Any]:
    """The values to try for a parameter."""
    if not isinstance(value, list | tuple):
        return [value]
    if name in LISTS and not (value and all(isinstance(one, list | None) for one in value)):
        return [value]
    return [*value]
