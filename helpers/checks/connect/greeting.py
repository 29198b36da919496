"""The first answer of the port: HTTP, or whatever else it speaks."""

from __future__ import annotations

import asyncio
import re
import secrets

from ...client.dial import ANSWER_S, read_greeting, shown_certificate, speaks_http2
from ...client.ways import Way
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
    came, tls = await _asked(known, way)
    if tls:
        yield clock.step("HTTP", speaking.https_wanted(known.switch("https")))
        async for step in security(known):
            yield step
        if not known.reached:
            return
        came = await read_greeting(way, f"/{secrets.token_hex(8)}", context=context_for(known))
    if came.status is not None:
        yield clock.step("HTTP", speaking.speaks_http(came))
        return
    if came.cause == "connect-timeout" or came.speaks == "HTTP":
        known.silent_s = came.took_s
        yield clock.step("HTTP", speaking.says_nothing_yet(came))
        return
    known.reached = False
    if came.http2 or (not came.speaks and await speaks_http2(way, context_for(known))):
        yield clock.step("HTTP", speaking.only_http2())
    elif came.data:
        yield clock.step("HTTP", speaking.something_else(came, place(known.host, known.port)))
    else:
        yield clock.step("HTTP", speaking.closed_at_once(came, known.endpoint))


async def _asked(known: Known, way: Way) -> tuple[Greeting, bool]:
    """The answer to a path that cannot exist, and whether a port asked in plain http speaks TLS."""
    path = f"/{secrets.token_hex(8)}"
    if known.scheme != "http":
        return await read_greeting(way, path, context=context_for(known)), False
    greeted = asyncio.create_task(read_greeting(way, path))
    await asyncio.wait({greeted}, timeout=HEAD_START_S)
    if greeted.done():
        came = greeted.result()
        return came, await _speaks_tls(way, came)
    # Both at once, so that nobody waits for two timeouts in a row.
    came, certificate = await asyncio.gather(greeted, shown_certificate(way, limit_s=ANSWER_S))
    silent = came.cause == "connect-timeout"
    return came, bool(certificate) if silent else await _speaks_tls(way, came)


async def _speaks_tls(way: Way, came: Greeting) -> bool:
    """Whether a port that was asked in plain http speaks TLS."""
    if came.speaks == "HTTP":
        return came.status == 400 and bool(_TO_TLS.search(came.body))
    if came.speaks == "TLS":
        return True
    if came.speaks or came.http2:
        return False
    return bool(await shown_certificate(way))
