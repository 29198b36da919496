"""What the network below HTTP showed, as facts; `diagnose.reaching` says what they mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

# As Recording's causes, and what only a bare socket tells apart.
DialCause = Literal["", "dns", "refused", "connect-timeout", "unreachable", "reset", "tls", "other"]
Family = Literal["IPv4", "IPv6"]
Store = Literal["operating system", "certifi", "SSL_CERT_FILE", "SSL_CERT_DIR"]


@dataclass(frozen=True)
class Lookup:
    """The addresses of a host's name.

    detail:  the resolver's words, where there are none
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
        """Whether somebody listens there."""
        return not self.cause

    @property
    def family(self) -> Family:
        """Which of the two kinds of address it is."""
        return "IPv6" if ":" in self.address else "IPv4"

    @property
    def place(self) -> str:
        """The address with its port, as it stands in an URL."""
        return place(self.address, self.port)


def place(host: str, port: int | None = None) -> str:
    """A host and a port as they stand in an URL."""
    bracketed = f"[{host}]" if ":" in host else host
    return bracketed if port is None else f"{bracketed}:{port}"


@dataclass(frozen=True)
class Certificate:
    """What a server's certificate says of itself.

    names:      the hosts and addresses that it is for
    ends:       the day it expires, "2026-11-26"
    expired:    whether that day has passed
    own_issuer: whether it has signed itself
    """

    issuer: str
    names: tuple[str, ...]
    ends: str
    expired: bool
    own_issuer: bool


@dataclass(frozen=True)
class Handshake:
    """One attempt at TLS, trusting what one store of authorities holds.

    file:    where the store lies
    code:    OpenSSL's number for why a certificate was not trusted, 0 for another trouble or none
    alpn:    the protocol that the server chose, "" for none
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
    def speaks_tls(self) -> bool:
        """Whether a certificate came at all, trusted or not."""
        return self.trusted or self.code > 0


@dataclass(frozen=True)
class Greeting:
    """What a port says to one plain GET, as its first bytes tell.

    data:   the beginning of what came, status line and headers included
    cause:  why nothing came, "" where something did
    """

    data: bytes
    took_s: float
    cause: DialCause = ""
    detail: str = ""

    @property
    def speaks(self) -> str:
        """The protocol that the first bytes are of, "" where nothing known came."""
        if self.data.startswith(b"HTTP/"):
            return "HTTP"
        # MySQL's greeting: its length, a packet's number, the protocol's version, its own.
        if self.data[3:5] == b"\x00\n" and b"\x00" in self.data[5:]:
            return "MySQL"
        return next((name for begin, name in _BEGINNINGS if self.data.startswith(begin)), "")

    @property
    def http2(self) -> bool:
        """Whether it is HTTP/2: a frame of SETTINGS or GOAWAY begins what it says unasked."""
        return len(self.data) >= 9 and self.data[:1] == b"\x00" and self.data[3] in (4, 7)

    @property
    def status(self) -> int | None:
        """The status, None for what is no HTTP."""
        words = self.data.split(b"\r\n", 1)[0].split(b" ", 2)
        return int(words[1]) if self.speaks == "HTTP" and words[1:] and words[1].isdigit() else None

    @property
    def whole(self) -> bool:
        """Whether all of the body has come that its length announces."""
        _, end, body = self.data.partition(b"\r\n\r\n")
        length = self.header("content-length")
        return bool(end) and length.isdecimal() and len(body) >= int(length[:9])

    @property
    def version(self) -> str:
        """The protocol's version as the status line has it."""
        return self.data[:8].decode("latin-1") if self.speaks == "HTTP" else ""

    def header(self, name: str) -> str:
        """A header's value, "" where it is absent."""
        head = self.data.split(b"\r\n\r\n", 1)[0].decode("latin-1").split("\r\n")[1:]
        pairs: Sequence[tuple[str, str, str]] = [line.partition(":") for line in head]
        return ", ".join(value.strip() for key, _, value in pairs if key.lower() == name.lower())

    @property
    def body(self) -> str:
        """The beginning of the body as text."""
        return self.data.partition(b"\r\n\r\n")[2].decode("utf-8", "replace")


_BEGINNINGS = (
    (b"SSH-", "SSH"), (b"\x15\x03", "TLS"), (b"220", "a mail or file server"), (b"-ERR", "Redis"),
    (b"RFB ", "VNC"), (b"+OK", "a mail server"), (b"* OK", "a mail server"),
    (b"E\x00\x00\x00", "PostgreSQL"), (b"It looks like you are trying to access M", "MongoDB"),
    (b"RTSP/", "RTSP, for cameras"), (b"ICY ", "an audio stream"), (b"AMQP", "RabbitMQ"),
    (b"ERROR\r\n", "memcached"), (b"<", "a page without a head (HTTP/0.9)"),
)  # fmt: skip
