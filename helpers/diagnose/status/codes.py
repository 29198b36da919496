"""The server refused: what its status, its headers and its own words mean, evidence first."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from ...endpoint import NOT_RECORDED, is_replay
from ...finding import Finding
from ...wire.retry import retry_after_s
from ...wording import first_up
from ..address import about_path
from ..answer.text import FILTERED
from ..names import UNLISTED
from ..observed import Observed
from ..proxies import proxy_by_page
from .classes import by_class
from .refusal import ABOUT_KEY, LIKE_OLLAMA, Refusal, about_the_key, refused_order, too_long

_CHALLENGE = r"just a moment|attention required|cf-chl|challenge|captcha|are you (a )?human|ddos"
# Of Starlette and webpack, Django, Vite.
_HOST = r"invalid (http_)?host( header|$)|allowed_?host|\bthis host \(.{0,100}\) is not allowed"
_REGION = r"country|region|territory|location is not supported|not available in your"
_NO_STREAM = (
    r"\bstream(ing|ed)?\b.{0,40}\b(not|un)[ -]?(supported|available|allowed)|"
    r"\b(not|n't) support\b.{0,30}\bstream"
)
_MISSING = (
    r"not found|does not exist|doesn't exist|unknown model|no such model|not available|not loaded|"
    r"invalid model|not a valid model|not exist"
)


def refused(observed: Observed) -> Finding | None:
    """What an answer with an error status means; None if the status is not an error."""
    status = observed.recording.status
    if status is None or 200 <= status < 300:
        return None
    refusal = Refusal(observed)
    judges = (_about_the_host, _about_the_model, _BY_STATUS.get(status, by_class), by_class)
    return next(found for judge in judges if (found := judge(refusal)) is not None)


def _about_the_host(refusal: Refusal) -> Finding | None:
    """A server that answers to other names than the one in the address."""
    if refusal.status != 421 and (refusal.status not in (400, 403) or not refusal.says(_HOST)):
        return None
    host = urlsplit(refusal.recording.url).hostname
    return refusal.finding(
        "host-refused", f"The server does not answer to the name {host} ({refusal.status}).",
        f"Use the name that it was set up with, or add {host} to its allowed hosts (Starlette: "
        "allowed_hosts, Django: ALLOWED_HOSTS, Vite: server.allowedHosts).",
    )  # fmt: skip


def _about_the_model(refusal: Refusal) -> Finding | None:
    """A missing model: by the body's code, or by its name next to words that say so."""
    if refusal.status not in (400, 403, 404, 422):
        return None
    named = bool(refusal.model) and refusal.model.lower() in refusal.words.lower()
    forbidden = refusal.status == 403 and refusal.says(r"\bmodel\b")
    missing = "model_not_found" in refusal.code or (named and refusal.says(_MISSING))
    if not (missing or forbidden):
        return None
    if refusal.status == 403:
        return refusal.finding(
            "no-model-access", f"This key has no access to the model {refusal.model!r}.",
            "Ask for access to the model in the account, or choose one from the list of models.",
        )  # fmt: skip
    if refusal.model == UNLISTED:
        return refusal.finding(
            "no-such-model", f"There is no model {UNLISTED!r}, the name sent where no model is "
            "named and none is listed.",
            "Give the name that the server was started with as model. What came for the list of "
            "models is shown by 02_connect, or python3 -m helpers doctor ADDRESS.",
        )  # fmt: skip
    return refusal.finding(
        "no-such-model", f"The endpoint has no model {refusal.model!r}.",
        "Choose one from the list of models, or type the name the server was started with.",
    )  # fmt: skip


def _bad_request(refusal: Refusal) -> Finding | None:
    endpoint = refusal.observed.endpoint
    if refusal.says(r"plain http request|http request to an https|sent to https port"):
        https = re.sub("^http:", "https:", endpoint.url) if endpoint else ""
        fix = "" if endpoint and endpoint.built_in else https
        return refusal.finding(
            "https-wanted", "This port speaks https, but was asked in plain http.",
            "Type https:// instead of http://.", fix,
        )  # fmt: skip
    if "content_filter" in refusal.code or "content_policy" in refusal.code:
        return refusal.finding(
            FILTERED, "A content filter refused the prompt (400).",
            "The endpoint works; its filter refused this prompt. Try another prompt, or change the "
            "filter's settings.",
        ).at("unclear")  # fmt: skip
    kinds = ("auth", "no_db_connection", "invalid_api_key")
    if any(kind in refusal.code for kind in kinds) or refusal.says(ABOUT_KEY):
        return about_the_key(refusal)
    if known := too_long(refusal) or refused_order(refusal):
        return known
    if refusal.observed.reading.streamed and refusal.says(_NO_STREAM):
        return refusal.finding(
            "no-streaming", f"The endpoint says that it does not stream ({refusal.status}).",
            "Ask with stream=False, or choose a model that streams.",
        )  # fmt: skip
    return refusal.finding(
        "refused-request", f"The endpoint refused the request ({refusal.status}).",
        "Its message names the parameter or value it does not accept. Clear that field in "
        "Parameters, or change it.",
    )  # fmt: skip


def _payment(refusal: Refusal) -> Finding:
    return refusal.finding(
        "payment-required", "The account has no credit left (402).",
        "Add credit to the account, or use a model that is free.",
    )  # fmt: skip


def _forbidden(refusal: Refusal) -> Finding | None:
    headers = refusal.recording.header("cf-mitigated")
    if refusal.says(_REGION) or "country" in refusal.code:
        return refusal.finding(
            "region-blocked", "The endpoint does not serve the region this request came from.",
            "Use another provider, or ask from a region that it serves.",
        )  # fmt: skip
    if headers or refusal.is_page:
        text = refusal.observed.reading.body[:20_000].decode("utf-8", "replace")
        whose = proxy_by_page(refusal.recording, text)
        kind = "a challenge for browsers" if re.search(_CHALLENGE, text, re.I) else "its own page"
        return refusal.finding(
            "blocked-by-firewall", f"{first_up(whose)} blocked the request before it reached "
            "the API (403).",
            f"What came is {kind}, which no program can answer, whatever its key. Ask whoever runs "
            "it to let API requests through, or use the address behind it.",
        )  # fmt: skip
    if refusal.says(ABOUT_KEY) or "key" in refusal.code or "auth" in refusal.code:
        return about_the_key(refusal)
    if not refusal.observed.key_name:
        return about_the_key(refusal)
    why = (
        "Its message says what is not allowed: a right that the key lacks, or a rule of the "
        "account."
    )
    return refusal.finding(
        "forbidden", "The endpoint does not allow this request (403).",
        why if refusal.words else f"It does not say why.{LIKE_OLLAMA}",
    )  # fmt: skip


def _not_found(refusal: Refusal) -> Finding:
    endpoint = refusal.observed.endpoint
    # A 404 in a recording is replayed like any other answer.
    if endpoint and is_replay(endpoint.base_url) and NOT_RECORDED in refusal.code:
        return _not_recorded(refusal)
    do, fix = about_path(refusal.observed)
    sibling = refusal.recording.sibling
    if sibling == "differs":
        return refusal.finding(
            "not-found", f"The server knows this path, but still answers {refusal.status}.",
            "Its message says what it could not find, usually the model. Choose one from the list.",
        )  # fmt: skip
    if refusal.observed.reading.api in ("responses", "messages"):
        return refusal.finding(
            "no-such-api", f"The server has no {refusal.observed.terms.api} at this address.",
            f'Ask with api = "chat", which most servers speak. If that is missing, too: {do}', fix,
        )  # fmt: skip
    how = "as it does for any unknown path" if sibling else "so the path is probably wrong"
    return refusal.finding(
        "wrong-path", f"Wrong path: the server is there, but answers {refusal.status}, {how}.",
        do, fix,
    )  # fmt: skip


def _not_recorded(refusal: Refusal) -> Finding:
    other = "a stream" if not refusal.observed.request.streamed else "an answer in one piece"
    return Finding(
        "not-recorded", "unclear", "The recording holds no answer to this request.",
        refusal.words, f"If it holds {other}, ask for that.", blame="call",
    )  # fmt: skip


def _proxy_auth(refusal: Refusal) -> Finding:
    scheme = urlsplit(refusal.recording.url).scheme.upper()
    return refusal.finding(
        "proxy-auth", "A proxy on the way asks for a user name and a password (407).",
        f"Put them into the proxy's address in {scheme}_PROXY (http://USER:PASSWORD@HOST:PORT), or "
        "name this host in NO_PROXY; then restart JupyterLab, which passes its variables on.",
    )  # fmt: skip


def _request_timeout(refusal: Refusal) -> Finding:
    return refusal.finding(
        "request-timeout", "The server gave up waiting for the request (408).",
        "The request reached it too slowly, or its queue was full: send again, and look at the "
        "load of the server.",
    )  # fmt: skip


def _too_large(refusal: Refusal) -> Finding | None:
    if not refusal.is_page and (refusal.says(r"context|token") or too_long(refusal)):
        return _bad_request(refusal)
    body = len(refusal.recording.request_body)
    return refusal.finding(
        "request-too-large", "The request is larger than the server, or a proxy in front of it, "
        "accepts (413).",
        f"{body:,} bytes were sent. Shorten the prompt, or have the limit raised (nginx: "
        "client_max_body_size).",
    )  # fmt: skip


def _rate_limited(refusal: Refusal) -> Finding:
    wait_s = retry_after_s(refusal.recording)
    # Azure and Gemini say quota when they mean a rate per minute, and say when it resets.
    spent = wait_s is None and refusal.says(r"quota|credit|billing")
    if spent or "insufficient_quota" in refusal.code:
        return refusal.finding(
            "no-credit", "The account's quota is used up (429).",
            "Waiting does not help: add credit to the account, or raise its limit.",
        )  # fmt: skip
    unsaid = "Wait a while: it does not say how long."
    wait = unsaid if wait_s is None else f"Wait {_wait(wait_s)}."
    return refusal.finding(
        "rate-limited", "Too many requests (429).",
        f"{wait} Then send again, and look at the account's limits.",
    )  # fmt: skip


def _no_post(refusal: Refusal) -> Finding | None:
    body = refusal.observed.reading.body[:2000].decode("utf-8", "replace")
    if "method" not in f"{refusal.recording.reason} {body}".lower():
        return None
    return refusal.finding(
        "no-post", "What listens here does not accept POST, so it is not this API (501).",
        "Python's http.server and other file servers do this: check the port.",
    )  # fmt: skip


_BY_STATUS: dict[int, Callable[[Refusal], Finding | None]] = {
    400: _bad_request,
    401: about_the_key,
    402: _payment,
    403: _forbidden,
    404: _not_found,
    405: _not_found,
    407: _proxy_auth,
    408: _request_timeout,
    413: _too_large,
    422: _bad_request,
    451: _forbidden,
    501: _no_post,
    429: _rate_limited,
}


def _wait(seconds: float) -> str:
    """A wait in words."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.0f} s" if seconds < 600 else f"{seconds / 60:,.0f} minutes"
