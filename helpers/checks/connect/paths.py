"""Where the API is below the host: the path that was typed, then the usual alternatives."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from ...client.keys import key_state
from ...diagnose.layers import serving
from ...diagnose.layers.serving import Tried
from ...diagnose.observed import server_words
from ...finding import Finding
from ...wire.head import REDIRECTED
from ...wire.recording import Recording
from .known import Clock, Known, Step, Steps
from .pasted import typed_path
from .probing import CHAT, Kind, behind_a_redirect, explained, kind_at, nowhere, probe

USUAL = ("/v1", "/api/v1", "/openai/v1", "/api")
# Where a provider has its API, by a word in the host's name.
BY_HOST = {
    "generativelanguage.googleapis": "/v1beta/openai", "dashscope": "/compatible-mode/v1",
    "fireworks": "/inference/v1", "bigmodel": "/api/paas/v4", "z.ai": "/api/paas/v4",
    "openrouter": "/api/v1", "groq": "/openai/v1", "deepinfra": "/v1/openai",
}  # fmt: skip
MOST, POSTED, MOST_REDIRECTS = 14, 3, 3
# The diagnosis's names for bodies that cannot be read, and for what lets no program through.
UNREADABLE = ("bad-encoding", "bad-framing", "empty", "chunk-sizes-inside", "not-http")
BARRED = (
    "host-refused", "basic-auth", "login-wanted", "unauthorized", "blocked-by-firewall",
    "proxy-auth", "proxy-error", "proxy-timeout", "region-blocked", "server-error", "loading",
    "overloaded", "rate-limited", "no-credit", "payment-required",
)  # fmt: skip
# A server chooses where a redirect leads, so only plain, unambiguous addresses are followed.
_PLAIN = re.compile(r"https?://[\w.:/\[\]%~+-]+")
_VERSION = re.compile(r"/v\d+(?:beta)?$")


@dataclass(frozen=True)
class Place:
    """One path and what was found there.

    random:  the answer to a sibling path that cannot exist
    """

    path: str
    random: Recording
    listed: Recording
    posted: Recording
    kind: Kind
    chat: Kind

    @property
    def found(self) -> bool:
        """Whether there is an API."""
        return self.kind in ("models", "key") or self.chats

    @property
    def chats(self) -> bool:
        """Whether there is a chat, not just a list of models."""
        return self.chat in ("key", "exists")

    @property
    def tried(self) -> Tried:
        """The request and its status, as evidence."""
        if self.kind in ("models", "key") or not self.found:
            return Tried("GET", f"{self.path}/models", self.listed.status)
        return Tried("POST", f"{self.path}{CHAT}", self.posted.status)


async def paths(known: Known) -> Steps:
    """The base URL below which the API answers."""
    moves, here, given, clock = await _arrived(known)
    for step in [*moves, *(_unusable(known, here, clock) if known.reached else ())]:
        yield step
    if not known.reached:
        return
    places = [here] if here.chats else [here, *await _others(known, given)]
    if here.found and not places[-1].chats:
        # Some servers answer 404 to a chat without a model, which leaves the list as the evidence.
        places = [here]
    if not places[-1].found:
        known.reached = False
        tried = [place.tried for place in places]
        finding = serving.no_api(
            known.origin, tried, page=here.kind == "page", random=here.random.status,
            words=server_words(here.listed, here.listed.body), unreadable=_unreadable(known, here),
        )  # fmt: skip
        yield clock.step("path", finding)
        return
    known.base = f"{known.origin}{places[-1].path}"
    if places[-1] is here:
        yield await _as_typed(known, here, clock)
    else:
        tried = [place.tried for place in places]
        rooted = not places[-1].path and not typed_path(known.pasted.address).strip("/")
        yield clock.step(
            "path",
            serving.at_the_root(known.base, known.to_type, tried)
            if rooted
            else serving.another_path(given, known.base, known.to_type, tried),
        )
    if behind := _moved(known, places[-1]):
        known.base = behind.fix or known.base
        yield Step("redirect", replace(behind, verdict="tolerated"))


async def _arrived(known: Known) -> tuple[list[Step], Place, str, Clock]:
    """The redirects followed, the place where they end, its path and its clock."""
    clock = Clock()
    given = urlsplit(known.typed_base).path
    here = await _look(known, given)
    been, moves = {f"{known.origin}{given}"}, list[Step]()
    for _ in range(MOST_REDIRECTS):
        moved = next((one for one in (here.listed, here.posted) if _redirects(one)), None)
        if moved is None:
            break
        finding = replace(explained(moved, known.asked_at("")), verdict="deviates")
        step = clock.step("redirect", finding)
        if finding.fix in been or any(one.name == REDIRECTED for one in moved.oddities):
            known.reached = False
            # In a circle, the target of a redirect is no advice.
            moves = [replace(one, finding=replace(one.finding, do="", fix="")) for one in moves]
            moves.append(replace(step, finding=serving.in_a_circle(finding)))
            break
        moves.append(step)
        if not _PLAIN.fullmatch(finding.fix):
            known.reached = False
            break
        been.add(finding.fix)
        clock, given = Clock(), known.move(finding.fix)
        here = await _look(known, given)
    return moves, here, given, clock


async def _look(known: Known, path: str, *, posting: bool = True) -> Place:
    """What is at a path; asked with the key only if nothing answers without it."""
    place = await _asked(known, path, posting=posting, key=False)
    closed = {place.random.status, place.listed.status} <= {401, 403}
    if closed and known.at_home and known.endpoint.api_key_env and key_state(known.endpoint).usable:
        return await _asked(known, path, posting=posting, key=True)
    return place


async def _asked(known: Known, path: str, *, posting: bool, key: bool) -> Place:
    """The place at a path, by concurrent requests: a silent server costs one timeout, not four."""
    if not posting:
        random = await probe(known, nowhere(path), key=key)
        listed = await probe(known, f"{path}/models", key=key)
        if (kind := kind_at(listed, random)) not in ("models", "key"):
            return Place(path, random, listed, listed, kind, "absent")
    random, listed, lost, posted = await asyncio.gather(
        probe(known, nowhere(path), key=key),
        probe(known, f"{path}/models", key=key),
        probe(known, nowhere(path), method="POST", key=key),
        probe(known, f"{path}{CHAT}", method="POST", key=key),
    )
    return Place(path, random, listed, posted, kind_at(listed, random), kind_at(posted, lost))


def _unreadable(known: Known, here: Place) -> Finding | None:
    """Why the answer to a chat cannot be read, or none is given; None for any other."""
    finding = explained(here.posted, known.asked_at(""))
    return finding if finding.name in (*UNREADABLE, *BARRED) else None


def _moved(known: Known, there: Place) -> Finding | None:
    """The remark that the answers at a place come behind a redirect that programs follow."""
    at = known.asked_at(known.base)
    found = (behind_a_redirect(one, at) for one in (there.posted, there.listed))
    return next(filter(None, found), None)


def _redirects(recording: Recording) -> bool:
    return recording.status is not None and 300 <= recording.status < 400


def _unusable(known: Known, here: Place, clock: Clock) -> Iterator[Step]:
    """Yield the step for a silent server, or a proxy in front of a dead one."""
    kinds = {here.kind: here.listed, here.chat: here.posted}
    silent = here.kind == here.chat == "silent"
    recording = kinds.get("down") or (here.listed if silent else None)
    if recording is not None:
        known.reached = False
        finding = explained(recording, known.asked_at(""))
        if silent and recording.cause == "first" and not recording.oddities:
            finding = serving.silent_port(finding, known.silent_s + (recording.limit_s or 0.0))
        yield clock.step("path", replace(finding, verdict="deviates"))


async def _others(known: Known, given: str) -> list[Place]:
    """The usual paths besides the given one, up to the first that is right.

    A path may have a list of models but no chat, so the first with a chat is preferred.
    """
    places: list[Place] = []
    for path in candidates(given, known.host):
        places.append(await _look(known, path, posting=False))
        if places[-1].chats:
            return places
    for place in list(places[:POSTED]):
        full = await _look(known, place.path)
        if full.chats:
            return [*places, full]
    listed = next((place for place in places if place.found), None)
    return [*places, listed] if listed else places


def candidates(given: str, host: str) -> list[str]:
    """The paths to try if the given one is wrong, below each part of what was typed."""
    usual = [path for word, path in BY_HOST.items() if word in host]
    parts = given.split("/")
    prefixes = ["/".join(parts[:end]) for end in range(len(parts), 0, -1)]
    prefixes = [*dict.fromkeys(_VERSION.sub("", prefix) for prefix in prefixes)]
    found = [f"{prefix}{path}" for path in (*usual, *USUAL, "") for prefix in prefixes]
    return [path for path in dict.fromkeys(found) if path != given][:MOST]


async def _as_typed(known: Known, place: Place, clock: Clock) -> Step:
    """Whether programs can use the address as typed; this kit adds missing parts itself."""
    if not typed_path(known.pasted.address).strip("/") and not known.endpoint.built_in:
        bare = await _look(known, "", posting=False)
        if bare.kind not in ("models", "key"):
            tried = [bare.tried, place.tried]
            return clock.step("path", serving.lacks_version(known.base, tried))
    return clock.step("path", serving.path_found(place.tried, place.random.status))
