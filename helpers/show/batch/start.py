"""A batch started in a cell: from what the user names to prompts that are asked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ...checks.batch.batch import Batch
from ...checks.batch.plan import MOST_AT_ONCE, allowed
from ...checks.prompt_file.shipped import PROMPT, SHIPPED
from ...checks.prompt_file.source import Source
from ...checks.prompt_file.text import is_packed
from ...endpoint import Endpoint, endpoint_of
from ...places import out
from ...recordings import slug
from ...server.builtin import FOR_MANY, opened
from ...signatures import checked
from ...wire.parameters import check_parameters
from ...wire.request import Api
from .view import BatchView


@checked
async def batch(
    file: str | Path = "", base_url: str | Endpoint = "", *, output: str | Path = "",
    prompt: str = PROMPT, model: str = "", api_key_env: str = "", timeout_s: float = 300.0,
    headers: Mapping[str, str] | None = None, query: Mapping[str, str] | None = None,
    api: Api = "chat", prices: Mapping[str, Any] | None = None, budget: float = 0.0,
    limit: int = 0, at_once: int = MOST_AT_ONCE, retry_errors: bool = False, scheduler: str = "",
    show: bool = True, extra_body: Mapping[str, Any] | None = None, **parameters: Any,
) -> BatchView:  # fmt: skip
    """Ask every prompt of a file: `b = await es.batch("in.jsonl", "localhost:1337")`.

    file:     OpenAI's Batch format, JSON, CSV, Parquet, plain words; "" for sixty of our own
    output:   where the answers go, by default next to the file. Answers already in it are not
              asked again, so the same call resumes after a stop, a crash or a kill
    prompt:   for a table, its columns in double braces: "Translate {{text}}"
    prices:   per million tokens: {"in": 0.15, "out": 0.6}; the batch then stops at `budget`
    limit:    how many prompts are asked now; `at_once` is how many at the same time, at most
    scheduler: "local" uses other processes, an address the workers of that Dask scheduler
    raises:   InputError, OutputError, PlanError, AddressError
    """
    endpoint = endpoint_of(
        # At reading speed the built-in endpoint would take an hour instead of a minute.
        base_url, otherwise=FOR_MANY, model=model, api_key_env=api_key_env,
        timeout_s=timeout_s, headers=headers, query=query,
    )  # fmt: skip
    check_parameters(parameters, batch, extra_body=extra_body)
    given = {**(extra_body or {}), **parameters}
    source = Source(Path(file) if file else SHIPPED, prompt, api, endpoint.model, given)
    plan = allowed(
        retry_errors=retry_errors, limit=limit, prices=prices or {}, budget=budget, most=at_once,
        scheduler=scheduler,
    )  # fmt: skip
    where = Path(output) if output else answers_for(file, endpoint)
    shown = BatchView(Batch(source, await opened(endpoint), where, plan))
    await shown.run(show=show)
    return shown


def answers_for(file: str | Path, endpoint: Endpoint) -> Path:
    """The default file for answers: next to their prompts; in out/batch for our own."""
    if file:
        path = Path(file)
        return (path.with_suffix("") if is_packed(path) else path).with_suffix(".answers.jsonl")
    at = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")[:-3]
    return out() / "batch" / f"{at}-{slug(endpoint.base_url)}.jsonl"
