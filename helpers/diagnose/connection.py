"""What it means that no answer came: a key, an address, a connection, a time limit.

Pure: it is handed plain facts, never an exception of a library.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import urlsplit

from ..client.keys import KeyState
from ..endpoint import PRESETS, Endpoint
from ..wire.bounds import REACHED
from .trouble import Trouble

Limit = Literal["first", "silence", "whole"]


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


def explain_unsendable(parameters: Mapping[str, Any]) -> Trouble | None:
    """Return what of a request JSON cannot carry, None when it can be sent."""
    try:
        json.dumps(parameters, ensure_ascii=False, allow_nan=False).encode()
    except UnicodeEncodeError:
        came, do = "half of a character (a lone surrogate)", "Type or paste the text again."
    except ValueError:
        came, do = (
            "a number that is infinite or none at all",
            "Give a plain number, or leave it empty.",
        )
    else:
        return None
    return Trouble(
        "bad-call", "A field cannot be sent", "text and numbers that JSON can carry",
        f"{came}; nothing was sent", do, blame="call",
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
            f"a server that is bound to another interface.{_also_plain(endpoint)}",
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
    return Trouble(
        kind if kind in known else "request-failed", headline, expected, came, do,
        fix=_without_tls(endpoint, kind, detail),
    )  # fmt: skip


def explain_limit(
    endpoint: Endpoint, limit: Limit, *, elapsed_s: float, unfinished_text: bool
) -> Trouble:
    """Return what it means that a time limit ran out."""
    kept = " The text that came is kept." if unfinished_text else ""
    limits = endpoint.limits
    if limit == "first":
        return Trouble(
            "silence", f"Nothing came within {elapsed_s:.0f} s", "the first part of an answer",
            "silence: nothing arrived",
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


def explain_bound(endpoint: Endpoint, reached: str) -> Trouble:
    """Return what it means that more came than is read.

    reached:  one of `bounds.REACHED`, "" for the body
    """
    field = REACHED.get(reached, "body_bytes")
    bound = getattr(endpoint.bounds, field)
    return Trouble(
        "too-large", "The answer is larger than this kit reads",
        f"an answer within {field} = {bound:,}", f"more ({reached or 'body-too-large'})",
        "A server that repeats itself without end does this. Where so much is meant, raise the "
        f"bound: replace(endpoint, bounds=Bounds({field}=…)). The text that came is kept.",
    )  # fmt: skip


def _start_it(endpoint: Endpoint) -> str:
    port = urlsplit(endpoint.url).port
    usual = ", ".join(
        f"{name} {urlsplit(url).port}" for name, url in PRESETS.items() if urlsplit(url).port
    )
    inside = " In a container localhost is the container itself." if endpoint.loopback else ""
    which = f" {port}" if port else ""
    return (
        f"Start the server, or check the port{which} (usual: {usual}).{inside} "
        "Or leave the base URL empty: the built-in endpoint always answers."
    )


def _about_tls(endpoint: Endpoint, detail: str) -> str:
    if _speaks_plain(endpoint, detail):
        return (
            "The server most likely speaks plain http on this port: "
            "type http:// instead of https://."
        )
    return (
        "If the certificate is your own, name its authority in SSL_CERT_FILE where you start "
        "JupyterLab; else check the machine's date and the host's name."
    )


def _speaks_plain(endpoint: Endpoint, detail: str) -> bool:
    """Whether no TLS came back at all; a server whose certificate is refused does speak it."""
    if "CERTIFICATE" in detail.upper():
        return False
    return endpoint.loopback or "WRONG_VERSION" in detail


def _also_plain(endpoint: Endpoint) -> str:
    """Return what a plain server makes of a TLS greeting that it takes for half a request."""
    if not endpoint.url.startswith("https:"):
        return ""
    return " A server that speaks plain http can fall silent at https: try http://."


def _without_tls(endpoint: Endpoint, kind: str, detail: str) -> str:
    """Return the address in plain http where https is the likely mistake, "" elsewhere."""
    plain = kind == "tls" and _speaks_plain(endpoint, detail)
    silent = kind == "connect-timeout" and endpoint.loopback
    if not (plain or silent) or not endpoint.url.startswith("https:"):
        return ""
    return f"http:{endpoint.url.removeprefix('https:')}"
