"""Every mode of the built-in endpoint by name, one or several: `cut`, `fast+no-usage`."""

from __future__ import annotations

from collections.abc import Iterator

from ..events import paced
from ..http1 import Reply, Request
from ..upstream import Ask
from .answers import canned_responses, disguises, full_answers, no_text, slips, text
from .apis import other_apis, response_answers, response_dialects, responses, surfaces
from .connection import flooding, http, protocol, transport, truncation
from .refusals import credentials, errors, gateways, rate_limits, routing
from .registry import REGISTRY, Change
from .requests import calls, parameters, slots, tools
from .servers import dialects, reference, service_calls, service_dialects, services
from .streams import content, delivery, endings, framing, stream_errors, usage

REGISTERED_BY = (
    delivery, transport, framing, stream_errors, content, text, tools, no_text, usage, endings,
    truncation, credentials, errors, rate_limits, gateways, routing, protocol, http, flooding,
    canned_responses, reference, parameters, calls, full_answers, surfaces, dialects, responses,
    response_dialects, response_answers, services, service_calls, service_dialects,
    other_apis, slips, slots, disguises,
)  # fmt: skip


def modes() -> dict[str, str]:
    """The names of all modes, each with the sentence that says what it does."""
    return {entry.name: entry.says for entry in REGISTRY.values()}


def groups() -> dict[str, str]:
    """The names of all modes, each with the group that it belongs to."""
    return {entry.name: entry.group for entry in REGISTRY.values()}


def unknown(names: str) -> list[str]:
    """The names in "a+b" that are not modes."""
    return [name for name in _split(names) if name not in REGISTRY]


def applied(names: str, ask: Ask, *, pace: bool = True) -> Ask:
    """An `Ask` with the modes "a+b" in effect, the last one nearest to the client.

    pace:    whether answers come at reading speed, unless a mode switches it off
    raises:  KeyError for an unknown name
    """
    chosen = [REGISTRY[name] for name in _expanded(names)]
    pace = pace and not any(entry.unpaced for entry in chosen)
    writers = [entry.change for entry in chosen if entry.writes]
    others = [entry.change for entry in chosen if not entry.writes]
    for change in (*writers, *([paced] if pace else []), *others):
        if change:
            ask = _before(ask, change)
    return ask


def placed(names: str) -> tuple[str, bool]:
    """The path that follows the modes in a base URL, and whether it is served over TLS."""
    chosen = [REGISTRY[name] for name in _expanded(names)]
    prefix = "" if any(not entry.prefix for entry in chosen) else "/v1"
    return prefix, any(entry.secure for entry in chosen)


def _before(ask: Ask, change: Change) -> Ask:
    async def asked(request: Request) -> Reply:
        return await change(request, ask)

    return asked


def _expanded(names: str) -> Iterator[str]:
    """Yield the modes' names, with each dialect replaced by its parts."""
    for name in _split(names):
        yield from REGISTRY[name].parts or (name,)


def _split(names: str) -> Iterator[str]:
    return (name.strip() for name in names.lower().split("+") if name.strip())
