"""Below HTTP: names, ports, handshakes and the first bytes of an answer, over a bare socket.

No endpoint's key is ever sent from here, nor any header that a person set.
"""

from __future__ import annotations

import asyncio
import errno
import importlib.util
import ipaddress
import os
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

from ..wire.network import ConnectAttempt, DialCause, Greeting, Handshake, Lookup, Store, place
from .proxies import Streams, Way, proxy_key, to_proxy

LOOK_UP_S = 5.0
CONNECT_S = 3.0
ANSWER_S = 3.0
HANDSHAKE_S = 5.0
ENOUGH = 16_384

# HTTP/2's connection preface and an empty SETTINGS frame (RFC 9113, 3.4).
_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])


async def look_up(host: str) -> Lookup:
    """The distinct addresses of a name, in the order in which they would be tried."""
    began = perf_counter()
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(LOOK_UP_S):
            found = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except TimeoutError:
        return Lookup(host, (), perf_counter() - began, f"no answer within {LOOK_UP_S:g} s")
    except (OSError, UnicodeError) as error:
        return Lookup(host, (), perf_counter() - began, str(error))
    addresses = dict.fromkeys(_address(entry[4]) for entry in found)
    return Lookup(host, tuple(addresses), perf_counter() - began)


def _address(found: tuple[Any, ...]) -> str:
    """An address from getaddrinfo, with its network interface if it is scoped to one."""
    address, *more = found
    interface = more[2] if len(more) > 2 else 0
    if not interface:
        return str(address)
    # Resolvers accept an interface's name only for link-local addresses, which need one.
    named = ipaddress.ip_address(address).is_link_local
    return f"{address}%{socket.if_indextoname(interface) if named else interface}"


async def try_connect(address: str, port: int, *, limit_s: float = CONNECT_S) -> ConnectAttempt:
    """The outcome of opening a connection to an address and closing it at once."""
    began = perf_counter()
    try:
        async with asyncio.timeout(limit_s):
            _, writer = await asyncio.open_connection(address, port)
    except (OSError, TimeoutError) as error:
        return ConnectAttempt(address, port, perf_counter() - began, _cause(error), _words(error))
    took_s = perf_counter() - began
    writer.transport.abort()
    return ConnectAttempt(address, port, took_s)


def stores() -> list[tuple[Store, str]]:
    """The certificate stores on this machine and their paths, "" for one that is missing."""
    paths = ssl.get_default_verify_paths()
    own = paths.openssl_cafile if Path(paths.openssl_cafile).is_file() else ""
    own = own or (paths.openssl_capath if Path(paths.openssl_capath).is_dir() else "")
    spec = importlib.util.find_spec("certifi")
    bundle = Path(spec.origin).with_name("cacert.pem") if spec and spec.origin else None
    found: list[tuple[Store, str]] = [
        ("operating system", own),
        ("certifi", str(bundle) if bundle and bundle.is_file() else ""),
    ]
    names: tuple[Store, ...] = ("SSL_CERT_FILE", "SSL_CERT_DIR")
    return found + [(name, os.environ[name]) for name in names if os.environ.get(name)]


def trusting(file: str) -> ssl.SSLContext:
    """A context that trusts one store and nothing else; the system's default for "".

    raises:  OSError if the file does not exist, ssl.SSLError if it holds no certificates
    """
    if not file:
        return ssl.create_default_context()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    where = {"capath": file} if Path(file).is_dir() else {"cafile": file}
    context.load_verify_locations(**where)
    return context


async def tls_handshake(way: Way, store: Store, file: str) -> Handshake:
    """The outcome of a TLS handshake that trusts only the certificates in one store."""
    began = perf_counter()
    try:
        # The default context would fall back to SSL_CERT_FILE if the system has no store.
        context = trusting(file) if file else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.set_alpn_protocols(["h2", "http/1.1"])
    except (OSError, ssl.SSLError) as error:
        return Handshake(store, file, 0.0, "tls", f"the store cannot be read: {_words(error)}")
    try:
        async with _opened(way, context) as (_, writer):
            chosen = writer.get_extra_info("ssl_object").selected_alpn_protocol()
            return Handshake(store, file, perf_counter() - began, alpn=chosen or "")
    except ssl.SSLCertVerificationError as error:
        took_s, words = perf_counter() - began, error.verify_message
        return Handshake(store, file, took_s, "tls", words, error.verify_code)
    except (OSError, TimeoutError) as error:
        return Handshake(store, file, perf_counter() - began, _cause(error), _words(error))


async def shown_certificate(way: Way, *, limit_s: float = HANDSHAKE_S) -> bytes:
    """The server's certificate as DER, trusted or not; b"" if none was received.

    Nothing but the handshake is sent over the connection, which is closed at once.
    """
    reading = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    reading.check_hostname, reading.verify_mode = False, ssl.CERT_NONE
    try:
        async with asyncio.timeout(limit_s), _opened(way, reading) as (_, writer):
            return writer.get_extra_info("ssl_object").getpeercert(binary_form=True) or b""
    except (OSError, TimeoutError):
        return b""


async def read_greeting(way: Way, path: str, *, context: ssl.SSLContext | None = None) -> Greeting:
    """The answer to a GET without any header that a person set.

    context:  for a server that speaks TLS
    """
    began = perf_counter()
    if context:
        context.set_alpn_protocols(["http/1.1"])
    through = bool(way.proxy) and context is None
    target = f"http://{place(way.host, way.port)}{path}" if through else path
    host = way.host if way.port in (80, 443) else place(way.host, way.port)
    lines = [f"GET {target} HTTP/1.1", f"Host: {host}", "Accept: */*", "Connection: close"]
    if through:
        lines += proxy_key(way.proxy)
    data = b""
    try:
        async with _opened(way, context, tunnel=not through) as (reader, writer):
            writer.write("\r\n".join([*lines, "", ""]).encode())
            async with asyncio.timeout(ANSWER_S):
                while len(data) < ENOUGH and (more := await reader.read(ENOUGH)):
                    data += more
                    # Not every server honours "Connection: close".
                    if Greeting(data, 0.0).whole:
                        break
    except (OSError, TimeoutError) as error:
        if not data:
            return Greeting(b"", perf_counter() - began, _cause(error), _words(error))
    took_s = perf_counter() - began
    ended = "the connection was closed without a word"
    return Greeting(data, took_s) if data else Greeting(b"", took_s, "reset", ended)


async def tunnel(way: Way) -> str:
    """Why the proxy opens no tunnel to the server, "" if it does."""
    try:
        async with _opened(way, None):
            return ""
    except (OSError, TimeoutError) as error:
        return _words(error)


async def speaks_http2(way: Way, context: ssl.SSLContext | None) -> bool:
    """Whether a server answers HTTP/2's preface, sent without negotiating a version first."""
    if context:
        context.set_alpn_protocols(["h2"])
    try:
        async with _opened(way, context) as (reader, writer):
            writer.write(_PREFACE)
            async with asyncio.timeout(ANSWER_S):
                return Greeting(await reader.readexactly(9), 0.0).http2
    except (OSError, TimeoutError, asyncio.IncompleteReadError):
        return False


@asynccontextmanager
async def _opened(
    way: Way, context: ssl.SSLContext | None, *, tunnel: bool = True
) -> AsyncIterator[Streams]:
    """A connection by the given way, aborted at the end rather than closed gracefully.

    raises:  OSError, ssl.SSLError, TimeoutError
    """
    async with asyncio.timeout(CONNECT_S):
        if way.proxy:
            reader, writer = await to_proxy(way, tunnel=tunnel)
        else:
            reader, writer = await asyncio.open_connection(way.address or way.host, way.port)
    try:
        if context:
            async with asyncio.timeout(HANDSHAKE_S):
                await writer.start_tls(context, server_hostname=way.host)
        yield reader, writer
    finally:
        writer.transport.abort()


def _cause(error: BaseException) -> DialCause:
    if isinstance(error, TimeoutError):
        return "connect-timeout"
    if isinstance(error, socket.gaierror):
        return "dns"
    if isinstance(error, ssl.SSLError):
        return "tls"
    if isinstance(error, ConnectionRefusedError):
        return "refused"
    if isinstance(error, ConnectionError):
        return "reset"
    number = error.errno if isinstance(error, OSError) else None
    if number in (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL):
        return "unreachable"
    return "other"


def _words(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "silence"
    return " ".join(f"{error}".split()) or type(error).__name__
