"""A measurement started in a cell: from what the user names to loads that are sent."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from ...checks.load.baseline import compared, read_baseline
from ...checks.load.plan import check_asked, plan_of
from ...checks.load.prompts import Prompts, read_prompts
from ...checks.load.speed import Speed
from ...checks.prompt_file.in_thread import in_thread
from ...endpoint import Endpoint, endpoint_of
from ...server.builtin import FOR_LOADS, opened
from ...signatures import checked
from ...wire.request import Api
from .live import LiveSpeed
from .view import SpeedView

AT_ONCE = (1, 2, 4, 8)


@checked
async def speed(
    base_url: str | Endpoint = "", prompt: str = "write a poem about a tree", *, model: str = "",
    api_key_env: str = "", stream: bool = True, timeout_s: float = 300.0,
    headers: Mapping[str, str] | None = None, query: Mapping[str, str] | None = None,
    extra_body: Mapping[str, Any] | None = None, api: Api = "chat", prompts: str = "",
    prompt_words: int = 0, nonce: bool = True, turns: int = 1, prefix_words: int = 0,
    baseline: str = "", show: bool = True, **loads: Any,
) -> SpeedView:  # fmt: skip
    """How fast it is, alone and under load: `s = await es.speed("Ollama", at_once=[1, 2, 4])`.

    prompts:       a file of them, instead of the prompt
    prompt_words:  length of made-up ones, each with a different beginning unless `nonce=False`
    turns, prefix_words:  conversations of several turns, and a beginning that they share
    baseline:      the JSON of an earlier run
    loads:         at_once, per_s, storm, poisson, requests, seconds_each, seconds, max_tokens,
                   most_tokens, ttft_p95_ms, tpot_p95_ms, error_rate, goodput, capacity,
                   own_error, keep=True for every exchange and not only its figures,
                   scheduler="local" or a Dask scheduler's address for more than one process
    raises:        AddressError, LoadError, ClusterError
    """
    check_asked(
        loads, extra_body or {}, prompt_words=prompt_words, turns=turns, prefix_words=prefix_words
    )
    plan = plan_of(**({"at_once": () if loads.get("per_s") else AT_ONCE} | loads))
    before = read_baseline(baseline) if baseline else None
    texts = await in_thread(partial(read_prompts, prompts, prompt)) if prompts else [prompt]
    endpoint = endpoint_of(
        base_url, otherwise=FOR_LOADS, model=model, api_key_env=api_key_env,
        timeout_s=timeout_s, headers=headers, query=query,
    )  # fmt: skip
    measured = Speed(
        await opened(endpoint), plan, Prompts(texts, prompt_words, nonce, turns, prefix_words),
        api=api, stream=stream, extra_body=extra_body,
    )  # fmt: skip
    await (LiveSpeed(measured).measure() if show else measured.measure())
    return SpeedView(measured, None if before is None else compared(measured, before))
