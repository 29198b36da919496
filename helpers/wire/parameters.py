"""The names of arguments as a person types them: a key or a slip is refused before it is sent."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Collection, Mapping
from difflib import get_close_matches
from typing import Any

from ..errors import CallError
from ..secrets.shapes import is_secret_name
from ..wording import did_you_mean, kind_of
from .literal import not_json

# Servers have parameters of their own, so any name is sent unless it is nearly one of these. Of
# 140 names from the references of nine servers, those in the last line come as close as a slip.
_LIKENESS = 0.85
KNOWN = frozenset(
    """audio background frequency_penalty function_call functions include input instructions
    logit_bias logprobs max_completion_tokens max_output_tokens max_tokens messages metadata
    modalities model n parallel_tool_calls prediction presence_penalty previous_response_id prompt
    prompt_cache_key prompt_cache_retention reasoning reasoning_effort response_format
    safety_identifier seed service_tier stop store stream stream_options system temperature text
    tool_choice tools top_logprobs top_p truncation user verbosity web_search_options
    models prompt_cache_isolation_key reasoning_format seeds top_logprobs_num""".split()  # noqa: SIM905 - a list of as many words would be fifty lines
)
# Tokens of a template, such as eos_token, are no keys.
_MARK = re.compile(r"^(?:bos|eos|pad|unk|sep|stop|start|end|think)(?:_\w+)?_token$")
# What other libraries call the same.
_SYNONYMS = {"url": "base_url", "api_base": "base_url", "host": "base_url", "endpoint": "base_url"}


def check_parameters(
    given: Mapping[str, Any], call: Callable[..., Any], *,
    extra_body: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """Check what goes into a request's body under the names that a person typed.

    call:        the function that was called, one of whose arguments a misspelt name may mean
    extra_body:  what is sent under any name
    raises:      CallError for a key, a slip, or a value that JSON cannot hold; it shows no value
    """
    known = {*KNOWN, *inspect.signature(call).parameters}
    for name, value in given.items():
        if _may_be_a_key(name, value):
            raise MisnamedError(name, known)
        if name not in known and (meant := _meant(name, known)):
            raise CallError("a parameter's name", name, f"Did you mean {meant}?")
    body = {**(extra_body or {}), **given}
    if name := not_json(body):
        tools = " es.chat(…).tool(…) takes a Python function." if name == "tools" else ""
        raise CallError(
            f"{name} to be something that JSON can hold", _offender(body[name]),
            f"Use text, finite numbers, True, False, None, lists and dictionaries.{tools}",
        )  # fmt: skip


def _meant(name: str, known: Collection[str]) -> str:
    """The name that was meant by one that nearly equals it, "" if none does."""
    other = _SYNONYMS.get(name, "")
    turned = (one for one in known if sorted(one) == sorted(name))
    near = get_close_matches(name, known, 1, _LIKENESS)
    return next(iter([*({other} & {*known}), *turned, *near]), "")


class MisnamedError(CallError):
    """An argument has a name that its function does not know."""

    def __init__(self, name: str, known: Collection[str]) -> None:
        self.name, self.known = name, known
        if is_secret_name(name):
            super().__init__(
                "the name of an environment variable, in api_key_env", f"a key as {name}=…",
                "A key in a cell would be saved with it: set a variable where you start JupyterLab "
                '(export MY_KEY=…) and write api_key_env="MY_KEY".',
            )  # fmt: skip
            return
        hint = did_you_mean(name, known).strip() or "Leave it out."
        one_of = "one of " if len(known) > 1 else ""
        super().__init__(f"{one_of}{', '.join(known)}" or "no arguments by name", name, hint)


def _may_be_a_key(name: str, value: Any) -> bool:
    """Whether a text is given under a key's name; several may be tried in a sweep."""
    values = value if isinstance(value, list | tuple) else [value]
    open_name = name in KNOWN or _MARK.search(name) is not None
    return not open_name and is_secret_name(name) and any(isinstance(v, str) for v in values)


def _offender(value: Any) -> str:
    """What JSON cannot hold: the value, or the first such one in a list."""
    values = value if isinstance(value, list | tuple) else [value]
    return kind_of(next((one for one in values if not_json({"it": one})), value))
