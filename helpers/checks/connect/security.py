"""TLS: the certificate, and which store of authorities trusts it. Nothing is ever switched off."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from dataclasses import replace

from ...client.dial import greet, shake_hands, shown_certificate, stores, trusting
from ...diagnose import speaking
from ...server.certificate import described
from ...wire.dialled import Handshake
from .known import Clock, Known, Step, Steps

# Which store openai's client takes: the variables, and else the operating system's.
ORDER = ("SSL_CERT_FILE", "SSL_CERT_DIR", "operating system")


async def security(known: Known) -> Steps:
    """Each store tried by itself; on a port that speaks none, what it speaks instead."""
    if known.scheme != "https" or known.way is None:
        yield Step("TLS", speaking.no_tls())
        return
    clock = Clock()
    seen = asyncio.create_task(shown_certificate(known.way))
    shakes = await asyncio.gather(*(shake_hands(known.way, *one) for one in stores()))
    der = await seen
    if not der and not any(one.speaks_tls for one in shakes):
        plain = await greet(known.way, "/")
        if plain.speaks == "HTTP":
            yield clock.step("TLS", speaking.http_wanted(known.switch("http")))
            return
        known.reached = False
        if plain.cause == "connect-timeout":
            waited_s = shakes[0].took_s + plain.took_s
            yield clock.step("TLS", speaking.silent_to_both(waited_s, known.endpoint))
            return
        yield clock.step("TLS", speaking.handshake_failed(shakes[0], known.endpoint))
        return
    yield _judged(known, shakes, der, clock)


def _judged(known: Known, shakes: Sequence[Handshake], der: bytes, clock: Clock) -> Step:
    certificate = described(der)
    used = next(one for name in ORDER for one in shakes if one.store == name)
    works = next((one for one in shakes if one.trusted), None)
    if used.trusted:
        found = speaking.trusted(certificate, shakes, used.store)
        if found.name == "tls-own-authority":
            known.needs[used.store] = used.file
        return clock.step("TLS", found)
    if works:
        known.needs["SSL_CERT_FILE"] = works.file
        known.endpoint = replace(known.endpoint, ca_file=works.file)
        return clock.step("TLS", speaking.another_store(used, works))
    known.reached = False
    told = next((one for one in (used, *shakes) if one.code), used)
    failed = speaking.untrusted(told, certificate, known.host, known.number)
    return clock.step("TLS", failed)


def context_for(known: Known) -> ssl.SSLContext | None:
    """The context that the layers above use, None for plain http."""
    if known.scheme != "https":
        return None
    return trusting(known.endpoint.ca_file)
