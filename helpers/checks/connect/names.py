"""The address as it was parsed, and the IP addresses of its name."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import unquote

from ...client.dial import look_up
from ...client.proxies import proxy_for
from ...diagnose.layers.reaching import (
    built_in,
    key_was_pasted,
    name_found,
    name_unknown,
    well_formed,
)
from .known import Clock, Known, Step, Steps


async def address(known: Known) -> Steps:
    """The address found in what was pasted."""
    endpoint, pasted = known.endpoint, known.pasted
    if endpoint.built_in:
        yield Step("address", built_in(endpoint.base_url))
    else:
        yield Step("address", well_formed(known.typed_base, pasted.kind, endpoint.notes))
    if pasted.held_a_key:
        yield Step("address", key_was_pasted())


async def name(known: Known) -> Steps:
    """The IP addresses of the host's name."""
    clock = Clock()
    # In a URL, the % before a network interface's name is escaped.
    found = await look_up(unquote(known.host))
    known.addresses = found.addresses
    if found.addresses:
        yield clock.step("DNS", name_found(found))
        return
    # Behind a company's proxy, a machine may be unable to resolve any outside name.
    proxy = "" if known.loopback else proxy_for(known.origin)
    known.reached = bool(proxy)
    step = clock.step("DNS", name_unknown(found, known.endpoint, proxy))
    yield replace(step, took_s=found.took_s)
