"""Dialects: what servers of a known version do differently, each a dated list of modes.

A dialect changes how an answer is written, not what the engine behind it can do. Its version is
shown wherever the dialect is, which shows when it is outdated; update it from its source.
"""

from __future__ import annotations

from ..registry import REGISTRY, Mode

CAPTURED = "recorded on loopback, November 2026"


def dialect(
    name: str,
    version: str,
    taken_from: str,
    *parts: str,
    also: tuple[str, ...] = (),
    group: str = "dialects",
) -> None:
    """Register what a server of this version does, as the modes that make it up."""
    REGISTRY[name] = Mode(
        name, f"Answers like {version}.", group=group, legal=True, also=also, parts=parts,
        version=version, taken_from=taken_from,
    )  # fmt: skip


dialect(
    "openai", "OpenAI in January 2026",
    "chunks recorded in ENTERPILOT/GoModel#46; the reference's stream_options",
    "extra-fields", "usage-null", "responses-openai",
)  # fmt: skip
dialect("llama.cpp", "llama.cpp's server of November 2026", CAPTURED, "content-null")
dialect(
    "g4f", "g4f 8.8.6", CAPTURED,
    "role-with-text", "role-everywhere", "extra-fields", "usage-in-finish", "content-type-charset",
)  # fmt: skip
dialect(
    "g4f-2023", "g4f of autumn 2023",
    "xtekky/gpt4free, interference/app.py at a5519223",
    "no-v1", "no-models", "role-missing", "no-usage", "null-usage", "no-done",
    also=("no-role", "no-done"),
)  # fmt: skip
dialect(
    "ollama", "Ollama of autumn 2025",
    "ollama/ollama, openai/openai.go at 00988753 (ToChunk)",
    "role-with-text", "role-everywhere", "created-ticks",
)  # fmt: skip
dialect(
    "vllm", "vLLM 0.10",
    "chunks in vllm-project/vllm#19662, #27572 and #36944",
    "finish-with-text", "content-type-charset",
)  # fmt: skip
dialect(
    "lm-studio", "LM Studio 0.3 (user reports)",
    "lmstudio-bug-tracker#618, #1323 and #1988",
    "role-with-text", "role-everywhere", "paths-200", "models-undated",
)  # fmt: skip
dialect(
    "litellm", "LiteLLM 1.106.2's proxy", CAPTURED,
    "role-with-text", "finish-null-dropped", "usage-with-choices",
)  # fmt: skip
dialect(
    "azure", "Azure OpenAI, API version 2023-06-01-preview and later",
    "seratch/ChatGPT-in-Slack#49, archive-old-cli-mentat#429, pydantic-ai#797",
    "azure-first", "extra-fields",
)  # fmt: skip
