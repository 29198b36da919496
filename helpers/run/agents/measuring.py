"""The instruments that send many requests, each within bounds, whatever a call asks for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from ...checks.batch.batch import Batch
from ...checks.batch.judging import QUESTION as ANSWERED
from ...checks.batch.judging import judge_batch
from ...checks.batch.plan import Plan as BatchPlan
from ...checks.compare.earlier import to_json
from ...checks.compare.judging import QUESTION as WHICH
from ...checks.compare.judging import judge_comparison
from ...checks.compare.targets import Target
from ...checks.compare.turns import Comparison
from ...checks.load.exports import to_dict
from ...checks.load.findings import judge
from ...checks.load.plan import plan_of
from ...checks.load.prompts import Prompts
from ...checks.load.speed import Speed
from ...checks.prompt_file.source import Source
from ...checks.sweep.asking import Sweep
from ...checks.sweep.figures import records
from ...checks.sweep.grid import questions
from ...finding import Finding, Level, conclude
from ...places import out
from ...recordings import save, slug, write_private
from ...server.builtin import FOR_LOADS, FOR_MANY
from ...wording import counted
from .allowed import Keys, NotAllowedError, endpoint_at, parameters_of
from .answering import Reply, endpoint_of, kept
from .reply import reply

MOST_ASKED, MOST_PROMPTS = 30, 200
_OF_THE_GRID = {"prompts", "endpoints", "values", "repeats", "most"}
# What an agent gets of each answer, besides the values that were varied.
_RECORD = ("word", "failure", "text", "finish_reason", "ttft_s", "total_s", "tokens_per_s",
           "prompt_tokens", "completion_tokens", "refused")  # fmt: skip


async def speed(
    keys: Keys, base_url: str, model: str, prompt: str, at_once: list[int] | None, requests: int,
    max_tokens: int, seconds: float, timeout_s: float,
) -> Reply:  # fmt: skip
    """Loads at several concurrencies, one after the other."""
    loads = at_once or [1, 4]
    within("loads in at_once", len(loads), 1, 5)
    for count in loads:
        within("requests at once", count, 1, 16)
    within("requests", requests, 1, 50)
    within("max_tokens", max_tokens, 1, 512)
    within("seconds", seconds, 1, 120)
    parameters_of(None, prompt)
    endpoint = await endpoint_of(keys, base_url or FOR_LOADS, model, timeout_s)
    plan = plan_of(
        at_once=loads, requests=requests, max_tokens=max_tokens, seconds=seconds,
        seconds_each=seconds, capacity=False, own_error=False,
    )  # fmt: skip
    measured = Speed(endpoint, plan, Prompts([prompt]))
    await measured.measure()
    findings = judge(measured)
    verdict = conclude(
        "How fast is it, alone and under load?", findings, base_url=endpoint.base_url,
        model=measured.endpoint.model, yes=findings[0].says.removesuffix("."),
    )  # fmt: skip
    file = kept("speed", [measured.first] if measured.first else [])
    return reply(verdict, recording=file, keys=keys.values, figures=to_dict(measured))


async def compare(
    keys: Keys, targets: list[str], models: list[str] | None, prompt: str, turns: int,
    max_tokens: int, timeout_s: float,
) -> Reply:  # fmt: skip
    """Targets asked the same, in turns."""
    addresses, named = _pairs(targets, models or [""])
    within("targets", len(addresses), 2, 4)
    within("turns", turns, 1, 8)
    within("max_tokens", max_tokens, 1, 512)
    parameters = parameters_of({"max_tokens": max_tokens}, prompt)
    compared = Comparison(
        [
            Target(name, endpoint_at(url, keys, model=model, timeout_s=timeout_s), parameters)
            for name, url, model in zip(_names(addresses, named), addresses, named, strict=True)
        ],
        [prompt], turns=turns, tools=False,
    )  # fmt: skip
    await compared.sweep.ask()
    findings = judge_comparison(compared)
    verdict = conclude(
        WHICH, findings, base_url=", ".join(addresses), yes=findings[0].says.removesuffix(".")
    )
    files = [
        str(save(asked, one.endpoint, name=f"mcp-compare-{slug(one.name)}"))
        for one in compared.targets if (asked := compared.labelled(one))
    ]  # fmt: skip
    return reply(
        verdict, recording=None, keys=keys.values, recordings=files, figures=to_json(compared)
    )


async def sweep(
    keys: Keys, prompts: list[str], base_url: str, model: str, parameters: dict[str, Any] | None,
    repeats: int, timeout_s: float,
) -> Reply:  # fmt: skip
    """Every prompt with every combination of values."""
    within("repeats", repeats, 1, 10)
    given = parameters_of(parameters, "".join(prompts))
    if ours := _OF_THE_GRID & given.keys():
        raise NotAllowedError(
            "parameters of the API", min(ours), "What has an argument of its own is given there."
        )
    endpoint = endpoint_at(base_url or FOR_MANY, keys, model=model, timeout_s=timeout_s)
    asked = questions(
        prompts, [endpoint], model=model, repeats=repeats, most=MOST_ASKED, **given
    )  # fmt: skip
    swept = Sweep([[one] for one in asked])
    await swept.ask()
    exchanges = [swept.exchanges[number] for number in sorted(swept.exchanges)]
    verdict = conclude(
        "What do parameters change?", [*_swept(swept)], base_url=endpoint.base_url,
        model=exchanges[0].request.model,
    )  # fmt: skip
    told_of = [
        {**dict(one.varied), **{name: row[name] for name in _RECORD if row.get(name) is not None}}
        for one, row in zip(asked, records(swept), strict=True)
    ]
    return reply(verdict, recording=kept("sweep", exchanges), keys=keys.values, answers=told_of)


async def batch(
    keys: Keys, prompts: list[str], base_url: str, model: str, parameters: dict[str, Any] | None,
    at_once: int, timeout_s: float,
) -> Reply:  # fmt: skip
    """Every prompt once, except those already answered in the file of an identical call."""
    within("prompts", len(prompts), 1, MOST_PROMPTS)
    within("at_once", at_once, 1, 16)
    given = parameters_of(parameters, "".join(prompts))
    endpoint = await endpoint_of(keys, base_url or FOR_MANY, model, timeout_s)
    lines = "".join(f"{json.dumps(prompt)}\n" for prompt in prompts)
    same = json.dumps([endpoint.base_url, model, given, lines])
    path = out() / "batch" / f"mcp-{hashlib.sha256(same.encode()).hexdigest()[:16]}.jsonl"
    write_private(path, lines)
    made = Batch(
        Source(path, model=endpoint.model, more=given), endpoint,
        path.with_suffix(".answers.jsonl"), BatchPlan(retry_errors=True, most=at_once),
    )  # fmt: skip
    await made.run()
    verdict = conclude(
        ANSWERED, judge_batch(made), base_url=endpoint.base_url, model=made.endpoint.model
    )
    rows = [row.to_dict() for row in (*made.rows, *made.failed)]
    return reply(
        verdict, recording=None, keys=keys.values, answers_in=str(made.output), answers=rows
    )


def within(what: str, count: float, least: int, most: int) -> None:
    """Refuse a number that no call may ask for.

    raises:  NotAllowedError
    """
    if not least <= count <= most:
        raise NotAllowedError(
            f"{what} from {least} to {most}", f"{count:g}", "Give a number between them."
        )


def _pairs(addresses: list[str], models: list[str]) -> tuple[list[str], list[str]]:
    """As many addresses as models; a single one of either is used for all."""
    count = max(len(addresses), len(models))
    if {len(addresses), len(models)} - {1, count}:
        raise NotAllowedError(
            "one model for all targets, or one each", f"{len(models)} for {len(addresses)}",
            "Leave models out for the first one that each target lists.",
        )  # fmt: skip
    return (addresses * count)[:count], (models * count)[:count]


def _names(addresses: Sequence[str], models: Sequence[str]) -> list[str]:
    """What distinguishes each target, or its place in the list if nothing else does."""
    labels = [
        " · ".join(filter(None, (address if len({*addresses}) > 1 else "", model)))
        for address, model in zip(addresses, models, strict=True)
    ]
    return [
        name if labels.count(name) == 1 and name else f"{name or 'target'} #{place}"
        for place, name in enumerate(labels, 1)
    ]


def _swept(swept: Sweep) -> list[Finding]:
    """How many were answered, and each way in which the others failed."""
    failures = {
        (one.failure.name, one.request.model): one.failure
        for one in swept.exchanges.values() if one.failure
    }  # fmt: skip
    good = sum(not swept.exchanges[number].failure for number in swept.answered)
    says = f"{good} of {counted(len(swept.questions), 'request')} answered."
    level: Level = "pass" if good == len(swept.questions) else "remark"
    return [Finding("swept", level, says), *failures.values()]
