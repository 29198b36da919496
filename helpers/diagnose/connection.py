"""No answer came, or it broke off: what happened to the connection, and what that means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlsplit

from ..endpoint import PRESETS, Endpoint
from ..finding import Finding, explained
from ..wire.bounds import REACHED
from .http import COUNT_BYTES, ended_as_announced, half_a_head, missing_bytes, not_http
from .observed import Observed
from .proxies import limits_it_fits

NOBODY = Endpoint("", "")
DOCTOR = "To see which layer fails: the notebook 02_connect, or python3 -m helpers doctor ADDRESS."
QUOTE = 120


def not_sent(observed: Observed) -> Finding | None:
    """Why nothing was sent at all."""
    cause, detail = observed.ending.cause, observed.ending.detail
    endpoint = observed.endpoint or NOBODY
    name = endpoint.api_key_env
    how = (
        f"Set it where you start JupyterLab (export {name}=…) and start JupyterLab again: a kernel "
        "sees only the variables that JupyterLab was started with. Or name another variable."
    )
    if cause == "key-not-set":
        return explained(
            "key-not-set", f"The environment variable {name} is not set.",
            expected=f"a key for {endpoint.name} in {name}", came="no value; nothing was sent",
            do=how, blame="call",
        )  # fmt: skip
    if cause == "key-malformed":
        return explained(
            "key-malformed", f"The key in {name} cannot be sent.",
            expected="characters that an HTTP header can carry",
            came=f"a value that cannot be a key: {detail}; nothing was sent",
            do=how, blame="call",
        )  # fmt: skip
    if cause == "bad-call":
        return explained(
            "bad-call", "The request cannot be sent as it is.",
            expected="text and numbers that JSON can carry", came=f"{detail}; nothing was sent",
            do="Correct the field, or leave it empty: empty fields are not sent.", blame="call",
        )  # fmt: skip
    return None


def no_connection(observed: Observed) -> Finding | None:
    """Why no answer began, as the network tells it."""
    ending = observed.ending
    if observed.recording.status is not None or ending.end in ("", "closed"):
        return None
    if ending.end == "limit":
        return nothing_came(observed)
    found = _no_connection(observed, observed.endpoint or _addressed(observed))
    return replace(found, do=f"{found.do} {DOCTOR}")


def _no_connection(observed: Observed, endpoint: Endpoint) -> Finding:
    ending = observed.ending
    if ending.cause in ("protocol", "framing"):
        return not_http(observed, endpoint, ending.detail)
    if ending.cause == "reset" and (half := half_a_head(observed)):
        return explained(
            "reset", f"{_host(endpoint)} closed the connection before its headers were complete.",
            expected="an HTTP answer", came=half,
            do="Look into the log of the server and of the proxy before it: one of them died here.",
        )  # fmt: skip
    return no_answer(ending.cause, endpoint, ending.detail)


def no_answer(cause: str, endpoint: Endpoint, detail: str) -> Finding:
    """Why no answer began, by a cause of `Recording` or of a bare socket."""
    return _CAUSES.get(cause, _unknown)(endpoint, detail)


def nothing_came(observed: Observed) -> Finding:
    """A limit ran out before anything arrived."""
    ending = observed.ending
    waited_s = ending.at_s or ending.limit_s or 0.0
    opened = observed.recording.status is not None
    if half := half_a_head(observed):
        return explained(
            "silence", f"The headers were not complete within {waited_s:.0f} s.",
            expected="the headers of an answer, and then its first part", came=half,
            do="Have the server end its headers with an empty line. If it waits for something "
            "before that, its log says what.",
        )  # fmt: skip
    came = "the headers, and then silence" if opened else "silence: not even the headers came"
    return explained(
        "silence", f"Nothing came within {waited_s:.0f} s.",
        expected="the first part of an answer", came=came,
        do="If the server is loading a large model, wait and send again, or raise timeout_s. "
        "Otherwise look into its log: the request may be waiting in its queue.",
    )  # fmt: skip


def badly_framed(observed: Observed) -> Finding | None:
    """The chunks of the transfer encoding broke before the answer was complete."""
    ending = observed.ending
    if ending.cause != "framing" or observed.recording.status is None:
        return None
    if observed.is_page or observed.reading.done or (observed.finished and not _half(observed)):
        return None
    if observed.reading.body:
        size = len(observed.reading.body)
        before = f"{observed.chunks} chunks" if observed.chunks else f"{size:,} bytes"
        before += " of the answer came before it"
        do = "Look for whatever writes to the connection besides the server: a debug print, a "
        do += f"second handler, a broken proxy.{observed.kept()}"
    else:
        before = "not one chunk came before it"
        do = "The answer says Transfer-Encoding: chunked: leave that to the server, which writes "
        do += "the chunks, too."
    return explained(
        "bad-framing", "The answer's chunked encoding is broken, so it cannot be read on.",
        expected="chunks with their length in front, as HTTP/1.1 frames a body",
        came=f"{ending.detail[:QUOTE]}; {before}", do=do,
    )  # fmt: skip


def lost(observed: Observed) -> Finding | None:
    """The connection broke in the middle of the answer."""
    reading = observed.reading
    if observed.ending.end != "broken" or observed.recording.status is None:
        return None
    if (reading.streamed and observed.finished) or (reading.done and observed.ended):
        return None
    if not reading.sse and observed.answer.choices and not _half(observed):
        return explained(
            "broken-end", "The whole answer came, but clients take it for cut off.",
            expected="a body that ends as it was announced",
            came=f"the end of the connection ({observed.ending.detail})",
            do="Send the right Content-Length, or the last chunk: clients raise an error here.",
        )  # fmt: skip
    return _cut_off(observed, "connection-lost", "the connection was lost")


def ended_early(observed: Observed) -> Finding | None:
    """The body ended properly, but the answer in it did not."""
    reading = observed.reading
    if observed.ending.end != "eof" or (reading.done and observed.ended) or reading.limit:
        return None
    if observed.finished and not _half(observed):
        return None
    if not (observed.chunks or observed.answer.choices or reading.events):
        return None
    return _cut_off(observed, "cut", "the body ended")


def _half(observed: Observed) -> bool:
    """Whether an answer in one piece is JSON that broke off; a part of it can be read."""
    return not observed.reading.sse and observed.answer.cut


def _cut_off(observed: Observed, name: str, how: str) -> Finding:
    reading, end_s = observed.reading, observed.ending.at_s
    half = ", in the middle of an event" if reading.findings["unfinished-event"] else ""
    at = f" {end_s:.2f} s after sending" if end_s is not None else ""
    idle_s = (end_s - observed.total_s) if end_s is not None and observed.arrivals else 0.0
    idle = f", {idle_s:.1f} s after the last text" if idle_s > 1 else ""
    what = f"{observed.chunks} chunks" if reading.streamed else f"{len(reading.body):,} bytes"
    missing = f" and {observed.terms.no_end}"
    if _half(observed):
        half, missing = "", ", in the middle of the JSON"
    do = limits_it_fits(observed.recording, idle_s=idle_s, end_s=end_s)
    if name == "cut" and (told := ended_as_announced(observed)):
        missing, do = f"{missing}; {told}", COUNT_BYTES
    return explained(
        name, "The answer was cut off before its end.",
        expected=observed.terms.end,
        came=f"{how}{at}{idle}, with {what}{half}{missing}{missing_bytes(observed)}",
        do=f"{do}{observed.kept()}",
    )  # fmt: skip


def out_of_time(observed: Observed) -> Finding | None:
    """A limit of ours ran out while the answer was coming."""
    ending = observed.ending
    if ending.end != "limit" or ending.cause in ("", "closing", "bound"):
        return None
    limit_s = ending.limit_s or 0.0
    if ending.cause == "silence":
        return explained(
            "stopped-coming", f"The answer stopped: no more text for {limit_s:g} s.",
            expected="more text, or an end", came="silence in the middle of the answer",
            do=f"Look into the server's log, and at the time limits of proxies.{observed.kept()}",
        )  # fmt: skip
    if ending.cause == "whole" and observed.chunks:
        return explained(
            "too-long", f"The answer was not finished after {limit_s:g} s.",
            expected=f"an answer within timeout_s = {limit_s:g}", came="more and more text",
            do=f"Raise timeout_s, or set max tokens.{observed.kept()}",
        )  # fmt: skip
    return _never_ended(observed) or nothing_came(observed)


def _never_ended(observed: Observed) -> Finding | None:
    """A body in one piece whose end never came, although what it says may be complete."""
    body, recording = observed.reading.body, observed.recording
    if observed.reading.sse or not body.strip():
        return None
    open_end = missing_bytes(observed).removeprefix(", ") or (
        "no last chunk, of length 0, came"
        if "chunked" in recording.header("transfer-encoding").lower()
        else "it has no Content-Length, is not chunked, and the connection stays open"
    )
    if not observed.answer.choices or observed.answer.cut:
        # Of a stream too little came to tell what it is.
        if observed.reading.streamed:
            return None
        return explained(
            "stopped-coming", "The answer stopped in the middle.", expected="the rest of it",
            came=f"{len(body):,} bytes, and then silence; {open_end}",
            do="Look into the server's log, and at the time limits of proxies.",
        )  # fmt: skip
    return explained(
        "body-never-ends", "The whole answer came, but its body never ends, so clients wait on.",
        expected="the end of the body behind its last byte", came=f"silence; {open_end}",
        do="Send the right Content-Length, or end the chunks, or close the connection.",
    )  # fmt: skip


def too_large(observed: Observed) -> Finding | None:
    """More came than this kit reads."""
    reading, ending = observed.reading, observed.ending
    if not reading.limit and ending.cause != "bound":
        return None
    name = reading.limit or "body-too-large"
    field = REACHED.get(name, "body_bytes")
    bound = getattr(observed.recording.bounds, field)
    return explained(
        name, "The answer is larger than this kit reads.",
        expected=f"an answer within {field} = {bound:,}", came="more",
        do="A server that repeats itself without end does this. If so much is meant, raise the "
        f"bound: replace(endpoint, bounds=Bounds({field}=…)).{observed.kept()}",
    )  # fmt: skip


def _addressed(observed: Observed) -> Endpoint:
    """The endpoint of a recording that somebody sent: its address and no more."""
    base = observed.recording.url.removesuffix(observed.request.path)
    return Endpoint(base, base)


def _refused(endpoint: Endpoint, detail: str) -> Finding:
    port = urlsplit(endpoint.url).port
    ports = ", ".join(
        f"{name} {urlsplit(url).port}" for name, url in PRESETS.items() if urlsplit(url).port
    )
    which = f" {port}" if port else ""
    inside = " Inside a container, localhost is the container itself." if endpoint.loopback else ""
    return explained(
        "refused", f"Nothing answers at {endpoint.base_url}.",
        expected="a server that listens", came="connection refused",
        do=f"Start the server, or check the port{which} (usual ports: {ports}).{inside} Or leave "
        "the base URL empty to use the built-in endpoint.",
    )  # fmt: skip


def _dns(endpoint: Endpoint, detail: str) -> Finding:
    return explained(
        "dns", f"The host name {urlsplit(endpoint.url).hostname} is unknown.",
        expected="a host name that resolves to an address", came="no address for it",
        do="Check the spelling. A container does not know the names of its host: Docker offers "
        "host.docker.internal for that.",
    )  # fmt: skip


def _tls(endpoint: Endpoint, detail: str) -> Finding:
    plain = _speaks_plain(endpoint, detail)
    do = (
        "The server most likely speaks plain http on this port: type http:// instead of https://."
        if plain
        else "If you made the certificate yourself, name its authority in SSL_CERT_FILE where you "
        "start JupyterLab; otherwise check this machine's date and the host name."
    )
    return explained(
        "tls", f"No secure connection to {_host(endpoint)}.",
        expected="a certificate that this machine trusts", came=detail, do=do,
        fix=_in_plain_http(endpoint) if plain else "",
    )  # fmt: skip


def _connect_timeout(endpoint: Endpoint, detail: str) -> Finding:
    https = endpoint.url.startswith("https:")
    plain = " A server that speaks plain http can fall silent at https: try http://."
    return explained(
        "connect-timeout", f"{_host(endpoint)} does not accept the connection.",
        expected=f"a connection within {endpoint.limits.connect_s:g} s", came="silence",
        do="Check the address and the port. A firewall that drops packets looks like this, and so "
        f"does a server that listens on another interface.{plain if https else ''}",
        fix=_in_plain_http(endpoint) if https and endpoint.loopback else "",
    )  # fmt: skip


def _reset(endpoint: Endpoint, detail: str) -> Finding:
    return explained(
        "reset", f"{_host(endpoint)} closed the connection without an answer.",
        expected="an HTTP answer", came=f"the end of the connection ({detail})",
        do="Look into the server's log. A server that speaks https on this port does this to "
        "http, and so does a proxy in front of a dead server.",
    )  # fmt: skip


def _unknown(endpoint: Endpoint, detail: str) -> Finding:
    return explained(
        "request-failed", f"The request to {_host(endpoint)} failed.",
        expected="an HTTP answer", came=detail or "nothing", do="Check the address.",
    )  # fmt: skip


_CAUSES: dict[str, Callable[[Endpoint, str], Finding]] = {
    "refused": _refused,
    "dns": _dns,
    "tls": _tls,
    "connect-timeout": _connect_timeout,
    "reset": _reset,
}


def _host(endpoint: Endpoint) -> str:
    return urlsplit(endpoint.url).netloc


def _speaks_plain(endpoint: Endpoint, detail: str) -> bool:
    """Whether no TLS came back at all; a server whose certificate is refused does speak it."""
    if "CERTIFICATE" in detail.upper():
        return False
    return endpoint.loopback or "WRONG_VERSION" in detail


def _in_plain_http(endpoint: Endpoint) -> str:
    https = endpoint.url.startswith("https:")
    return f"http:{endpoint.url.removeprefix('https:')}" if https else ""
