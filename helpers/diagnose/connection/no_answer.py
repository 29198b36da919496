"""No answer began: what happened to the connection, and what that means."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv6Address
from urllib.parse import unquote, urlsplit

from ...endpoint import PRESETS, Endpoint
from ...finding import Finding, explained
from ..observed import Observed
from .handshakes import refused_handshake
from .host_names import NO_NAME_SERVER, about_name, nobody_answers
from .http import half_a_head, not_http

QUOTE = 300
NOBODY = Endpoint("", "")
DOCTOR = "To see which layer fails: the notebook 02_connect, or python3 -m helpers doctor ADDRESS."


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
    """Why no answer began, according to the network."""
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
            do="Check the log of the server and of the proxy in front of it: one of them died "
            "here.",
        )  # fmt: skip
    return no_answer(ending.cause, endpoint, ending.detail)


def no_answer(cause: str, endpoint: Endpoint, detail: str) -> Finding:
    """Why no answer began, given a cause from `Recording` or from a bare socket."""
    if cause in _NO_WAY and _lacks_interface(endpoint):
        return _interface_wanted(endpoint, detail)
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
    do = (
        "If the server is loading a large model, wait and send again, or raise timeout_s. "
        "Otherwise check its log: the request may be waiting in its queue."
    )
    if ending.detail:
        do = f"{ending.detail}: it may be the proxy that waits, for the server's address. {do}"
    return explained(
        "silence", f"Nothing came within {waited_s:.0f} s.", expected="the first part of an answer",
        came=came, do=do,
    )  # fmt: skip


def _addressed(observed: Observed) -> Endpoint:
    """The endpoint of a recording that someone sent in: its address and nothing else."""
    base = observed.recording.url.removesuffix(observed.request.path)
    return Endpoint(base, base)


def _refused(endpoint: Endpoint, detail: str) -> Finding:
    port = urlsplit(endpoint.url).port
    ports = ", ".join(
        f"{name} {urlsplit(url).port}" for name, url in PRESETS.items() if urlsplit(url).port
    )
    check = f"check the port {port}"
    if not port:
        tried = 443 if endpoint.url.startswith("https:") else 80
        check = f"add its port after the host: none was given, so {tried} was tried"
    inside = " Inside a container, localhost is the container itself." if endpoint.loopback else ""
    return explained(
        "refused", f"Nothing answers at {endpoint.base_url}.",
        expected="a server that listens", came="connection refused",
        do=f"Start the server, or {check} (usual ports: {ports}).{inside} Or leave "
        "the base URL empty to use the built-in endpoint.",
    )  # fmt: skip


def _dns(endpoint: Endpoint, detail: str) -> Finding:
    host = urlsplit(endpoint.url).hostname or ""
    if nobody_answers(detail):
        return explained(
            "dns", f"No name server answers, so {host} could not be looked up.",
            expected="an address for the name", came=detail, do=NO_NAME_SERVER,
        )  # fmt: skip
    return explained(
        "dns", f"The host name {host} is unknown.",
        expected="a host name that resolves to an address", came="no address for it",
        do=about_name(unquote(host)),
    )  # fmt: skip


def _tls(endpoint: Endpoint, detail: str) -> Finding:
    if refused := refused_handshake(detail):
        return explained(
            "tls", f"{_host(endpoint)} {refused[0]}.", expected="a TLS handshake", came=detail,
            do=refused[1],
        )  # fmt: skip
    plain = _speaks_plain(endpoint, detail)
    due = "an answer in https" if plain else "a certificate that this machine trusts"
    do = (
        "The server most likely speaks plain http on this port: type http:// instead of https://."
        if plain
        else "If you made the certificate yourself, name its authority in SSL_CERT_FILE where you "
        "start JupyterLab; otherwise check this machine's date and the host name."
    )
    return explained(
        "tls", f"No secure connection to {_host(endpoint)}.",
        expected=due, came=detail, do=do,
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


def _lacks_interface(endpoint: Endpoint) -> bool:
    """Whether an address belongs to one network interface and does not say which."""
    try:
        address = IPv6Address(unquote(urlsplit(endpoint.url).hostname or ""))
    except ValueError:
        return False
    return address.is_link_local and not address.scope_id


def _interface_wanted(endpoint: Endpoint, detail: str) -> Finding:
    parts = urlsplit(endpoint.url)
    port = "" if parts.port is None else f":{parts.port}"
    like = f"{parts.scheme}://[{parts.hostname}%eth0]{port}{parts.path}"
    return explained(
        "no-interface", f"{parts.hostname} is an address within one network, and does not say in "
        "which.", expected="the name of a network interface behind a %", came=detail,
        do=f"Type it like {like}, with the interface of this machine that is in that network: "
        "`ip addr` lists them on Linux, `ifconfig` on macOS, `ipconfig` on Windows (a number).",
    )  # fmt: skip


def _unreachable(endpoint: Endpoint, detail: str) -> Finding:
    return explained(
        "unreachable", f"This machine has no route to {_host(endpoint)}.",
        expected="a network with a route to it", came=detail,
        do="Check the address, and whether this machine is in that network: its Wi-Fi or cable, "
        "the VPN. An IPv6 address needs IPv6 on both sides: try the server's IPv4 address.",
    )  # fmt: skip


def _reset(endpoint: Endpoint, detail: str) -> Finding:
    secure = endpoint.url.startswith("https:")
    likely = (
        "rejects the TLS version, the host name or a client without a certificate"
        if secure
        else "speaks https on this port"
    )
    return explained(
        "reset", f"{_host(endpoint)} closed the connection without an answer.",
        expected="an HTTP answer", came=f"the end of the connection ({detail})",
        do=f"Check the server's log. A server that {likely} does this, and so does a proxy in "
        "front of a dead server.",
    )  # fmt: skip


def _unknown(endpoint: Endpoint, detail: str) -> Finding:
    return explained(
        "request-failed", f"The request to {_host(endpoint)} failed.",
        expected="an HTTP answer", came=detail or "nothing", do="Check the address.",
    )  # fmt: skip


def about_proxy(detail: str) -> str:
    """What is particular about a proxy that fails, "" if nothing is."""
    if re.search(r"\bsocks\w*://", detail, re.I):
        return "This kit talks only to http proxies, not to SOCKS: name one that speaks http."
    status = re.search(r"(?<![\d:.])(403|407|5\d\d)\b", detail)
    if not status:
        return ""
    if status[1] == "407":
        return "It wants a user name and a password: http://USER:PASSWORD@HOST:PORT."
    if status[1] == "403":
        return "It does not let requests to this host through: ask whoever runs it to allow them."
    return "It did not reach the host, or found no address for its name: check the base URL's host."


def _no_proxy(endpoint: Endpoint, detail: str) -> Finding:
    variable, host = detail.split(" ", 1)[0], urlsplit(endpoint.url).hostname
    special = about_proxy(detail) or "Check that address, with its user and password."
    return explained(
        "proxy", f"The proxy that {variable} names passes nothing on: {_host(endpoint)} was never "
        "asked.",
        expected="a proxy that passes requests on", came=detail[:QUOTE],
        do=f"{special} To bypass the proxy, name {host} in NO_PROXY. Then restart JupyterLab, "
        "which passes its variables on.", blame="call",
    )  # fmt: skip


_NO_WAY = ("refused", "unreachable", "other")
_CAUSES: dict[str, Callable[[Endpoint, str], Finding]] = {
    "refused": _refused,
    "dns": _dns,
    "tls": _tls,
    "connect-timeout": _connect_timeout,
    "unreachable": _unreachable,
    "proxy": _no_proxy,
    "reset": _reset,
}


def _host(endpoint: Endpoint) -> str:
    return urlsplit(endpoint.url).netloc


def _speaks_plain(endpoint: Endpoint, detail: str) -> bool:
    """Whether nothing that came was TLS; a server whose certificate is refused does speak it."""
    if "CERTIFICATE" in detail.upper():
        return False
    return endpoint.loopback or "WRONG_VERSION" in detail


def _in_plain_http(endpoint: Endpoint) -> str:
    https = endpoint.url.startswith("https:")
    return f"http:{endpoint.url.removeprefix('https:')}" if https else ""
