"""Is it really streaming? The verdict on one stream."""

from __future__ import annotations

from dataclasses import replace

from ..client.chat import ask
from ..client.exchange import Exchange
from ..client.openai_reader import read_by_openai
from ..diagnose.clients.plain import what_a_client_sees
from ..diagnose.stream.delivery import DELIVERY
from ..finding import Finding
from ..signatures import checked
from .ask import about_the_call

ABOUT = "stream"
UNDECIDED = ("too-short", "too-fast", "too-few-reads")
MORE_TOKENS = 400
_MORE = "Write forty numbered lines about trees, each a full sentence."


@checked
async def judge_streaming(
    exchange: Exchange,
    *,
    stream_required: bool = True,
    strict: bool = False,
    require: tuple[str, ...] = (),
) -> list[Finding]:
    """The findings on a streamed exchange: the verdict first, then the details.

    stream_required:  whether an answer that does not stream is red, or a remark
    strict:           whether what is unclear, or was cut into equal pieces, is red too
    require:          clients that must read it, such as ("openai",)
    """
    first, *beside = exchange.findings
    found = [_word(first, stream_required, strict), *beside]
    if exchange.recording.status == 200 and not exchange.stopped:
        seen = await read_by_openai(exchange.recording)
        found += what_a_client_sees(exchange.reading, exchange.findings, seen, required=require)
    return [finding.concerning(ABOUT) for finding in found] + about_the_call(exchange)


def _word(finding: Finding, stream_required: bool, strict: bool) -> Finding:
    if strict and (finding.level == "unclear" or finding.name == "re-chunked"):
        return finding.at("fail")
    if finding.level == "fail" and not stream_required and _is_no_stream(finding):
        return finding.at("remark")
    return finding


def _is_no_stream(finding: Finding) -> bool:
    """Whether an answer came, but not as a stream."""
    return finding.name in DELIVERY or finding.name == "full-for-stream"


@checked
async def ask_for_more(exchange: Exchange, *, deep: bool = False) -> Exchange:
    """The exchange, or a longer one if it was too short or too quick to judge.

    A request with a key to a public address may cost money, so there it needs `deep`.
    """
    endpoint = exchange.endpoint
    paid = bool(endpoint.api_key_env) and not endpoint.near
    if exchange.findings[0].name not in UNDECIDED or (paid and not deep):
        return exchange
    request = replace(
        exchange.request.without("max_tokens", max_tokens=MORE_TOKENS),
        messages=({"role": "user", "content": _MORE},),
    )
    longer = await ask(endpoint, request, forgiving=True)
    return longer if longer.failure is None else exchange
