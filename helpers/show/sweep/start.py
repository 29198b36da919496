"""A sweep started in a cell: from what the user types to a grid of questions that is asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...checks.sweep.asking import Sweep
from ...checks.sweep.grid import MOST, Prompt, questions
from ...checks.sweep.saved import Saved, fingerprint
from ...endpoint import Endpoint, endpoint_of
from ...places import out
from ...signatures import checked
from ...wire.parameters import check_parameters
from ...wire.request import Api
from .live import LiveSweep


@checked
async def sweep(
    prompts: Prompt | Iterable[Prompt],
    base_url: str | Endpoint | Sequence[str | Endpoint] = "", *,
    model: str | Sequence[str] = "", values: Any = (), repeats: int = 1, at_once: int = 1,
    most: int = MOST, api_key_env: str = "", stream: bool = True, timeout_s: float = 300.0,
    headers: Mapping[str, str] | None = None, query: Mapping[str, str] | None = None,
    api: Api = "chat", resume: bool | str | Path = False, show: bool = True, **parameters: Any,
) -> LiveSweep:  # fmt: skip
    """The same prompt, many ways: `s = await es.sweep("hi", temperature=[0, 1], repeats=3)`.

    `s.table`, `s.to_pandas()`, `s.side_by_side("temperature")`, `s.plot()`; `await s.resume()`
    continues after Stop, and retries failures once.
    prompts:     one or several; "a poem about {{thing}}" is filled from each row of `values`
    base_url, model:  one or several
    values:      [{"thing": "a tree"}, …], {"thing": ["a tree", …]}, or a data frame
    parameters:  a list is values to try; for list parameters, such as stop, a list of lists
    at_once:     how many are asked at the same time
    most:        a grid of more requests than this is refused before the first is sent
    resume:      True keeps each answer in out/sweep/, and the same call continues from there
                 whatever ended it; a folder keeps them there instead
    show:        False asks quietly
    raises:      GridError, AddressError, KeyNameError
    """
    check_parameters(parameters, sweep)
    typed = [base_url] if isinstance(base_url, str | Endpoint) else [*base_url]
    endpoints = [
        # With several endpoints, each already has its own key.
        one if isinstance(one, Endpoint) and typed[1:] else endpoint_of(
            one, api_key_env=api_key_env, timeout_s=timeout_s, headers=headers, query=query
        )
        for one in typed
    ]  # fmt: skip
    grid = questions(
        prompts, endpoints, model=model, values=values, repeats=repeats, most=most, stream=stream,
        api=api, **parameters,
    )  # fmt: skip
    step = max(1, at_once)
    batches = [grid[n : n + step] for n in range(0, len(grid), step)]
    folder = out() / "sweep" / fingerprint(grid) if resume is True else Path(resume or "")
    return await LiveSweep(Sweep(batches, Saved(folder) if resume else None), show=show).resume()
