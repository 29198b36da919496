"""Dialects of hosted services, and of engines that need a GPU, from documentation and issues.

None of them can be recorded here. These are their forms as known in November 2026, each with its
source; if a service has changed since, its dialect is out of date, which says nothing against the
service.
"""

from __future__ import annotations

from .dialects import dialect

READ = "November 2026"


def _service(
    name: str, service: str, taken_from: str, *parts: str, also: tuple[str, ...] = ()
) -> None:  # fmt: skip
    version = f"{service} in {READ}"
    dialect(name, version, taken_from, *parts, also=also, group="service_dialects")


_service(
    "openai-reasoning", "OpenAI's reasoning models",
    "platform.openai.com, guide to reasoning: parameters that are not supported",
    "thinks", "thoughts-hidden", "extra-fields", "usage-null", "wants-max-completion-tokens",
    "refuses-temperature", "refuses-stop", "refuses-logprobs", "refuses-unknown-fields",
    "responses-openai",
)  # fmt: skip
_service(
    "azure-async", "Azure OpenAI's asynchronous filter",
    "learn.microsoft.com, content streaming; openai-python#1677",
    "filter-async", "extra-fields",
)  # fmt: skip
_service(
    "openrouter", "OpenRouter", "openrouter.ai/docs, streaming, models and usage accounting",
    "thinks", "thoughts-as-reasoning", "role-everywhere", "extra-fields", "usage-always",
    "usage-with-finish", "comments", "models-bare-object", "responses-refuses-previous",
)  # fmt: skip
_service(
    "gemini", "Gemini's OpenAI layer",
    "ai.google.dev, OpenAI compatibility and thought signatures; ogx-ai/ogx#5122",
    "thinks", "thoughts-hidden", "thoughts-in-total", "role-everywhere", "finish-with-text",
    "usage-everywhere", "calls-whole", "calls-signed", "errors-array", "refuses-unknown-fields",
    "responses-not-there",
)  # fmt: skip
_service(
    "xai", "xAI", "docs.x.ai, chat completions and reasoning; BerriAI/litellm#16265, "
    "NousResearch/hermes-agent#23435",
    "thinks", "thoughts-apart", "role-everywhere", "usage-everywhere", "refuses-stop",
    "refuses-effort-renamed", "errors-string",
)  # fmt: skip
_service(
    "mistral", "Mistral", "docs.mistral.ai, chat completions, reasoning and function calling",
    "thinks", "thoughts-in-content", "usage-in-finish", "calls-short-ids", "wants-short-ids",
    "calls-whole", "refuses-seed", "refuses-logprobs", "refuses-unknown-fields", "errors-detail",
    "responses-not-there",
)  # fmt: skip
_service(
    "deepseek", "DeepSeek",
    "api-docs.deepseek.com, rate limit, thinking mode and JSON output",
    "thinks", "wants-thoughts-back", "usage-in-finish", "comments", "blank-lines-first",
    "refuses-json-schema", "refuses-developer", "no-embeddings", "responses-not-there",
)  # fmt: skip
_service(
    "groq", "Groq", "console.groq.com/docs/openai, what is not supported",
    "thinks", "thoughts-as-reasoning", "usage-in-x-groq", "calls-whole", "refuses-n",
    "refuses-logprobs", "refuses-unknown-fields", "no-embeddings", "responses-refuses-previous",
)  # fmt: skip
_service(
    "together", "Together", "togethercomputer/openapi#27; docs.together.ai, list of models",
    "models-array", "role-everywhere", "logprobs-as-numbers", "full-logprobs-old",
    "usage-in-finish",
)  # fmt: skip
_service(
    "perplexity", "Perplexity",
    "perplexityai/api-discussion#193 and #209; docs.perplexity.ai, OpenAI compatibility",
    "no-models", "no-embeddings", "responses-not-there", "message-beside-delta",
    "full-delta-empty", "role-everywhere", "usage-everywhere", "no-done", "refuses-tools",
    also=("odd-object", "no-done"),
)  # fmt: skip
dialect(
    "sglang", "SGLang of February 2026", "sgl-project/sglang#18335; dstackai/dstack#2228",
    "delta-nulls", "any-model", group="service_dialects",
)  # fmt: skip
dialect(
    "tgi", "text-generation-inference 1.4",
    "huggingface/text-generation-inference#1648 and its guide to guidance",
    "ids-empty", "role-everywhere",
    also=("no-id",), group="service_dialects",
)  # fmt: skip
