"""Facts about the network below HTTP; `diagnose.layers.reaching` says what they mean."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

# Recording's causes, plus those that only a bare socket can tell apart.
DialCause = Literal["", "dns", "refused", "connect-timeout", "unreachable", "reset", "tls", "other"]
Family = Literal["IPv4", "IPv6"]
Store = Literal["operating system", "certifi", "SSL_CERT_FILE", "SSL_CERT_DIR"]


@dataclass(frozen=True)
class Lookup:
    """The addresses of a host name.

    detail:  the resolver's message if there are none
    """

    host: str
    addresses: tuple[str, ...]
    took_s: float
    detail: str = ""


@dataclass(frozen=True)
class ConnectAttempt:
    """One attempt to open a connection to one address."""

    address: str
    port: int
    took_s: float
    cause: DialCause = ""
    detail: str = ""

    @property
    def accepted(self) -> bool:
        """Whether something listens there."""
        return not self.cause

    @property
    def family(self) -> Family:
        """Which IP version the address is of."""
        return "IPv6" if ":" in self.address else "IPv4"

    @property
    def place(self) -> str:
        """The address and port in a URL's notation."""
        return place(self.address, self.port)


def place(host: str, port: int | None = None) -> str:
    """A host and a port in a URL's notation."""
    bracketed = f"[{host}]" if ":" in host else host
    return bracketed if port is None else f"{bracketed}:{port}"


@dataclass(frozen=True)
class Certificate:
    """The facts in a server's certificate.

    names:       the hosts and addresses that it is for
    ends:        the day it expires, "2026-11-26"
    expired:     whether that day has passed
    own_issuer:  whether it is self-signed
    """

    issuer: str
    names: tuple[str, ...]
    ends: str
    expired: bool
    own_issuer: bool


@dataclass(frozen=True)
class Handshake:
    """One attempt at TLS, trusting one store of certificates.

    file:  the store's path
    code:  OpenSSL's code for why the certificate was not trusted, 0 for other trouble or none
    alpn:  the protocol that the server chose, "" for none
    """

    store: Store
    file: str
    took_s: float
    cause: DialCause = ""
    detail: str = ""
    code: int = 0
    alpn: str = ""

    @property
    def trusted(self) -> bool:
        """Whether it succeeded."""
        return not self.cause

    @property
    def begun(self) -> bool:
        """Whether anything was sent: nothing is if the store cannot be read."""
        return self.took_s > 0

    @property
    def speaks_tls(self) -> bool:
        """Whether the server sent a certificate at all, trusted or not."""
        return self.trusted or self.code > 0


@dataclass(frozen=True)
class Greeting:
    """A port's reply to one plain GET, judged by its first bytes.

    data:   the beginning of the reply, status line and headers included
    cause:  why there was no reply, "" if there was one
    """

    data: bytes
    took_s: float
    cause: DialCause = ""
    detail: str = ""

    @property
    def speaks(self) -> str:
        """The protocol that the first bytes belong to, "" if it is not known."""
        if self.data and b"HTTP/".startswith(self.data[:5].upper()):
            return "HTTP"
        # MySQL's greeting: length, packet number, protocol version, server version.
        if self.data[3:5] == b"\x00\n" and b"\x00" in self.data[5:]:
            return "MySQL"
        return next((name for begin, name in _BEGINNINGS if self.data.startswith(begin)), "")

    @property
    def http2(self) -> bool:
        """Whether it is HTTP/2, whose servers begin with a SETTINGS or GOAWAY frame."""
        return len(self.data) >= 9 and self.data[:1] == b"\x00" and self.data[3] in (4, 7)

    @property
    def status(self) -> int | None:
        """The HTTP status, None if none came that can be read."""
        found = _STATUS.match(self.data)
        return int(found[1]) if found else None

    @property
    def whole(self) -> bool:
        """Whether the body has reached its Content-Length; False without one."""
        _, end, body = self.data.partition(b"\r\n\r\n")
        length = self.header("content-length")
        return bool(end) and length.isdecimal() and len(body) >= int(length[:9])

    @property
    def version(self) -> str:
        """The version from the status line: "HTTP/1.1"; "" if it is not HTTP."""
        return self.data[:8].decode("latin-1") if self.speaks == "HTTP" else ""

    def header(self, name: str) -> str:
        """A header's value, "" if it is absent."""
        head = self.data.split(b"\r\n\r\n", 1)[0].decode("latin-1").split("\r\n")[1:]
        pairs: Sequence[tuple[str, str, str]] = [line.partition(":") for line in head]
        return ", ".join(value.strip() for key, _, value in pairs if key.lower() == name.lower())

    @property
    def body(self) -> str:
        """The beginning of the body as text."""
        return self.data.partition(b"\r\n\r\n")[2].decode("utf-8", "replace")


_STATUS = re.compile(rb"HTTP/\S{1,8}[ \t]+(\d{3})\s", re.I)
_BEGINNINGS = (
    (b"SSH-", "SSH"), (b"\x15\x03", "TLS"), (b"220", "a mail or file server"), (b"-ERR", "Redis"),
    (b"RFB ", "VNC"), (b"+OK", "a mail server"), (b"* OK", "a mail server"),
    (b"E\x00\x00\x00", "PostgreSQL"), (b"It looks like you are trying to access M", "MongoDB"),
    (b"RTSP/", "RTSP, for cameras"), (b"ICY ", "an audio stream"), (b"AMQP", "RabbitMQ"),
    (b"ERROR\r\n", "memcached"), (b"<", "a page without a head (HTTP/0.9)"),
)  # fmt: skip
