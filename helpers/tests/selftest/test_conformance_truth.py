"""Which fault turns which check of the conformance report: all as planted, and nothing else."""

from __future__ import annotations

import asyncio

import pytest

from helpers.selftest.conformance import dialects, reds, turns, unseen
from helpers.server.faults.registry import REGISTRY

pytestmark = pytest.mark.slow


def test_each_fault_turns_its_checks_and_every_verdict_is_seen() -> None:
    """A check that never gave a verdict it declares is not yet a check."""
    rows = asyncio.run(turns())
    assert [] == [f"{row.fault}: {row.wrong}" for row in rows if row.wrong]
    assert [] == unseen(rows)
    assert {"pass", "unclear"} == {*rows[0].verdicts.values()}
    # The table is worth nothing if its faults turn nothing.
    assert 100 < sum(bool(row.turned) for row in rows)


def test_no_named_server_is_red_for_its_ways() -> None:
    """What a server of known version does on purpose is a remark at most, on every check."""
    assert {
        "openai", "openai-reasoning", "azure", "azure-async", "openrouter", "gemini", "xai",
        "mistral", "deepseek", "groq", "llama.cpp", "ollama", "vllm", "lm-studio", "litellm", "g4f",
    } <= {*dialects()}  # fmt: skip
    # It accepted stream_options and did not look at them, and whoever asked should know.
    known = {"g4f-2023": ["usage-final-chunk ignored"],
             # Its chunks are called chat.completion, as full answers are.
             "perplexity": ["stream-chunk-fields deviates"]}  # fmt: skip
    assert known == {name: red for name in dialects() if (red := asyncio.run(reds(name)))}


def test_the_textbook_needs_no_engine() -> None:
    """It answers by itself, so that a run costs milliseconds."""
    assert REGISTRY["textbook"].writes
    assert REGISTRY["textbook"].unpaced
