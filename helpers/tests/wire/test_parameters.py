"""Which names of parameters are sent, and what is said about the others."""

from __future__ import annotations

from typing import Any

import pytest

from helpers.errors import CallError
from helpers.wire.parameters import check_parameters

OF_SERVERS = (
    "top_k", "min_p", "top_a", "min_tokens", "max_new_tokens", "repeat_penalty", "stop_token_ids",
    "models", "reasoning_format", "seeds", "prompt_cache_key", "add_bos_token", "n_predict",
)  # fmt: skip


def call(base_url: str = "", timeout_s: float = 1.0, **parameters: Any) -> None:
    """Stand for a function whose other arguments go into the request."""


@pytest.mark.parametrize("name", OF_SERVERS)
def test_servers_may_have_parameters_of_their_own(name: str) -> None:
    """Also those whose names contain a key's, and those that look like a slip."""
    check_parameters({"eos_token": "</s>", "stop_token": "###", "top_logprobs_num": 3}, call)
    check_parameters({name: 1, "temperature": 0.5, "stop": ["\n"]}, call)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"tempratur": 0}, "got tempratur. Did you mean temperature?"),
        ({"modle": "x", "temperature": 0}, "got modle. Did you mean model?"),
        ({"timeout": 3}, "got timeout. Did you mean timeout_s?"),
        ({"url": "x"}, "got url. Did you mean base_url?"),
        ({"api_key": "tree-0123"}, "in api_key_env; got a key as api_key=…."),
        ({"hf_token": ["tree-0123"]}, "in api_key_env; got a key as hf_token=…."),
        ({"stop": {"a"}}, "stop to be something that JSON can hold; got a set."),
        ({"tools": [{}, print]}, "got a function. Use text,"),
        ({"seed": float("nan")}, "got a number that is not finite."),
    ],
)
def test_what_was_not_meant_is_not_sent(given: dict[str, Any], said: str) -> None:
    """And the value is never in the message."""
    with pytest.raises(CallError) as refused:
        check_parameters(given, call)
    assert said in str(refused.value)
    assert "tree-0123" not in str(refused.value)


def test_an_extra_body_has_any_name() -> None:
    """It is the way to send what looks like a slip; its values are still JSON."""
    check_parameters({}, call, extra_body={"tempratur": 0, "api_key": "x"})
    with pytest.raises(CallError, match="wood to be something that JSON can hold"):
        check_parameters({}, call, extra_body={"wood": b"oak"})
