"""One tiny completion, unstreamed and streamed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...client.chat import ask
from ...client.exchange import Exchange
from ...diagnose.layers import serving
from ...finding import Finding
from ...wire.request import chat
from .key import FOR_THE_MOMENT
from .known import Clock, Known, Steps
from .models import TOKENS

# A first answer this slow, and this many times slower than the next, was a cold start.
SLOW_S, TIMES = 2.0, 5.0
NO_STREAM = "full-for-stream"


async def answers(known: Known) -> Steps:
    """What the user came for: text, unstreamed and streamed."""
    endpoint = known.asked_at(known.base)
    times = []
    for streamed in (False, True) if known.stream else (False,):
        clock = Clock()
        request = chat(known.prompt, model=known.model, stream=streamed, **_more(known))
        exchange = await ask(endpoint, request, forgiving=True)
        layer = "stream" if streamed else "chat"
        yield clock.step(layer, _judged(known, exchange))
        if streamed:
            known.streamed = exchange
        else:
            known.full = exchange
        if exchange.conclusive:
            return
        known.echoed = known.echoed or exchange.recording.echoed
        times.append(exchange.recording.end_s or 0.0)
    if len(times) == 2 and times[0] > SLOW_S and times[0] > TIMES * times[1]:
        yield clock.step("chat", serving.warmed_up(*times))


def _more(known: Known) -> dict[str, Any]:
    return {"max_tokens": TOKENS, **known.extra_body}


def _odd_head(exchange: Exchange) -> Finding | None:
    """What breaks HTTP's rules in the head of an answer, None if nothing does."""
    return next((one for one in exchange.findings if one.name == "odd-http"), None)


def _judged(known: Known, exchange: Exchange) -> Finding:
    failure = exchange.failure
    answer = exchange.answer
    finding = exchange.findings[0]
    if finding.level == "fail" and (failure is None or failure.name == NO_STREAM):
        # How the stream arrived is another notebook's question.
        return replace(finding, level="remark", verdict="tolerated", do="03_stream says more.")
    if failure is None and (odd := _odd_head(exchange)):
        return replace(odd, verdict="deviates" if odd.level == "fail" else "tolerated")
    if failure is None:
        return serving.answered(
            answer.text or answer.refusal, answer.finish_reason or "", streamed=exchange.streamed,
            asked=known.model, model=answer.model,
        )  # fmt: skip
    if answer.finish_reason == "length":
        thought = bool(answer.reasoning or (answer.usage and answer.usage.thought_tokens))
        return serving.reasoned_only(TOKENS, seen_to=thought)
    if failure.name in FOR_THE_MOMENT:
        return serving.not_now(failure)
    return serving.refused_for(failure, known.endpoint)
