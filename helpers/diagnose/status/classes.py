"""The server, or what is in front of it, redirects or failed: statuses 3xx, 5xx and odd ones."""

from __future__ import annotations

import re

from ...finding import Finding
from ..proxies import proxy_by_page
from .redirects import redirected
from .refusal import ABOUT_KEY, Refusal, about_the_key, refused_order, too_long

_LOADING = r"loading|warming|starting|not ready|initiali[sz]ing"
_OVERLOADED = r"overloaded|at capacity|too busy|server is busy|try again later"
# What Traefik, Envoy and Cloudflare write in plain text. "Service Unavailable" is uvicorn's, too.
_WORDS_OF_PROXIES = re.compile(
    r"(bad gateway|gateway timeout|no available server|no healthy upstream|"
    r"error code: 5\d\d)\W*$|upstream (connect error|request timeout)", re.I,
)  # fmt: skip
# What other statuses call for, in words for the person who has to change something.
_ADVICE = {
    406: "It cannot answer in any format that Accept names: send Accept: text/event-stream in "
    "headers, or have the server ignore it.",
    415: "It does not accept the body's type: have it read Content-Type: application/json, which "
    "every OpenAI client sends.",
    426: "It wants another protocol, which Upgrade names: have it, or what is in front of it, "
    "accept HTTP/1.1.",
    431: "The headers that were sent are larger than it accepts: look at headers and at a very "
    "long key, or have the limit raised.",
    499: "A proxy writes this when it thinks that the client has gone: look at its time limits.",
}


def by_class(refusal: Refusal) -> Finding:
    """What a status without a judge of its own means."""
    status = refusal.status
    if status == 304:
        return refusal.finding(
            "unexpected-status", "The server answered that nothing has changed (304).",
            "A cache answers here: have it leave the API's paths alone, POST above all.",
        )  # fmt: skip
    if status == 101:
        return refusal.finding(
            "unexpected-status", "The server changed to another protocol (101).",
            "That is the answer to a WebSocket request, which was not sent: check the path.",
        )  # fmt: skip
    if 300 <= status < 400:
        return redirected(refusal)
    if status >= 500:
        return _server_failed(refusal)
    return refusal.finding(
        "unexpected-status", f"The server answered {status}.",
        _ADVICE.get(status, "Check the server's log."),
    )  # fmt: skip


def _server_failed(refusal: Refusal) -> Finding:
    status = refusal.status
    if status == 503 and not refusal.is_page and refusal.says(_LOADING):
        return refusal.finding(
            "loading", "The server is still loading its model (503).",
            "Wait and send again: large models take minutes.",
        )  # fmt: skip
    if status in (503, 529) and not refusal.is_page and refusal.says(_OVERLOADED):
        return refusal.finding(
            "overloaded", f"The server is overloaded ({status}).",
            "Wait and send again. If it is yours, let it serve more requests at a time, or send "
            "it fewer.",
        )  # fmt: skip
    if status in (502, 503, 504, *range(520, 528), 530) and _by_a_proxy(refusal):
        return _proxy_page(refusal)
    if refusal.says(ABOUT_KEY) and not refusal.is_page:
        return about_the_key(refusal)
    # A gateway reports its upstream's refusal as a failure of its own.
    known = None if refusal.is_page else too_long(refusal) or refused_order(refusal)
    return known or _plain_failure(refusal)


def _by_a_proxy(refusal: Refusal) -> bool:
    """Whether a proxy wrote the answer: a page, a proxy's own words, or nothing beside its name."""
    json = refusal.observed.reading.body.lstrip().startswith(b"{")
    if refusal.is_page or (not json and _WORDS_OF_PROXIES.match(refusal.words)):
        return True
    passing = f"{refusal.recording.header('server')} {refusal.recording.header('via')}"
    # Cloudflare's name is on every answer that passes through it.
    return not refusal.words and bool(re.search(r"caddy|envoy|awselb|traefik", passing, re.I))


def _proxy_page(refusal: Refusal) -> Finding:
    text = refusal.observed.reading.body[:20_000].decode("utf-8", "replace")
    whose = proxy_by_page(refusal.recording, text)
    what = "page comes" if refusal.is_page else "words come" if refusal.words else "answer comes"
    own = whose == "nginx" and refusal.status == 503
    limits = " nginx says 503 by itself at limit_req and limit_conn." if own else ""
    slow = refusal.status in (504, 522, 524)
    state = "slow: it did not answer in time" if slow else "down, or refuses connections"
    return refusal.finding(
        "proxy-timeout" if slow else "proxy-error",
        f"The server behind {whose} is {state} ({refusal.status}).",
        f"The {what} from {whose}, not from the server. Check whether the server runs and what "
        f"its log says, then at the address and the time limit that {whose} has for it.{limits}",
    )  # fmt: skip


def _plain_failure(refusal: Refusal) -> Finding:
    missing = "" if refusal.observed.key_name else (
        " No key was sent: some gateways (LiteLLM) answer like this when they want one."
    )  # fmt: skip
    endpoint = refusal.observed.endpoint
    if endpoint and endpoint.built_in:
        missing = ""
    page = " It came as a web page, so a proxy may have written it." if refusal.is_page else ""
    return refusal.finding(
        "server-error", f"The server failed ({refusal.status}).",
        "Check its log. Behind a gateway (g4f, LiteLLM) the provider failed: try another "
        f"model. A model that does not fit into memory ends like this, too.{missing}{page}",
    )  # fmt: skip
