"""What went wrong, in three parts: what was expected, what came, what to do.

Pure: it is handed plain facts and a recording, never an exception of a library.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from helpers.client.keys import KeyState
from helpers.endpoint import PRESETS, Endpoint
from helpers.verdict import Blame
from helpers.wire.answer import ServerError, full_answer
from helpers.wire.reading import Reading
from helpers.wire.recording import Recording

QUOTE = 500


@dataclass(frozen=True)
class Trouble:
    """One thing that kept an answer from coming whole.

    name:  stable, lower case with hyphens; becomes the finding's name
    came:  what happened; `quote` holds the server's own words, cut at 500 characters
    fix:   a base URL that would mend it, "" where there is none to offer
    """

    name: str
    headline: str
    expected: str
    came: str
    do: str
    quote: str = ""
    fix: str = ""
    blame: Blame = "endpoint"

    def __str__(self) -> str:
        quoted = f" “{self.quote}”" if self.quote else ""
        return f"{self.headline}. Expected {self.expected}; came {self.came}{quoted}. {self.do}"


def explain_key(endpoint: Endpoint, key: KeyState) -> Trouble:
    """Return what is wrong with the variable that should hold the key."""
    how = (
        f"Set it where you start JupyterLab (export {key.name}=…) and start JupyterLab again: "
        "a kernel sees only the variables JupyterLab was started with. Or name another variable."
    )
    if not key.is_set:
        return Trouble(
            "key-not-set", f"The variable {key.name} is not set",
            f"a key for {endpoint.name} in {key.name}", "no value; nothing was sent", how,
            blame="call",
        )  # fmt: skip
    return Trouble(
        "key-malformed", f"The key in {key.name} cannot be sent",
        "letters, digits and signs that a header can carry",
        f"a value that cannot be a key: {key.problem}; nothing was sent", how, blame="call",
    )  # fmt: skip


def explain_fault(
    endpoint: Endpoint, kind: str, detail: str, *, started: bool, unfinished_text: bool = False
) -> Trouble:
    """Return what a connection that failed or broke means.

    kind:     a `connection.FaultKind`
    started:  whether the server had begun to answer
    """
    if started:
        kept = " The text that came is kept." if unfinished_text else ""
        return Trouble(
            "connection-lost", "The connection was lost in the middle of the answer",
            "the body to its end", f"the end of the connection ({detail})",
            "Look into the server's log, and at what stands between: a proxy's time limit, "
            f"a worker that was restarted.{kept}",
        )  # fmt: skip
    host = urlsplit(endpoint.url).netloc
    known = {
        "refused": (
            f"Nothing answers at {endpoint.base_url}", "a server that listens",
            "connection refused", _start_it(endpoint),
        ),
        "dns": (
            f"The name {urlsplit(endpoint.url).hostname} is not known",
            "a host name that leads to an address", "no address for it",
            "Check the spelling. In a container the names of the host machine are not known: "
            "Docker has host.docker.internal for it.",
        ),
        "tls": (
            f"No secure connection to {host}", "a certificate this machine trusts",
            detail, _about_tls(endpoint, detail),
        ),
        "connect-timeout": (
            f"{host} does not take the connection", "a connection within "
            f"{endpoint.limits.connect_s:g} s", "silence",
            "Check address and port. A firewall that drops packets looks like this, and so does "
            "a server that is bound to another interface.",
        ),
        "reset": (
            f"{host} closed the connection without an answer", "an HTTP answer",
            f"the end of the connection ({detail})",
            "Look into the server's log. A server that speaks https on this port does this to "
            "http, and a proxy in front of a dead server does too.",
        ),
        "protocol": (
            f"{host} does not speak HTTP", "an HTTP answer", detail,
            "Something else listens on this port, or it speaks https: check the port, try "
            f"{'http' if endpoint.url.startswith('https') else 'https'}://.",
        ),
    }  # fmt: skip
    headline, expected, came, do = known.get(
        kind, (f"The request to {host} failed", "an HTTP answer", detail, "Check the address.")
    )
    return Trouble(kind if kind in known else "request-failed", headline, expected, came, do)


Limit = Literal["first", "silence", "whole"]


def explain_limit(
    endpoint: Endpoint, limit: Limit, *, elapsed_s: float, unfinished_text: bool
) -> Trouble:
    """Return what it means that a time limit ran out."""
    kept = " The text that came is kept." if unfinished_text else ""
    limits = endpoint.limits
    if limit == "first":
        return Trouble(
            "silence", f"Nothing came within {elapsed_s:.0f} s", "the first part of an answer",
            "silence: the connection stands, no text arrived",
            "If the server loads a large model, wait for it and send again, or raise timeout_s. "
            "Else look into its log: the request may wait in its queue.",
        )  # fmt: skip
    if limit == "silence":
        return Trouble(
            "stalled", f"The answer stopped: no text for {limits.silence_s:g} s",
            "more text, or an end", "silence in the middle of an answer",
            f"Look into the server's log, and at time limits of proxies between.{kept}",
        )  # fmt: skip
    return Trouble(
        "too-long", f"The answer was not finished after {limits.whole_s:g} s",
        f"an answer within timeout_s = {limits.whole_s:g}", "more and more text",
        f"Raise timeout_s, or set max tokens.{kept}",
    )  # fmt: skip


def explain_status(endpoint: Endpoint, recording: Recording, model: str) -> Trouble:
    """Return what an answer with an error status means."""
    status, words = recording.status or 0, server_words(recording)
    came = f"{status} {recording.reason}".strip()
    expected = f"an answer from {_request(endpoint, recording)}"
    error = full_answer(recording.body).error
    about_model = _about_model(error, words, model)

    def trouble(name: str, headline: str, do: str, fix: str = "") -> Trouble:
        return Trouble(name, headline, expected, came, do, words, fix)

    if status in (401, 403):
        return trouble(
            "unauthorized", f"The endpoint refused the key ({status})", _about_key(endpoint)
        )
    if status in (400, 404, 422) and about_model:
        return trouble(
            "no-such-model", f"The endpoint has no model {model!r}",
            "Choose one from the list of models, or type the name the server was started with.",
        )  # fmt: skip
    if status in (404, 405):
        return trouble(
            "wrong-path",
            f"Wrong path: the server is there, but it answered {status}",
            *_about_path(endpoint),
        )
    if status in (400, 413, 422):
        return trouble(
            "refused-request", f"The endpoint refused the request ({status})",
            "Read its words: they name the parameter or the length it does not take. "
            "Empty the field in Parameters, or shorten the prompt.",
        )  # fmt: skip
    if status == 429:
        after = recording.header("retry-after")
        wait = (
            f" Wait {_seconds(after)} (Retry-After)."
            if after
            else " It did not say how long to wait."
        )
        return trouble(
            "rate-limited", "Too many requests, or no credit left (429)",
            f"Send again later, and check the account's limits.{wait}",
        )  # fmt: skip
    if status >= 500:
        page = (
            " A page of HTML comes from a proxy in front of the server, not from the server."
            if _is_html(recording)
            else ""
        )
        return trouble(
            "server-error", f"The server failed ({status})",
            f"Look into its log; a model that does not fit into memory ends like this.{page}",
        )  # fmt: skip
    if 300 <= status < 400:
        return trouble(
            "redirected", f"The address redirects ({status})",
            f"Use the address it points to: {recording.header('location')[:200]}",
        )  # fmt: skip
    return trouble(
        "unexpected-status", f"An unexpected status ({status})", "Look into the server's log."
    )


def explain_answer(endpoint: Endpoint, recording: Recording, reading: Reading) -> Trouble | None:
    """Return what is wrong with an answer of status 200, None when it came whole.

    A weak or odd text is no trouble here, nor is an unusual but legal form.
    """
    answer, streamed = reading.answer, reading.streamed
    if answer.error is not None and not _is_html(recording):
        return _server_error(answer.error)
    has_output = bool(answer.text or answer.reasoning or answer.tool_calls or answer.refusal)
    expected = (
        "a stream of events with the answer" if streamed else "one JSON object with the answer"
    )
    if not has_output and not answer.choices:
        return _no_answer(endpoint, recording, reading, expected)
    if not answer.finish_reason:
        return Trouble(
            "cut", "The answer was cut off", "a finish reason at its end",
            f"{'the end of the stream' if streamed else 'an answer'} without one",
            "Look at what stands between: a proxy's time or size limit ends a stream like this. "
            "The text that came is kept.",
        )  # fmt: skip
    if not has_output:
        return Trouble(
            "no-text", "The answer holds no text", expected, f"an answer that says it is complete (finish reason {answer.finish_reason!r}) and is empty",
            "Try another prompt. A gateway that could not read its upstream's answer does this; look into its log.",
        )  # fmt: skip
    return None


def _request(endpoint: Endpoint, recording: Recording) -> str:
    """Return what was asked; a built-in endpoint's port would tell nobody anything."""
    return f"{recording.method} {endpoint.name if endpoint.built_in else recording.url}"


def server_words(recording: Recording) -> str:
    """Return what the server said about an error, in its own words, at most 500 characters."""
    error = full_answer(recording.body).error
    words = error.message if error and error.message else recording.text
    if _is_html(recording):
        words = re.sub(r"(?is)<(script|style)\b.*?</\1>|<[^>]*>", " ", words)
    words = re.sub(r"\s+", " ", words).strip()
    return words if len(words) <= QUOTE else words[: QUOTE - 1] + "…"


def _server_error(error: ServerError) -> Trouble:
    return Trouble(
        "error-inside", "The server reported an error inside its answer", "the answer",
        "an error, with status 200",
        "Its words say what failed; look into the server's log, or at the provider behind it.",
        error.message[:QUOTE],
    )  # fmt: skip


def _no_answer(
    endpoint: Endpoint, recording: Recording, reading: Reading, expected: str
) -> Trouble:
    if _is_html(recording):
        return Trouble(
            "html", "A web page came instead of an answer", expected,
            f"{recording.status} with {recording.media_type or 'HTML'}",
            "This address belongs to a web site or a login page. " + _about_path(endpoint)[0],
            server_words(recording), _about_path(endpoint)[1],
        )  # fmt: skip
    if not recording.body and recording.media_type != "text/event-stream":
        return Trouble(
            "empty", "The answer is empty", expected, f"{recording.status} and not a single byte",
            "Look into the server's log: it ended the answer before it began.",
        )  # fmt: skip
    if reading.streamed and (reading.events or recording.media_type == "text/event-stream"):
        what = f"{len(reading.events)} events" if reading.events else "comments or nothing"
        return Trouble(
            "zero-chunks", "The stream holds not one chunk of an answer", expected,
            f"{recording.status}, an event stream with {what} and no choices in it",
            "Look into the server's log; a gateway that lost its upstream ends like this.",
            server_words(recording),
        )  # fmt: skip
    return Trouble(
        "not-an-answer", "What came is no chat completion", expected,
        f"{recording.status} with {recording.media_type or 'no content type'}",
        "Check that this address speaks the OpenAI API. " + _about_path(endpoint)[0],
        server_words(recording),
    )  # fmt: skip


def _start_it(endpoint: Endpoint) -> str:
    port = urlsplit(endpoint.url).port
    usual = ", ".join(
        f"{name} {urlsplit(url).port}" for name, url in PRESETS.items() if urlsplit(url).port
    )
    inside = " In a container localhost is the container itself." if endpoint.loopback else ""
    return (
        f"Start the server, or check the port{f' {port}' if port else ''} (usual: {usual}).{inside} "
        "Or leave the base URL empty: the built-in endpoint always answers."
    )


def _about_tls(endpoint: Endpoint, detail: str) -> str:
    if endpoint.loopback or "WRONG_VERSION" in detail or "wrong version" in detail.lower():
        return "The server most likely speaks plain http on this port: type http:// instead of https://."
    return (
        "If the certificate is your own, name its authority in SSL_CERT_FILE where you start "
        "JupyterLab; else check the machine's date and the host's name."
    )


def _about_key(endpoint: Endpoint) -> str:
    if endpoint.api_key_env:
        return (
            f"Check the value of {endpoint.api_key_env} and that it is meant for this address. "
            "A changed variable is seen after JupyterLab was started again."
        )
    return (
        "No key was sent. Put it into a variable where you start JupyterLab and type that "
        "variable's name into “Key from” (parameter api_key_env)."
    )


def _about_path(endpoint: Endpoint) -> tuple[str, str]:
    """Return what to do about a wrong path, and the base URL to use instead."""
    if endpoint.built_in:
        return "This fault was asked for by name.", ""
    if not endpoint.url.endswith("/v1"):
        return f"Put /v1 at the end: {endpoint.url}/v1.", f"{endpoint.url}/v1"
    return (
        f"Look up the path in the server's documentation. Where it has no /v1, paste the full "
        f"address: {endpoint.url.removesuffix('/v1')}/chat/completions.",
        "",
    )


def _about_model(error: ServerError | None, words: str, model: str) -> bool:
    code = f"{error.code} {error.type}".lower() if error else ""
    said = words.lower()
    missing = re.search(
        r"not found|does not exist|unknown|no such|not available|not loaded|invalid model", said
    )
    return (
        "model_not_found" in code
        or bool("model" in said and missing)
        or bool(model and model.lower() in said and missing)
    )


def _is_html(recording: Recording) -> bool:
    return (
        "html" in recording.media_type
        or recording.body[:200].lstrip()[:9].lower() in (b"<!doctype", b"<html>")
        or recording.body[:200].lstrip()[:5].lower() == b"<html"
    )


def _seconds(retry_after: str) -> str:
    return f"{retry_after} s" if retry_after.strip().isdigit() else f"until {retry_after[:40]}"
