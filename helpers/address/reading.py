"""Reads an address as a person types it, in any usual spelling, and quotes it without secrets."""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote, urlsplit

from ..errors import CallError
from ..secrets.shapes import is_key_for_model, is_token, looks_like_key, without_keys
from .placeholders import is_a_variable, left_open
from .tidying import tidied

LIKE_THIS = "Type it like http://localhost:1337/v1."
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(/*)")
_VARIABLE = re.compile(r"(?:https?://)?(?:\$\{?|\$env:|%)([A-Za-z_]\w{0,40})(?=[}%/:\s]|$)")
# A path as terminals and file managers write it.
_PATH = re.compile(r"/(?!/)|\.{1,2}[/\\]|~/|[A-Za-z]:\\")
_OF_A_FILE = re.compile(r"\.(?:gguf|safetensors|bin|json|py|ipynb)$|^/(?:home|Users|mnt|tmp)/")
_MODEL_AND_TAG = re.compile(r"[\w.-]+:(?:latest|q\d|\d+(?:\.\d+)?[bm](?![a-z]))[\w.-]*", re.I)
MOST_PORT = 65535
_OPERATIONS = (
    "/chat/completions",
    "/completions",
    "/models",
    "/embeddings",
    "/responses",
    "/messages",
)


class AddressError(CallError):
    """What was typed cannot become an address."""

    headline = "This is not an address"


@dataclass(frozen=True)
class Address:
    """The parts of an address that a person typed.

    host, authority:  without and with the port
    userinfo:         "user:password", decoded; "" if there is none
    notes:            the assumptions made in reading it, as sentences
    """

    scheme: str
    host: str
    authority: str
    path: str
    query: str = field(repr=False)
    userinfo: str = field(repr=False)
    notes: tuple[str, ...] = ()


def read_address(typed: str) -> Address:
    """The address that was meant.

    raises:  AddressError, which says what to type instead
    """
    notes: list[str] = []
    typed = tidied(typed)
    if variable := _VARIABLE.match(typed):
        raise AddressError(
            "an address", f"the variable {shown(variable[1])}, which only your shell fills in",
            f"Print it there (echo ${shown(variable[1])}), and give the result. {LIKE_THIS}",
            headline=f"Only a shell fills in ${shown(variable[1])}",
        )  # fmt: skip
    if is_a_variable(typed):
        raise AddressError(
            "an address", "the name of a variable",
            f"Give what it holds (echo ${typed} in a shell prints it). {LIKE_THIS}",
            headline=f"{typed} is a variable's name, not its value",
        )  # fmt: skip
    word = left_open(typed)
    if word and not is_key_for_model(word.strip("<>{}[]")):
        raise AddressError(
            "a host and a port", f"“{word}”, which stands for one of them in an example",
            f"Put your server's own in its place. {LIKE_THIS}",
            headline="A placeholder was left in the address",
        )  # fmt: skip
    parts = _split(typed, notes)
    host, authority = _authority(parts, notes)
    path = _path(parts.path, notes)
    userinfo = unquote(parts.netloc.rpartition("@")[0])
    if userinfo:
        notes.append("User and password are sent as Basic authentication and not shown.")
    return Address(parts.scheme, host, authority, path, parts.query, userinfo, tuple(notes))


def _split(typed: str, notes: list[str]) -> SplitResult:
    """The address's parts, with the scheme that was typed or the likeliest one."""
    if re.match(r"(?:\$\s*)?curl(?:\.exe)?\s|(?:export |set )?[\w$:]+\s*=\s*[\"'“]?https?:", typed):
        raise AddressError(
            "an address", "a command, or a line of settings",
            f"Give the address in it alone. {LIKE_THIS} 02_connect and the doctor (python3 -m "
            "helpers doctor) read the whole of it.",
        )  # fmt: skip
    if path := _PATH.match(typed):
        raise _a_path(typed, of_file=path[0] != "/" or bool(_OF_A_FILE.search(typed)))
    if re.search(r"\s", typed):
        raise AddressError("one address without spaces", repr(shown(typed)), LIKE_THIS)
    if re.search(r"[,;]https?:", typed, re.IGNORECASE):
        raise AddressError("one address", "more than one", f"Give one of them. {LIKE_THIS}")
    if twice := re.match(r"(?:https?://)+(?=https?:/)", typed, re.IGNORECASE):
        typed = typed[twice.end() :]
        notes.append("The scheme was there twice; once is enough.")
    if re.fullmatch(r":?\d{1,5}", typed):
        typed = "localhost:" + typed.lstrip(":")
    scheme, rest = _scheme(typed, notes)
    rest = _bracketed(rest, notes)
    try:
        if not scheme:
            scheme = "http" if is_near(urlsplit(f"//{rest}").hostname or "") else "https"
            notes.append(f"No scheme was typed: {scheme}:// is used.")
        parts = urlsplit(f"{scheme}://{rest}")
        port = parts.port
    except ValueError:
        raise _no_port(typed) from None
    if port == 0:
        raise AddressError(
            "a port from 1 to 65535", "port 0, which tells a server to take any free port",
            f"Its log says which port it took. {LIKE_THIS}",
        )  # fmt: skip
    return parts


def _scheme(typed: str, notes: list[str]) -> tuple[str, str]:
    """The scheme that was typed, "" for none, and what follows it."""
    match = _SCHEME.match(typed)
    if not match or not (match[2].startswith("//") or match[1].lower() in ("http", "https")):
        return "", typed.lstrip("/")
    scheme, rest = match[1].lower(), typed[match.end() :]
    if scheme not in ("http", "https"):
        raise _another_scheme(scheme, rest)
    if match[2] != "//":
        notes.append(f"Read as {scheme}:// with two slashes.")
    return scheme, rest


def _a_path(typed: str, *, of_file: bool) -> AddressError:
    """The error for a path: what to type instead."""
    if of_file:
        do = "Give the address of the server that has loaded the file: its log shows it. "
        return AddressError("a server's address", "the path of a file", f"{do}{LIKE_THIS}")
    do = f"Put the server before it, as in http://localhost:1337{shown(typed)}."
    return AddressError("a server's address", "a path without its host", do)


def _another_scheme(scheme: str, rest: str) -> AddressError:
    """The error for an address that is neither http nor https: what to type instead."""
    do = f"Type http://{shown(rest)} or https://{shown(rest)}."
    if scheme == "unix":
        do = f"Have the server listen on a port as well. {LIKE_THIS}"
    if scheme == "file":
        do = f"A recording is given as replay:FILE. {LIKE_THIS}"
    return AddressError(
        "an http or https address", f"{scheme}://", do, headline=f"{scheme[:20]}:// is not HTTP"
    )


def _no_port(typed: str) -> AddressError:
    """The error for an invalid port: what is wrong with it."""
    number = re.search(r":(-?\d{1,6})(?=/|$)", typed)
    if number and "@" not in typed and not 0 < int(number[1]) <= MOST_PORT:
        return AddressError(
            "a host and a port", f"port {number[1]}",
            f"Ports go from 1 to {MOST_PORT}. {LIKE_THIS}",
            headline=f"There is no port {number[1]}",
        )  # fmt: skip
    if two := re.match(r"(?:https?://)?[\w.-]+:(\d{1,5}):(\d{1,5})(?=/|$)", typed):
        raise AddressError(
            "a host and one port", f"two, {two[1]} and {two[2]}",
            "Keep one of them: in docker's 8000:8080 the first is the one that this machine "
            f"reaches. {LIKE_THIS}", headline="The address has two ports",
        )  # fmt: skip
    if _MODEL_AND_TAG.fullmatch(typed):
        return AddressError(
            "a server's address", "what looks like a model's name",
            f"It goes into model; the address is that of the server that runs it. {LIKE_THIS}",
        )  # fmt: skip
    # Python's own message quotes the supposed port: part of a password that holds a slash.
    password = " In a password, / is typed as %2F, ? as %3F and # as %23." if "@" in typed else ""
    return AddressError(
        "a host and a port", "a port that is not a number up to 65535, or a stray bracket",
        f"{LIKE_THIS}{password}",
        headline="" if "[" in typed or "@" in typed else "The port is not a number",
    )  # fmt: skip


def _bracketed(rest: str, notes: list[str]) -> str:
    """What follows the scheme, with a bare IPv6 address put in brackets, with or without a port."""
    authority, slash, path = rest.partition("/")
    host, _, port = authority.rpartition(":")
    # ::1:8080 could be an address, but nobody means it as one.
    with_port = port.isdigit() and _is_ip6(host) and (host == "::1" or not _is_ip6(authority))
    if with_port:
        notes.append(f"Read as address {host} and port {port}.")
        return f"[{host}]:{port}{slash}{path}"
    return f"[{authority}]{slash}{path}" if _is_ip6(authority) else rest


def _authority(parts: SplitResult, notes: list[str]) -> tuple[str, str]:
    """The host, and the host with its port as a URL writes it."""
    host = (parts.hostname or "").lower()
    # The host as typed: in lower case, a key no longer has the shape of one.
    typed = parts.netloc.rpartition("@")[2].partition(":")[0]
    if looks_like_key(typed) if "." not in host else is_token(typed):
        raise AddressError("an address", "what looks like a key, which was discarded", LIKE_THIS)
    if "@" in parts.path and "." not in host and not is_loopback(host):
        raise AddressError("a password without a slash", "an @ after a slash", LIKE_THIS)
    if not host or not re.fullmatch(r"[\w.:%-]+", host) or ".." in host:
        came = repr(shown(host)) if host else "none"
        raise AddressError("a host name in the address", came, LIKE_THIS)
    if host in ("0.0.0.0", "::"):  # noqa: S104 - read here, never bound
        notes.append(f"{host} is where a server listens; 127.0.0.1 is where it is reached.")
        host = "127.0.0.1"
    if (written := _written_out(host)) != host:
        notes.append(f"{host} is written out: {written}.")
        host = written
    bracketed = f"[{host}]" if ":" in host else host
    return host, bracketed if parts.port is None else f"{bracketed}:{parts.port}"


def _written_out(host: str) -> str:
    """A host without a trailing dot; a short IPv4 address with all four numbers."""
    host = host.removesuffix(".")
    if not re.fullmatch(r"\d+(?:\.\d+){0,3}", host):
        return host
    if host.count(".") in (1, 2) and not host.startswith("127."):
        numbers = host.count(".") + 1
        raise AddressError("an IPv4 address of four numbers", f"one of {numbers}", LIKE_THIS)
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except OSError:
        return host


def _path(path: str, notes: list[str]) -> str:
    """The API's base path, without a trailing slash."""
    path = re.sub(r"/{2,}", "/", path).rstrip("/")
    operation = next((one for one in _OPERATIONS if path.endswith(one)), "")
    if operation:
        path = path.removesuffix(operation)
        notes.append(f"{operation} was taken off: the base URL ends before it.")
    while path.endswith("/v1/v1"):
        path = path.removesuffix("/v1")
        notes.append("/v1 was there twice; once is enough.")
    if not path and not operation:
        notes.append("/v1 was added: OpenAI-compatible servers answer under it.")
        return "/v1"
    return path


# No host name ends in a number, so 127.1 is always an address.
_SHORT = re.compile(r"127(\.\d{1,3}){1,2}")


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine."""
    host = host.removesuffix(".")
    if host == "localhost" or host.endswith(".localhost") or _SHORT.fullmatch(host):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_near(host: str) -> bool:
    """Whether a host is this machine or a private network, where plain http is usual."""
    if is_loopback(host) or "." not in host or host.endswith((".local", ".internal", ".lan")):
        return True
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return False


def _is_ip6(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).version == 6
    except ValueError:
        return False


def shown(typed: str) -> str:
    """Typed text as a message may quote it: no password, no query, at most 80 characters."""
    scheme = re.match(r"(?:[A-Za-z][\w+.-]*://)?", typed)
    before, at, after = typed[scheme.end() if scheme else 0 :].rpartition("@")
    # After a question mark, the @ belongs to a query, or to a password that was not escaped.
    kept = "…" if at and re.search("[?#]", before) else re.split("[?#]", after)[0]
    # A host may be long and odd, but has dots; a word that looks like a key is not quoted.
    kept = " ".join("…" if is_key_for_model(word) else word for word in kept.split(" "))
    return f"{scheme[0] if scheme else ''}{without_keys(kept)}"[:80]
