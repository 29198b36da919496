"""The server refused: what its status, its headers and its own words mean, evidence first."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property

from ..endpoint import NOT_RECORDED, is_replay
from ..finding import Finding, explained
from ..wire.completion import full_answer
from ..wire.retry import retry_after_s
from ..wire.server_error import ServerError
from .address import about_path, base_behind
from .observed import Observed
from .proxies import proxy_by_page

_CHALLENGE = r"just a moment|attention required|cf-chl|challenge|captcha|are you (a )?human|ddos"
_REGION = r"country|region|territory|location is not supported|not available in your"
_ABOUT_KEY = r"\bapi[ _-]?keys?\b|\bbearer\b|\bauthenticat|\bunauthori[sz]ed\b|no connected db"
_MISSING = (
    r"not found|does not exist|doesn't exist|unknown model|no such model|not available|not loaded|"
    r"invalid model|not a valid model|not exist"
)
_LOADING = r"loading|warming|starting|not ready|initiali[sz]ing"
_LOGIN = re.compile(r"log-?in|sign-?in|auth|sso|oauth|saml|session", re.I)


class Refusal:
    """An answer with an error status, with what it shows worked out once."""

    def __init__(self, observed: Observed) -> None:
        self.observed = observed
        self.recording = observed.recording
        self.status = observed.recording.status or 0
        self.words = observed.words

    @cached_property
    def error(self) -> ServerError | None:
        """The error in the body, where it has a shape of one."""
        return full_answer(self.observed.reading.body).error

    @cached_property
    def code(self) -> str:
        """The body's own code and type, in lower case."""
        return f"{self.error.code} {self.error.type}".lower() if self.error else ""

    @property
    def is_page(self) -> bool:
        """Whether a web page came: what writes pages is a proxy, JSON comes from the server."""
        return self.observed.is_page

    @property
    def model(self) -> str:
        """The model that was asked."""
        return self.observed.request.model

    def says(self, pattern: str) -> bool:
        """Whether the server's words match."""
        return bool(re.search(pattern, self.words, re.I))

    def finding(self, name: str, says: str, do: str, fix: str = "") -> Finding:
        """A failure that quotes the server."""
        recording, endpoint = self.recording, self.observed.endpoint
        asked = endpoint.name if endpoint and endpoint.built_in else recording.url
        return explained(
            name, says,
            expected=f"an answer from {recording.method} {asked}",
            came=f"{self.status} {recording.reason}".strip(), do=do, quote=self.words, fix=fix,
        )  # fmt: skip


def refused(observed: Observed) -> Finding | None:
    """What an answer with an error status means; None for an answer that is none."""
    status = observed.recording.status
    if status is None or 200 <= status < 300:
        return None
    refusal = Refusal(observed)
    judges = (_about_the_model, _BY_STATUS.get(status, _by_class), _by_class)
    return next(found for judge in judges if (found := judge(refusal)) is not None)


def _about_the_model(refusal: Refusal) -> Finding | None:
    """A model that is not there: by the body's code, or by its name beside words that say so."""
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
    return refusal.finding(
        "no-such-model", f"The endpoint has no model {refusal.model!r}.",
        "Choose one from the list of models, or type the name the server was started with.",
    )  # fmt: skip


def _key(refusal: Refusal) -> Finding | None:
    sent = refusal.observed.key_name
    asks = refusal.recording.header("www-authenticate").lower()
    if asks.startswith("basic"):
        return refusal.finding(
            "basic-auth", "Something in front of the API asks for a user name and a password.",
            "That is HTTP Basic authentication, and no API key answers it. Ask whoever runs it to "
            'exempt the API\'s path, or send it: headers = {"Authorization": "$NAME"}, with '
            "“Basic …” in the environment variable NAME.",
        )  # fmt: skip
    endpoint = refusal.observed.endpoint
    if sent:
        name = endpoint.api_key_env if endpoint else ""
        do = (
            f"Check the value of {name or 'the key'} and that it is meant for this address. A "
            "changed variable is seen only after JupyterLab was started again."
        )
        return refusal.finding(
            "unauthorized", f"The endpoint refused the key ({refusal.status}).", do
        )
    return refusal.finding(
        "unauthorized", f"The endpoint asks for a key ({refusal.status}).", NO_KEY_SENT
    )


NO_KEY_SENT = (
    "No key was sent. Put it into an environment variable where you start JupyterLab, and type the "
    "variable's name into “Key from” (parameter api_key_env)."
)


def _bad_request(refusal: Refusal) -> Finding | None:
    endpoint = refusal.observed.endpoint
    if refusal.says(r"plain http request|http request to an https|sent to https port"):
        https = re.sub("^http:", "https:", endpoint.url) if endpoint else ""
        fix = "" if endpoint and endpoint.built_in else https
        return refusal.finding(
            "https-wanted", "This port speaks https, and it was asked in plain http.",
            "Type https:// instead of http://.", fix,
        )  # fmt: skip
    if "content_filter" in refusal.code or "content_policy" in refusal.code:
        return refusal.finding(
            "refused-by-policy", "A content filter refused the prompt (400).",
            "The endpoint works; its filter refused this prompt. Try another prompt, or change the "
            "filter's settings.",
        )  # fmt: skip
    kinds = ("auth", "no_db_connection", "invalid_api_key")
    if any(kind in refusal.code for kind in kinds) or refusal.says(_ABOUT_KEY):
        return _key(refusal)
    if "context_length" in refusal.code or refusal.says(r"context (length|window|size)|too long"):
        return refusal.finding(
            "prompt-too-long", "The prompt is longer than the model's context.",
            "Shorten the prompt, or start the server with a longer context (Ollama: num_ctx, "
            "llama.cpp: --ctx-size, vLLM: --max-model-len).",
        )  # fmt: skip
    return refusal.finding(
        "refused-request", f"The endpoint refused the request ({refusal.status}).",
        "Its words name the parameter or the value that it does not accept. Empty that field in "
        "Parameters, or change it.",
    )  # fmt: skip


def _payment(refusal: Refusal) -> Finding:
    return refusal.finding(
        "payment-required", "The account has no credit left (402).",
        "Add credit to the account, or ask a model that costs nothing.",
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
            "blocked-by-firewall", f"{_first_up(whose)} blocked the request before the API (403).",
            f"What came is {kind}, which no program can answer: no key changes that. Ask whoever "
            "runs it to let API requests through, or use the address behind it.",
        )  # fmt: skip
    if refusal.says(_ABOUT_KEY) or "key" in refusal.code or "auth" in refusal.code:
        return _key(refusal)
    if not refusal.observed.key_name:
        return _key(refusal)
    return refusal.finding(
        "forbidden", "The endpoint does not allow this request (403).",
        "Its words say what is not allowed: a right that the key lacks, or a rule of the account.",
    )  # fmt: skip


def _not_found(refusal: Refusal) -> Finding:
    endpoint = refusal.observed.endpoint
    # A 404 of the recorded server is replayed like any other answer.
    if endpoint and is_replay(endpoint.base_url) and NOT_RECORDED in refusal.code:
        return _not_recorded(refusal)
    do, fix = about_path(refusal.observed)
    sibling = refusal.recording.sibling
    if sibling == "differs":
        return refusal.finding(
            "not-found", f"The server knows this path, and answers {refusal.status} all the same.",
            "Its words say what it does not find: most often the model. Choose one from the list.",
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
    return refusal.finding(
        "proxy-auth", "A proxy on the way asks for a user name and a password (407).",
        "Put them into the address in HTTPS_PROXY, or name this host in NO_PROXY.",
    )  # fmt: skip


def _request_timeout(refusal: Refusal) -> Finding:
    return refusal.finding(
        "request-timeout", "The server gave up waiting for the request (408).",
        "The request reached it too slowly, or its queue was full: send again, and look at the "
        "load of the server.",
    )  # fmt: skip


def _rate_limited(refusal: Refusal) -> Finding:
    if "insufficient_quota" in refusal.code or refusal.says(r"quota|credit|billing"):
        return refusal.finding(
            "no-credit", "The account's quota is used up (429).",
            "Waiting does not help: add credit to the account, or raise its limit.",
        )  # fmt: skip
    wait_s = retry_after_s(refusal.recording)
    wait = "It does not say how long to wait." if wait_s is None else f"Wait {_about(wait_s)}."
    return refusal.finding(
        "rate-limited", "Too many requests (429).",
        f"{wait} Then send again, and look at the account's limits.",
    )  # fmt: skip


def _by_class(refusal: Refusal) -> Finding:
    status = refusal.status
    if status == 304:
        return refusal.finding(
            "unexpected-status", "The server answered that nothing has changed (304).",
            "A cache answers here: have it leave the API's paths alone, POST above all.",
        )  # fmt: skip
    if status == 101:
        return refusal.finding(
            "unexpected-status", "The server changed to another protocol (101).",
            "That is the answer to a WebSocket, which was not asked for: check the path.",
        )  # fmt: skip
    if 300 <= status < 400:
        return _redirected(refusal)
    if status >= 500:
        return _server_failed(refusal)
    return refusal.finding(
        "unexpected-status", f"The server answered {status}.", "Look into the server's log."
    )


def _redirected(refusal: Refusal) -> Finding:
    location = refusal.recording.header("location")
    endpoint = refusal.observed.endpoint
    base = endpoint.url if endpoint else refusal.recording.url
    leads_to = (
        ""
        if _LOGIN.search(location)
        else base_behind(base + refusal.observed.request.path, location)
    )
    if location and _LOGIN.search(location):
        do = (
            "It leads to a login page, so this address wants a browser. Look up the API's own "
            "address, or ask for access for programs."
        )
    else:
        do = (
            f"Use the address it leads to: {leads_to or 'it names none'}. Programs that follow a "
            "redirect may ask again without the prompt, or without the key."
        )
    return refusal.finding("redirected", f"The address redirects ({refusal.status}).", do, leads_to)


def _server_failed(refusal: Refusal) -> Finding:
    status = refusal.status
    if status == 503 and not refusal.is_page and refusal.says(_LOADING):
        return refusal.finding(
            "loading", "The server is still loading its model (503).",
            "Wait and send again: large models take minutes.",
        )  # fmt: skip
    if refusal.is_page and status in (502, 503, 504, *range(520, 528), 530):
        return _proxy_page(refusal)
    if refusal.says(_ABOUT_KEY) and not refusal.is_page:
        return _key(refusal) or _plain_failure(refusal)
    return _plain_failure(refusal)


def _proxy_page(refusal: Refusal) -> Finding:
    text = refusal.observed.reading.body[:20_000].decode("utf-8", "replace")
    whose = proxy_by_page(refusal.recording, text)
    slow = refusal.status in (504, 522, 524)
    state = "slow: it did not answer in time" if slow else "down, or refuses connections"
    return refusal.finding(
        "proxy-timeout" if slow else "proxy-error",
        f"The server behind {whose} is {state} ({refusal.status}).",
        f"The page comes from {whose}, not from the server. Look whether the server runs and what "
        f"its log says, then at the address and the time limit that {whose} has for it.",
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
        "Look into its log. Behind a gateway (g4f, LiteLLM) the provider failed: try another "
        f"model. A model that does not fit into memory ends like this, too.{missing}{page}",
    )  # fmt: skip


_BY_STATUS: dict[int, Callable[[Refusal], Finding | None]] = {
    400: _bad_request,
    401: _key,
    402: _payment,
    403: _forbidden,
    404: _not_found,
    405: _not_found,
    407: _proxy_auth,
    408: _request_timeout,
    413: _bad_request,
    422: _bad_request,
    429: _rate_limited,
}


def _about(seconds: float) -> str:
    """A wait as a person says it."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.0f} s" if seconds < 600 else f"{seconds / 60:,.0f} minutes"


def _first_up(words: str) -> str:
    return words[:1].upper() + words[1:]
