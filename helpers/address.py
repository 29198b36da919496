"""An address as a person types it: read in any usual spelling, and quoted without secrets."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote, urlsplit

from .secrets.shapes import is_key_for_model, is_token, looks_like_key

LIKE_THIS = "Type it like http://localhost:1337/v1."
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(/*)")
_COLON_FORGOTTEN = re.compile(r"(https?)//", re.IGNORECASE)
_OPERATIONS = ("/chat/completions", "/completions", "/models", "/embeddings", "/responses")


class CallError(ValueError):
    """What a person asked for cannot be done: what was expected, what came, what to do."""

    headline = "This cannot be asked"

    def __init__(self, expected: str, came: str, do: str) -> None:
        super().__init__(f"Expected {expected}; came {came}. {do}")
        self.expected, self.came, self.do = expected, came, do

    def _render_traceback_(self) -> list[str]:
        """What IPython shows: the sentences, since the frames tell a reader nothing."""
        return [f"{self.headline}. {self}"]


class AddressError(CallError):
    """What was typed cannot become an address."""

    headline = "This is no address"


@dataclass(frozen=True)
class Address:
    """An address as a person typed it, taken apart.

    host, authority:  without and with the port
    userinfo:         "user:password", decoded; "" when there is none
    notes:            what was read into it, in sentences
    """

    scheme: str
    host: str
    authority: str
    path: str
    query: str = field(repr=False)
    userinfo: str = field(repr=False)
    notes: tuple[str, ...] = ()


def read_address(typed: str) -> Address:
    """The address that was meant; raises AddressError, which says what to type instead."""
    notes: list[str] = []
    parts = _split(typed, notes)
    host, authority = _authority(parts, notes)
    path = _path(parts.path, notes)
    userinfo = unquote(parts.netloc.rpartition("@")[0])
    if userinfo:
        notes.append("User and password are sent as Basic authentication and not shown.")
    return Address(parts.scheme, host, authority, path, parts.query, userinfo, tuple(notes))


def _split(typed: str, notes: list[str]) -> SplitResult:
    """Return the address's parts, with the scheme that was typed or the likeliest one."""
    if re.match(r"(?:\$\s*)?curl(?:\.exe)?\s|\w+=https?:", typed):
        raise AddressError(
            "an address", "a command, or a line of settings",
            "Give the address in it alone. 02_connect and the doctor (python3 -m helpers doctor) "
            "read the whole of it.",
        )  # fmt: skip
    if re.search(r"\s", typed):
        raise AddressError("one address without spaces", repr(shown(typed)), LIKE_THIS)
    typed = _COLON_FORGOTTEN.sub(r"\1://", typed, count=1)
    if re.fullmatch(r":?\d{1,5}", typed):
        typed = "localhost:" + typed.lstrip(":")
    match = _SCHEME.match(typed)
    if match and (match[2].startswith("//") or match[1].lower() in ("http", "https")):
        scheme, rest = match[1].lower(), typed[match.end() :]
        if scheme not in ("http", "https"):
            raise AddressError(
                "an http or https address", f"{scheme}://",
                f"Type http://{shown(rest)} or https://{shown(rest)}.",
            )  # fmt: skip
        if match[2] != "//":
            notes.append(f"Read as {scheme}:// with two slashes.")
    else:
        rest = f"[{typed}]" if _is_ip6(typed) else typed.lstrip("/")
        scheme = "http" if is_near(urlsplit(f"//{rest}").hostname or "") else "https"
        notes.append(f"No scheme was typed: {scheme}:// is used.")
    try:
        parts = urlsplit(f"{scheme}://{rest}")
        parts.port  # noqa: B018 - the property raises on a port that cannot be one
    except ValueError:
        # Python's own words quote what stands for the port: a password, where one holds a slash.
        raise AddressError(
            "a host and a port",
            "a port that is no number up to 65535, or a stray bracket",
            f"{LIKE_THIS} In a password, / is typed as %2F, ? as %3F and # as %23.",
        ) from None
    return parts


def _authority(parts: SplitResult, notes: list[str]) -> tuple[str, str]:
    """Return the host and the host with its port, ready for an URL."""
    host = (parts.hostname or "").lower()
    # The host's own spelling: in lower case a key has lost half of its shape.
    typed = parts.netloc.rpartition("@")[2].partition(":")[0]
    if looks_like_key(typed) if "." not in host else is_token(typed):
        raise AddressError("an address", "what looks like a key, and was discarded", LIKE_THIS)
    if "@" in parts.path and "." not in host and not is_loopback(host):
        raise AddressError("a password without a slash", "an @ behind a slash", LIKE_THIS)
    if not host or not re.fullmatch(r"[\w.:%-]+", host) or ".." in host:
        raise AddressError("a host name in the address", repr(shown(host)), LIKE_THIS)
    if host in ("0.0.0.0", "::"):  # noqa: S104 - read here, never bound
        notes.append(f"{host} is where a server listens; 127.0.0.1 is where it is reached.")
        host = "127.0.0.1"
    bracketed = f"[{host}]" if ":" in host else host
    return host, bracketed if parts.port is None else f"{bracketed}:{parts.port}"


def _path(path: str, notes: list[str]) -> str:
    """Return the path below which the API lies, without a slash at its end."""
    path = re.sub(r"/{2,}", "/", path).rstrip("/")
    operation = next((one for one in _OPERATIONS if path.endswith(one)), "")
    if operation:
        path = path.removesuffix(operation)
        notes.append(f"{operation} was taken off: the base URL ends before it.")
    while path.endswith("/v1/v1"):
        path = path.removesuffix("/v1")
        notes.append("/v1 stood there twice; once is enough.")
    if not path and not operation:
        notes.append("/v1 was added: OpenAI-compatible servers answer below it.")
        return "/v1"
    return path


# No name ends in a number, so 127.1 is an address wherever it is read.
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
    """Return typed text as a message may quote it: no password, no query, at most 80 characters."""
    scheme = re.match(r"(?:[A-Za-z][\w+.-]*://)?", typed)
    before, at, after = typed[scheme.end() if scheme else 0 :].rpartition("@")
    # Behind a question mark it is a query that holds the @, or a password that was not escaped.
    kept = "…" if at and re.search("[?#]", before) else re.split("[?#]", after)[0]
    # A host may be long and odd, but has dots; what has none is quoted only if it is no key.
    kept = " ".join("…" if is_key_for_model(word) else word for word in kept.split(" "))
    return f"{scheme[0] if scheme else ''}{kept}"[:80]
