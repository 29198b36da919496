"""Whether a key is needed: none, any, or the real one, and in which header."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal
from urllib.parse import urlsplit

from ...client.keys import key_state
from ...diagnose.layers import serving
from ...finding import Finding
from ...wire.recording import Cause, Recording
from .known import PROBE_S, Clock, Known, Step, Steps
from .probing import CHAT, explained, probe

DUMMY = "Bearer none"
OTHER_HEADERS = ("api-key", "x-api-key")
# The diagnosis's names for answers that concern the key.
ABOUT_THE_KEY = ("unauthorized", "basic-auth", "login-wanted", "forbidden")
FOR_THE_MOMENT = ("rate-limited", "loading", "no-credit", "payment-required")

Answer = Literal["in", "out", "unclear"]


async def key(known: Known) -> Steps:
    """The same request without a key, with a dummy key, and with the one that was named."""
    clock = Clock()
    name = known.endpoint.api_key_env
    without, finding = await _asked(known, key=False)
    held = known.endpoint.userinfo or name
    if held and not known.at_home:
        yield clock.step("key", serving.key_not_sent(known.endpoint.base_url))
        known.key = "none" if without == "in" else ""
        known.reached = without == "in"
        return
    if name and not key_state(known.endpoint).usable:
        known.reached = False
        yield clock.step("key", _unusable(known))
        return
    if without == "unclear" and finding.name == "silence":
        # A model still loading answers later; the chat is what waits for it.
        known.thinks = True
        patient_s = known.endpoint.limits.first_chunk_s
        yield clock.step("key", serving.key_unknown(min(PROBE_S, patient_s), patient_s))
        return
    if without == "in" and not await _fails_without(known, finding):
        known.key = "none"
        yield clock.step("key", serving.no_key_needed(name))
        return
    if (await _asked(known, headers=(("Authorization", DUMMY),)))[0] == "in":
        yield _any(known, clock)
        return
    yield await _named(known, finding, clock)


async def _named(known: Known, without: Finding, clock: Clock) -> Step:
    """Whether the server accepts the key named by the user, or the address's user and password."""
    name, asks = known.endpoint.api_key_env, known.asks
    if not name and not known.endpoint.userinfo:
        known.reached = False
        return clock.step("key", serving.key_refused(without, asks))
    let, finding = await _asked(known)
    if let == "in":
        known.key = "real"
        return clock.step("key", serving.right_key(name or "the address", without.came))
    for header in OTHER_HEADERS if name else ():
        sent = ((header, f"${name}"),)
        if (await _asked(known, key=False, headers=sent))[0] == "in":
            known.key, known.key_header = "real", header
            known.endpoint = replace(
                known.endpoint, api_key_env="", headers=(*known.endpoint.headers, *sent)
            )
            return clock.step("key", serving.other_header(header, name))
    known.reached = False
    return clock.step("key", serving.key_refused(finding, asks))


def _any(known: Known, clock: Clock) -> Step:
    known.key = "any"
    if known.endpoint.api_key_env:
        known.key = "real"
        return clock.step("key", serving.right_key(known.endpoint.api_key_env, "refused"))
    dummy = ("Authorization", DUMMY)
    known.endpoint = replace(known.endpoint, headers=(*known.endpoint.headers, dummy))
    return clock.step("key", serving.any_key())


async def _asked(
    known: Known, *, key: bool = True, headers: tuple[tuple[str, str], ...] = ()
) -> tuple[Answer, Finding]:
    """Whether a chat without messages gets past the key check, and what the answer means."""
    path = f"{urlsplit(known.base).path}{CHAT}"
    recording = await probe(known, path, method="POST", key=key, headers=headers)
    known.asks = known.asks or recording.header("www-authenticate")
    finding = explained(recording, known.asked_at("", key=key))
    if finding.name == "server-error" and known.fails_without:
        return "out", finding
    return _let(recording, finding), finding


def _let(recording: Recording, finding: Finding) -> Answer:
    if finding.name in ABOUT_THE_KEY:
        return "out"
    if recording.status is None or recording.status == 429 or finding.name in FOR_THE_MOMENT:
        return "unclear"
    return "in"


async def _fails_without(known: Known, finding: Finding) -> bool:
    """Whether a server failure without a key becomes a refusal of the request with one."""
    if finding.name != "server-error":
        return False
    with_any = () if known.endpoint.api_key_env else (("Authorization", DUMMY),)
    known.fails_without = (await _asked(known, headers=with_any))[1].name != "server-error"
    return known.fails_without


def _unusable(known: Known) -> Finding:
    """The finding that the named variable holds no key that can be sent."""
    state = key_state(known.endpoint)
    cause: Cause = "key-malformed" if state.is_set else "key-not-set"
    recording = Recording(
        "POST", f"{known.base}{CHAT}", end="broken", cause=cause, detail=state.problem
    )
    return replace(explained(recording, known.endpoint), verdict="deviates")
