"""TLS: the certificate, and which store of authorities trusts it. No check is ever turned off."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from dataclasses import replace

from ...client.dial import read_greeting, shown_certificate, stores, tls_handshake, trusting
from ...diagnose.layers import speaking
from ...server.certificate import described
from ...wire.network import Handshake, place
from .known import Clock, Known, Step, Steps

# The order in which openai's client picks a store: the variables, else the operating system's.
ORDER = ("SSL_CERT_FILE", "SSL_CERT_DIR", "operating system")


async def security(known: Known) -> Steps:
    """Each store tried on its own; if the port does not speak TLS, what it speaks instead."""
    if known.scheme != "https" or known.way is None:
        yield Step("TLS", speaking.no_tls())
        return
    clock = Clock()
    seen = asyncio.create_task(shown_certificate(known.way))
    handshakes = await asyncio.gather(*(tls_handshake(known.way, *one) for one in stores()))
    der = await seen
    if not der and not any(one.speaks_tls for one in handshakes):
        plain = await read_greeting(known.way, "/")
        if plain.speaks == "HTTP":
            yield clock.step("TLS", speaking.http_wanted(known.switch("http")))
            return
        known.reached = False
        if plain.cause == "connect-timeout":
            waited_s = handshakes[0].took_s + plain.took_s
            yield clock.step("TLS", speaking.silent_to_both(waited_s, known.endpoint))
            return
        if plain.speaks not in ("", "TLS"):
            other = speaking.something_else(plain, place(known.host, known.port))
            yield clock.step("TLS", other)
            return
        yield clock.step("TLS", speaking.handshake_failed(handshakes[0], known.endpoint))
        return
    yield _judged(known, handshakes, der, clock)


def _judged(known: Known, handshakes: Sequence[Handshake], der: bytes, clock: Clock) -> Step:
    certificate = described(der)
    used = next(one for name in ORDER for one in handshakes if one.store == name)
    works = next((one for one in handshakes if one.trusted), None)
    if used.trusted:
        found = speaking.trusted(certificate, handshakes, used.store)
        if found.name == "tls-own-authority":
            known.needs[used.store] = used.file
        return clock.step("TLS", found)
    if works:
        known.needs["SSL_CERT_FILE"] = works.file
        known.endpoint = replace(known.endpoint, ca_file=works.file)
        return clock.step("TLS", speaking.another_store(used, works))
    known.reached = False
    if not used.code:
        refused = speaking.handshake_failed(used, known.endpoint)
        return clock.step("TLS", refused if used.begun else speaking.unreadable_store(used))
    handshake = next((one for one in (used, *handshakes) if one.code), used)
    failed = speaking.untrusted(handshake, certificate, known.host, known.number)
    return clock.step("TLS", failed)


def context_for(known: Known) -> ssl.SSLContext | None:
    """The TLS context for the layers above, None for plain http."""
    if known.scheme != "https":
        return None
    return trusting(known.endpoint.ca_file)
