"""What an answer means that is no good one: by its status, and by its body.

Pure: a recording and its reading give a Trouble, or none.
"""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

from ..endpoint import AddressError, Endpoint, resolve
from ..wire.completion import ServerError, full_answer
from ..wire.reading import Reading
from ..wire.recording import Recording
from .trouble import QUOTE, Trouble, is_html, server_words

# Not OpenAI's: what gateways and engines say where OpenAI would send an error.
FAILED = ("error", "abort", "aborted", "failed")


def explain_status(endpoint: Endpoint, recording: Recording, model: str) -> Trouble:
    """Return what an answer with an error status means."""
    status, words = recording.status or 0, server_words(recording)
    came = f"{status} {recording.reason}".strip()
    expected = f"an answer from {_request(endpoint, recording)}"
    error = full_answer(recording.body).error
    about_model = _about_model(error, words, model)

    def trouble(name: str, headline: str, do: str, fix: str = "") -> Trouble:
        return Trouble(name, headline, expected, came, do, words, fix)

    if status in (401, 403) or (status == 400 and _about_a_key(error, words)):
        sent = endpoint.api_key_env or endpoint.userinfo
        what = "refused the key" if sent else "asks for a key"
        return trouble("unauthorized", f"The endpoint {what} ({status})", _about_key(endpoint))
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
            if is_html(recording)
            else ""
        )
        return trouble(
            "server-error", f"The server failed ({status})",
            "Look into its log. Behind a gateway (g4f, LiteLLM) the provider failed: try another "
            f"model. A model that does not fit into memory ends like this, too.{page}",
        )  # fmt: skip
    if 300 <= status < 400:
        leads_to = _base_of(endpoint, recording.header("location"))
        return trouble(
            "redirected", f"The address redirects ({status})",
            f"Use the address it leads to: {leads_to or 'it names none'}. Programs that follow "
            "such a redirect may ask without the prompt, or without the key.", leads_to,
        )  # fmt: skip
    return trouble(
        "unexpected-status", f"An unexpected status ({status})", "Look into the server's log."
    )


def explain_answer(endpoint: Endpoint, recording: Recording, reading: Reading) -> Trouble | None:
    """Return what is wrong with an answer of status 200, None when it came whole.

    A weak or odd text is no trouble here, nor is an unusual but legal form.
    """
    answer, streamed = reading.answer, reading.streamed
    if answer.error is not None and not is_html(recording):
        return _server_error(answer.error, unfinished_text=bool(answer.text))
    has_output = bool(
        answer.text.strip() or answer.reasoning or answer.tool_calls or answer.refusal
    )
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
    if answer.finish_reason in FAILED:
        return Trouble(
            "failed", "The endpoint gave up in the middle", "an answer that ends by itself",
            f"the finish reason {answer.finish_reason!r}",
            "Look into the server's log, or at the provider behind it. The text that came is kept.",
        )  # fmt: skip
    if not has_output:
        return Trouble(
            "no-text", "The answer holds no text", expected,
            f"an empty answer that says it is complete (finish reason {answer.finish_reason!r})",
            "Try another prompt. A gateway that could not read its upstream's answer does this; "
            "look into its log.",
        )  # fmt: skip
    return None


def _server_error(error: ServerError, *, unfinished_text: bool) -> Trouble:
    kept = " The text that came is kept." if unfinished_text else ""
    return Trouble(
        "error-inside", "The server reported an error inside its answer", "the answer",
        "an error, with status 200",
        "Its words say what failed; look into the server's log, or at the provider behind "
        f"it.{kept}",
        error.message[:QUOTE],
    )  # fmt: skip


def _no_answer(
    endpoint: Endpoint, recording: Recording, reading: Reading, expected: str
) -> Trouble:
    if is_html(recording):
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


def _request(endpoint: Endpoint, recording: Recording) -> str:
    """Return what was asked; a built-in endpoint's port would tell nobody anything."""
    return f"{recording.method} {endpoint.name if endpoint.built_in else recording.url}"


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
        likely = _likely_base(endpoint)
        return f"OpenAI-compatible servers usually answer below /v1: try {likely}.", likely
    return (
        f"Look up the path in the server's documentation. Where it has no /v1, paste the full "
        f"address: {endpoint.url.removesuffix('/v1')}/chat/completions.",
        "",
    )


def _likely_base(endpoint: Endpoint) -> str:
    """Return the address that ends with /v1 and is likeliest meant.

    Servers on one's own machine answer at the root; hosted ones often below a path, as in /api/v1.
    """
    root, version, _ = f"{endpoint.url}/".partition("/v1/")
    if version:
        return f"{root}/v1"
    if endpoint.loopback:
        parts = urlsplit(endpoint.url)
        return f"{parts.scheme}://{parts.netloc}/v1"
    return re.sub(r"/v\d+$", "", endpoint.url) + "/v1"


def _about_a_key(error: ServerError | None, words: str) -> bool:
    """Whether a 400 is about the key: Gemini says so in words, LiteLLM looks it up in vain."""
    kind = error.type.lower() if error else ""
    return (
        "auth" in kind
        or kind == "no_db_connection"
        or bool(re.search(r"(?i)\bapi[ _-]?key\b", words))
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


def _seconds(retry_after: str) -> str:
    return f"{retry_after} s" if retry_after.strip().isdigit() else f"until {retry_after[:40]}"


def _base_of(endpoint: Endpoint, location: str) -> str:
    """Return the base URL that a redirect's target belongs to, "" for none that can be used."""
    target = urljoin(f"{endpoint.url}/chat/completions", location) if location else ""
    try:
        return resolve(target).base_url if target else ""
    except AddressError:
        return ""
