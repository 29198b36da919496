"""A request's head as it is passed on: what concerns one hop is changed, and listed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ..http1 import BadMessageError, Headers, header
from ..origins import foreign_origin
from .messages import Head, check_lines

# They ask the next hop for an upgrade, or speak to a proxy; this hop offers neither.
_TAKEN_OUT = frozenset({
    b"upgrade", b"http2-settings", b"proxy-connection", b"proxy-authorization",
})  # fmt: skip
_KEPT_TOKENS = (b"close", b"keep-alive", b"te")


class NotPassedOnError(Exception):
    """A request that is not passed on; the text says why."""

    def __init__(self, status: int, message: str, headers: Headers = ()) -> None:
        super().__init__(message)
        self.status, self.headers = status, headers


@dataclass(frozen=True)
class Rewritten:
    """A request's head, as it came and as it is passed on.

    headers:  as they came
    raw:      the bytes that are passed on
    changes:  what was changed, in words
    """

    method: str
    target: str
    version: str
    headers: Headers
    raw: bytes
    changes: tuple[str, ...]


def rewritten(
    head: Head,
    authority: str,
    origins: Collection[str] = (),
    *,
    proxy: Sequence[bytes] | None = None,
) -> Rewritten:
    """The head as it is passed on to the server at this authority; spelling and order are kept.

    proxy:   the header lines for a proxy that forwards the request itself; None if none does
    raises:  BadMessageError for what is not a request; NotPassedOnError for a foreign page's,
             for one that names its server, as if to a proxy, and for an upgrade to a WebSocket
    """
    method, target, version = _request_line(head)
    check_lines(head)
    headers = head.headers
    _admit(headers, target, origins)
    changes: list[str] = []
    lines = [head.lines[0], *_lines(head.lines[1:], authority, changes)]
    if proxy is not None:
        # RFC 9112, 3.2.2: a proxy needs the whole address.
        whole = f"http://{authority}{target if target != '*' else ''}"
        lines[0] = f"{method} {whole} {version}".encode("latin-1")
        lines += proxy
        changes.append(f"the path became http://{authority}…, for the proxy")
    if not header(headers, "host"):
        lines.insert(1, b"Host: " + authority.encode("latin-1"))
    raw = b"\r\n".join(lines) + b"\r\n\r\n"
    return Rewritten(method, target, version, headers, raw, tuple(changes))


def _admit(headers: Headers, target: str, origins: Collection[str]) -> None:
    """Refuse what a program on this machine may not ask here.

    raises:  NotPassedOnError, with what to do instead
    """
    if origin := foreign_origin(headers, allowed=origins):
        raise NotPassedOnError(
            403, f"Expected a program on this machine; got {origin[:80]}. A program in the "
            "browser is let in with --allow-origin.",
        )  # fmt: skip
    if not target.startswith("/") and target != "*":
        raise NotPassedOnError(
            400, "This is a base URL, not a proxy: its server is fixed. Put the address into your "
            "program's base URL.",
        )  # fmt: skip
    if _upgrades(headers) & {"websocket"}:
        raise NotPassedOnError(
            426,
            "No WebSocket passes here: ask with a plain request.",
            (("Upgrade", "HTTP/1.1"),),
        )


def _upgrades(headers: Headers) -> set[str]:
    """The protocols that a request asks to upgrade to, without their versions."""
    named = header(headers, "upgrade").lower().split(",")
    return {name.partition("/")[0].strip() for name in named}


def _request_line(head: Head) -> tuple[str, str, str]:
    parts = head.first.split(" ")
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
        raise BadMessageError(f"Expected a request line of HTTP/1.1; got {head.first[:80]!r}.")
    return parts[0], parts[1], parts[2]


def _lines(lines: tuple[bytes, ...], authority: str, changes: list[str]) -> list[bytes]:
    """The header lines that are passed on; what happens to the others is added to `changes`."""
    out = []
    tokens = _connection_tokens(lines)
    kept = b", ".join(token for token in tokens if token in _KEPT_TOKENS)
    taken_out = {*_TAKEN_OUT, *(token for token in tokens if token not in _KEPT_TOKENS)}
    taken_out -= {b"", b"content-length", b"transfer-encoding", b"host"}
    for line in lines:
        spelled, _, value = (part.strip() for part in line.partition(b":"))
        name = spelled.lower()
        if name == b"host":
            changes.append(f"Host: {value.decode('latin-1')} became {authority}")
            out.append(spelled + b": " + authority.encode("latin-1"))
        elif name in taken_out:
            changes.append(f"{name.decode('latin-1')} was taken out")
        elif name == b"connection":
            if kept != value.lower():
                changes.append(f"Connection became {kept.decode('latin-1') or 'none'}")
            out += [spelled + b": " + kept] if kept else []
        else:
            out.append(line)
    return out


def _connection_tokens(lines: tuple[bytes, ...]) -> list[bytes]:
    """What the Connection headers name: options, and headers meant for this hop alone."""
    named = (line.partition(b":")[2].split(b",") for line in lines if _name(line) == b"connection")
    return [token.strip().lower() for tokens in named for token in tokens]


def _name(line: bytes) -> bytes:
    return line.partition(b":")[0].strip().lower()
