"""Whether a proxy variable is in force for the address, and whether bypassing it helps."""

from __future__ import annotations

import secrets
from dataclasses import replace

from ...client.dial import read_greeting, tunnel
from ...client.proxies import Way, proxy_for, proxy_variable
from ...diagnose.layers import reaching
from .known import Clock, Known, Steps

# Statuses of a proxy's own, or for a server that it cannot reach.
OF_THE_PROXY = (403, 407, 502, 503, 504)


async def proxies(known: Known) -> Steps:
    """Whether requests get through the proxy that the environment names."""
    clock = Clock()
    proxy = proxy_for(known.origin)
    if not proxy:
        known.reached = known.way is not None
        yield clock.step("proxy", reaching.no_proxy())
        return
    variable = proxy_variable(known.origin)
    trouble = await _through(known, Way(known.host, known.number, proxy=proxy))
    if known.loopback:
        known.needs["NO_PROXY"] = reaching.AROUND
        came = f"where {trouble}" if trouble else "which passes them on"
        yield clock.step("proxy", reaching.proxy_hijacks(proxy, variable, came))
        return
    if not trouble:
        known.way, known.proxy = Way(known.host, known.number, proxy=proxy), proxy
        if not known.direct:
            known.needs[variable] = reaching.hidden(proxy)
        yield clock.step("proxy", reaching.proxy_helps(proxy, variable, direct=known.direct))
        return
    known.reached = known.direct
    if known.direct:
        # Reported, and applied from here on: bypassing a proxy weakens no security check.
        known.needs["NO_PROXY"] = known.host
        known.endpoint = replace(known.endpoint, direct=True)
    finding = reaching.proxy_fails(proxy, variable, known.host, trouble, direct=known.direct)
    yield clock.step("proxy", finding)


async def _through(known: Known, way: Way) -> str:
    """What prevents an answer through a proxy, "" if the server answers."""
    if known.scheme == "https":
        return await tunnel(way)
    path = f"/{secrets.token_hex(8)}"
    there = await read_greeting(way, path)
    if there.cause:
        return f"nothing comes back ({there.detail})"
    if there.status not in OF_THE_PROXY:
        return ""
    straight = await read_greeting(known.way, path) if known.way else None
    if straight and straight.status == there.status:
        return ""
    return f"it answers {there.status}"
