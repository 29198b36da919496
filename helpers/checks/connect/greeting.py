"""The first answer of the port: HTTP, or whatever else it speaks."""

from __future__ import annotations

import asyncio
import re
import secrets

from ...client.dial import ANSWER_S, read_greeting, shown_certificate, speaks_http2
from ...client.proxies import Way
from ...diagnose.layers import speaking
from ...wire.network import Greeting, place
from .known import Clock, Known, Steps
from .security import context_for, security

# How long plain http gets before TLS is tried as well.
HEAD_START_S = 1.0
_TO_TLS = re.compile(
    r"plain http request|http request to an https|sent to https port|use https", re.I
)


async def greeting(known: Known) -> Steps:
    """The answer to a path that cannot exist, in the typed scheme or the other one."""
    way = known.way
    if way is None:
        known.reached = False
        return
    clock = Clock()
    greeting, tls = await _asked(known, way)
    if tls:
        yield clock.step("HTTP", speaking.https_wanted(known.switch("https")))
        async for step in security(known):
            yield step
        if not known.reached:
            return
        greeting = await read_greeting(way, f"/{secrets.token_hex(8)}", context=context_for(known))
    if greeting.status is not None:
        yield clock.step("HTTP", speaking.speaks_http(greeting))
        return
    if greeting.cause == "connect-timeout" or greeting.speaks == "HTTP":
        known.silent_s = greeting.took_s
        yield clock.step("HTTP", speaking.says_nothing_yet(greeting))
        return
    known.reached = False
    if greeting.http2 or (not greeting.speaks and await speaks_http2(way, context_for(known))):
        yield clock.step("HTTP", speaking.only_http2())
    elif greeting.data:
        yield clock.step("HTTP", speaking.something_else(greeting, place(known.host, known.port)))
    else:
        yield clock.step("HTTP", speaking.closed_at_once(greeting, known.endpoint))


async def _asked(known: Known, way: Way) -> tuple[Greeting, bool]:
    """The answer to a path that cannot exist, and whether a port asked in plain http speaks TLS."""
    path = f"/{secrets.token_hex(8)}"
    if known.scheme != "http":
        return await read_greeting(way, path, context=context_for(known)), False
    greeted = asyncio.create_task(read_greeting(way, path))
    await asyncio.wait({greeted}, timeout=HEAD_START_S)
    if greeted.done():
        greeting = greeted.result()
        return greeting, await _speaks_tls(way, greeting)
    # Both at once, so that nobody waits for two timeouts in a row.
    greeting, certificate = await asyncio.gather(greeted, shown_certificate(way, limit_s=ANSWER_S))
    silent = greeting.cause == "connect-timeout"
    return greeting, bool(certificate) if silent else await _speaks_tls(way, greeting)


async def _speaks_tls(way: Way, greeting: Greeting) -> bool:
    """Whether a port that was asked in plain http speaks TLS."""
    if greeting.speaks == "HTTP":
        return greeting.status == 400 and bool(_TO_TLS.search(greeting.body))
    if greeting.speaks == "TLS":
        return True
    if greeting.speaks or greeting.http2:
        return False
    return bool(await shown_certificate(way))
