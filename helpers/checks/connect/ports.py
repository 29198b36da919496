"""Each address of the host: which accept a connection, and where else the server may be."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from ...client.dial import CONNECT_S, try_connect
from ...client.proxies import Way, proxy_for
from ...diagnose.layers import reaching
from ...endpoint import PRESETS
from ...wire.network import ConnectAttempt, place
from .known import Clock, Known, Step, Steps

LOOPBACKS = ("127.0.0.1", "::1")
MARKS_OF_A_CONTAINER = ("/.dockerenv", "/run/.containerenv")
NAMES_OF_ITS_HOST = ("host.docker.internal", "host.containers.internal")
MOST = 8


async def ports(known: Known) -> Steps:
    """One step for each address family; on refusal, where else something answers."""
    limit_s = min(CONNECT_S, known.endpoint.limits.connect_s)
    tried = known.addresses[:MOST]
    attempts = await asyncio.gather(
        *(try_connect(one, known.number, limit_s=limit_s) for one in tried)
    )
    good = next((one for one in attempts if one.accepted), None)
    if good:
        known.way, known.direct = Way(known.host, known.number, good.address), True
        for step in _families(known, attempts, place(good.address)):
            yield step
    elif not known.loopback and proxy_for(known.origin):
        # The proxy's own layer decides: many networks allow no direct connection.
        for step in _families(known, attempts, ""):
            lenient = replace(step.finding, level="remark", verdict="tolerated", do="")
            yield replace(step, finding=lenient)
    else:
        async for step in _elsewhere(known, attempts, limit_s):
            yield step


async def _elsewhere(known: Known, attempts: Sequence[ConnectAttempt], limit_s: float) -> Steps:
    """Where else the server may be, since nothing accepts at the given address."""
    clock = Clock()
    if other := await _other_family(known, attempts):
        base = _moved(known, other.address)
        yield clock.step("TCP", reaching.other_family(attempts[0], other, base))
        known.way, known.direct = Way(known.host, known.number, other.address), True
        return
    host = await _host_of_the_container(known)
    if host and host[1]:
        base = _moved(known, host[0])
        yield clock.step("TCP", reaching.from_a_container(attempts[0], host[1], host[0], base))
        known.way, known.direct = Way(known.host, known.number, host[1].address), True
        return
    for step in _families(known, attempts, ""):
        yield step
    if host:
        yield clock.step("TCP", reaching.from_a_container(attempts[0], None, host[0], ""))
    known.reached = False
    if any(one.cause == "refused" for one in attempts):
        yield await _usual_ports(known, limit_s)


def _families(known: Known, attempts: Sequence[ConnectAttempt], answers: str) -> list[Step]:
    steps = []
    for family, ones in reaching.by_family(attempts).items():
        accepted = any(one.accepted for one in ones)
        found = (
            reaching.family_answers(ones)
            if accepted
            else reaching.family_silent(ones, known.endpoint, answers)
        )
        steps.append(Step(f"TCP {family}", found, max(one.took_s for one in ones)))
    return steps


async def _other_family(known: Known, attempts: Sequence[ConnectAttempt]) -> ConnectAttempt | None:
    """The other of the two loopback addresses, if one was typed and nothing listens on it."""
    if known.host not in LOOPBACKS or attempts[0].cause != "refused":
        return None
    other = await try_connect(LOOPBACKS[known.host == LOOPBACKS[0]], known.number)
    return other if other.accepted else None


async def _host_of_the_container(known: Known) -> tuple[str, ConnectAttempt | None] | None:
    """The container's host, and the attempt on the same port there; None outside a container."""
    if not known.loopback or not _in_a_container():
        return None
    for name in (*NAMES_OF_ITS_HOST, default_gateway()):
        if name and (answer := await try_connect(name, known.number, limit_s=1.0)).accepted:
            return name, answer
    return NAMES_OF_ITS_HOST[0], None


def _in_a_container() -> bool:
    """Whether this process runs in a container."""
    return any(Path(mark).exists() for mark in MARKS_OF_A_CONTAINER)


def default_gateway() -> str:
    """The default gateway's address, in a container usually its host; "" if unknown."""
    try:
        lines = Path("/proc/net/route").read_text(encoding="ascii").splitlines()[1:]
    except OSError:
        return ""
    fields = [line.split() for line in lines]
    routes = (route[2] for route in fields if len(route) > 2 and route[1] == "00000000")
    gateway = next(routes, "")
    return socket.inet_ntoa(struct.pack("<L", int(gateway, 16))) if gateway else ""


async def _usual_ports(known: Known, limit_s: float) -> Step:
    clock = Clock()
    if not known.usual_ports:
        return Step("usual ports", reaching.usual_ports((), known.host, asked=False))
    usual = {
        port: name for name, url in PRESETS.items()
        if (port := urlsplit(url).port) and port != known.number
    }  # fmt: skip
    address = known.addresses[0]
    attempts = await asyncio.gather(
        *(try_connect(address, port, limit_s=limit_s) for port in usual)
    )
    answering = [(one.port, usual[one.port]) for one in attempts if one.accepted]
    return clock.step("usual ports", reaching.usual_ports(answering, known.host, asked=True))


def _moved(known: Known, host: str) -> str:
    """Continue at another host; the base URL there."""
    path = urlsplit(known.typed_base).path
    known.host = host
    return f"{known.origin}{path}"
