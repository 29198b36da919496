"""A comparison started in a cell: from what the user names to targets that are asked in turns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...checks.compare.earlier import earlier
from ...checks.compare.judging import Tolerance
from ...checks.compare.targets import each, targets_of
from ...checks.compare.turns import Comparison
from ...endpoint import Endpoint
from ...signatures import checked
from ...wire.parameters import check_parameters
from ...wire.request import Api
from ..verdict import VerdictLine
from .live import LiveComparison

Named = str | Endpoint | Mapping[str, Any]
POEM = "write a poem about a tree"


@checked
async def compare(
    targets: Named | Sequence[Named] = (), *others: Named,
    base_url: str | Endpoint = "", proxied: str = "", prompt: str = POEM,
    prompts: Sequence[str] = (), turns: int = 4, max_tokens: int = 0, stream: bool = True,
    api: Api = "chat", tools: bool = True, max_ttft_ratio: float = 0.0, max_rate_loss: float = 0.0,
    baseline: str = "", extra_body: Mapping[str, Any] | None = None, show: bool = True,
    line: VerdictLine | None = None, **common: Any,
) -> LiveComparison:  # fmt: skip
    """Which is better: `c = await es.compare(["localhost:8080", "localhost:4000"])`.

    `c.speed`, `c.wire`, `c.answers`, `c.proxy`, `c.findings`, `c.plot()`, `c.save()`.
    targets:     in a list or one after another: addresses, endpoints, or dicts of base_url,
                 model, api_key_env, headers, query, name and parameters; "replay:FILE" is a saved
                 recording
    base_url:    the first target, or the address of targets without one
    proxied:     that address through a proxy: the result then says what the proxy changed
    prompts:     instead of the one prompt
    turns:       how many pairs of each prompt, after one cold answer and one asked together
    max_tokens:  0 for no limit
    tools:       whether to ask for a tool call, too
    max_ttft_ratio, max_rate_loss:  how much worse than the first, 0 for any: 1.5 and 0.3, say
    baseline:    compare.json of an earlier run: no target may be that much worse than it was
    line:        `cells.verdict_line("…?")`, which shows the answer once all are asked
    common:      model, api_key_env, timeout_s, headers, query of targets that name none
    raises:      TargetError, AddressError, KeyNameError, RecordingError, EarlierRunError
    """
    check_parameters(common, compare, extra_body=extra_body)
    if max_tokens:
        common["max_tokens"] = max_tokens
    compared = Comparison(
        targets_of(
            [*each(targets), *others], base_url=base_url, proxied=proxied, extra_body=extra_body,
            **common,
        ),
        [*prompts] or [prompt], turns=turns, stream=stream, api=api, tools=tools,
    )  # fmt: skip
    before = earlier(baseline) if baseline else None
    limits = Tolerance(max_ttft_ratio, max_rate_loss)
    live = LiveComparison(compared, limits=limits, earlier=before, show=show, line=line)
    return await live.resume()
