"""What all instruments share: the endpoint of a call, and its answer with the recording kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ...client.exchange import Exchange
from ...endpoint import Endpoint
from ...finding import Finding, conclude
from ...recordings import save
from ...server.builtin import opened
from .allowed import Keys, endpoint_at
from .reply import figures, reply

Reply = dict[str, Any]


async def endpoint_of(keys: Keys, base_url: str, model: str, timeout_s: float) -> Endpoint:
    """The endpoint that a call names, opened, with the key meant for it."""
    return await opened(endpoint_at(base_url, keys, model=model, timeout_s=timeout_s))


def answered(
    keys: Keys, name: str, question: str, findings: Iterable[Finding], exchanges: Sequence[Exchange]
) -> Reply:
    """The verdict on exchanges, with the figures of each and the file that keeps them."""
    first = exchanges[0]
    verdict = conclude(
        question, findings, base_url=first.endpoint.base_url, model=first.request.model
    )
    return reply(
        verdict, recording=kept(name, exchanges), keys=keys.values,
        answers=[figures(one) for one in exchanges],
    )  # fmt: skip


def kept(name: str, exchanges: Sequence[Exchange]) -> Path | None:
    """The file that now holds the exchanges, None if nothing was sent."""
    sent = [one for one in exchanges if one.recording.sent is not None]
    if not sent:
        return None
    recordings = list({id(one): one.recording for one in sent}.values())
    return save(recordings, sent[0].endpoint, name=f"mcp-{name}", word=sent[0].word)
