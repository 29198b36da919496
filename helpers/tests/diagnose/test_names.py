"""Two names of models: one truth for every place that compares them."""

from __future__ import annotations

import pytest

from helpers.diagnose.names import same_model


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ("gpt-4o", "gpt-4o-2024-08-06"), ("gpt-4", "gpt-4-0613"), ("openai/gpt-4o", "gpt-4o"),
        ("Llama3", "llama3:latest"), ("llama3.2", "llama3.2:3b"), ("auto", "anything"),
        ("openrouter/auto", "anything"), ("", "anything"), ("tiny", "/models/tiny-Q4_K_M.gguf"),
        ("claude-3-5-sonnet-latest", "claude-3-5-sonnet-20241022"),
        ("anthropic.claude-3-5-sonnet-20241022-v2:0", "claude-3-5-sonnet-20241022"),
        ("gemini-2.5-flash", "models/gemini-2.5-flash-preview-05-20"), ("x/y:free", "y"),
        ("command-a-03-2025", "command-a"), ("mistral-large-latest", "mistral-large-2411"),
    ],
)  # fmt: skip
def test_forms_of_one_model_are_one(asked: str, answered: str) -> None:
    """A date, an owner, a tag, a file's ending or a router in front."""
    assert same_model(asked, answered)


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ("gpt-4o", "llama3"), ("claude-3-opus", "claude-3-haiku"), ("oak-7b", "elm-7b"),
        ("gpt-4o", "gpt-4o-mini"), ("llama3", "llama3.2"), ("qwen2.5:7b", "qwen2.5:14b"),
        ("phi", "phi4"), ("gpt-3.5-turbo", "endpointscope-tiny"), ("oak", ""),
    ],
)  # fmt: skip
def test_another_model_is_another(asked: str, answered: str) -> None:
    """Gateways replace what they do not have."""
    assert not same_model(asked, answered)
