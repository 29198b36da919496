"""How bytes get to a server: directly, or through the proxy configured for it."""

from __future__ import annotations

import asyncio
import base64
import os
import re
import ssl
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from ..secrets.shapes import parted, without_userinfo
from ..wire.network import place
from ..wire.recording import Cause

TUNNEL_S = 20.0
_DIALLING = ("dns", "refused", "connect-timeout", "unreachable")
# The exceptions that an unreadable proxy address and a refusing proxy raise.
_OF_THE_PROXY = ("ClientHttpProxyError", "ClientProxyConnectionError", "ValueError", "InvalidURL")
# What aiohttp makes of an answer to CONNECT.
_ANSWERED = re.compile(r"ClientHttpProxyError: (\d+), message='([^']*)'.*")
_AS_WORDS = r"it answered \1 \2"
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class NoTunnel(OSError):
    """The proxy did not open a tunnel to the server; its message says why."""


@dataclass(frozen=True)
class Way:
    """How bytes get to a server: to one of its addresses, or through a proxy.

    host:   the server's name, which its certificate must be for
    proxy:  the proxy's address with its password, "" for none
    """

    host: str
    port: int
    address: str = ""
    proxy: str = ""


def proxy_for(url: str) -> str:
    """The proxy the environment names for a URL, with its password; "" for none."""
    parts = urlsplit(url)
    proxies = getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all") or ""
    host = parts.hostname or ""
    # NO_PROXY may name a port, too, and httpx heeds it.
    if not proxy or proxy_bypass(host) or proxy_bypass(f"{host}:{parts.port}"):
        return ""
    return proxy if "://" in proxy else f"http://{proxy}"


def proxy_variable(url: str) -> str:
    """The name of the variable that `proxy_for` read, in the environment's spelling."""
    scheme = urlsplit(url).scheme
    names = (f"{scheme}_proxy", f"{scheme.upper()}_PROXY", "all_proxy", "ALL_PROXY")
    return next((name for name in names if os.environ.get(name)), "the system's settings")


def blamed(url: str, cause: Cause, detail: str) -> tuple[Cause, str]:
    """Why a connection could not be made: blamed on the proxy if one is named for the URL.

    With a proxy, only the proxy's own name is looked up and only the proxy is connected to.
    """
    proxy = proxy_for(url)
    # aiohttp talks to a SOCKS proxy as if it spoke HTTP, which ends in anything.
    dialled = (
        cause in _DIALLING or detail.startswith(_OF_THE_PROXY) or proxy.lower().startswith("socks")
    )
    if not proxy or not dialled:
        return cause, detail
    return "proxy", f"{passed_by(url)}, and {_ANSWERED.sub(_AS_WORDS, detail)}"


def passed_by(url: str) -> str:
    """Which variable names which proxy for a URL, "" for none."""
    proxy = proxy_for(url)
    return f"{proxy_variable(url)} names {without_userinfo(proxy)}" if proxy else ""


async def through_proxy(way: Way, context: ssl.SSLContext | None) -> asyncio.StreamWriter:
    """A connection to a server through a proxy, on which nothing has been sent yet.

    context:  for a server that speaks TLS; for any other, the proxy forwards requests itself, since
              most proxies refuse to tunnel to it
    raises:   OSError, including NoTunnel and TimeoutError
    """
    async with asyncio.timeout(TUNNEL_S):
        _, writer = await to_proxy(way, tunnel=context is not None)
        if context:
            await writer.start_tls(context, server_hostname=way.host)
    return writer


async def to_proxy(way: Way, *, tunnel: bool) -> Streams:
    """A connection to the proxy, tunnelled through to the server if `tunnel` is set.

    raises:  OSError, including NoTunnel
    """
    try:
        parts = urlsplit(way.proxy)
    except ValueError:
        raise NoTunnel("its address cannot be read") from None
    if parts.scheme not in ("http", "https"):
        raise NoTunnel(f"a {parts.scheme} proxy, which this kit cannot use")
    context = ssl.create_default_context() if parts.scheme == "https" else None
    try:
        port = parts.port or (443 if context else 80)
    except ValueError:
        raise NoTunnel("its port is not a number up to 65535") from None
    reader, writer = await asyncio.open_connection(parts.hostname or "", port, ssl=context)
    if tunnel:
        try:
            await _open_way(way, reader, writer)
        except BaseException:
            writer.transport.abort()
            raise
    return reader, writer


async def _open_way(way: Way, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Ask a proxy to open a tunnel to the server; raises NoTunnel if it does not."""
    target = place(way.host, way.port)
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}", *proxy_key(way.proxy), "", ""]
    writer.write("\r\n".join(lines).encode())
    try:
        status_line = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n", 1)[0]
    except asyncio.IncompleteReadError as short:
        status_line = short.partial or b"nothing"
    except asyncio.LimitOverrunError:
        status_line = b"a head without an end"
    if b" 200" not in status_line[:13]:
        raise NoTunnel(f"the proxy answered {status_line[:120].decode('latin-1')}")


def proxy_key(proxy: str) -> list[str]:
    """The header line with the proxy's password, [] if its address has none."""
    userinfo = unquote(parted(proxy)[1])
    if not userinfo:
        return []
    return [f"Proxy-Authorization: Basic {base64.b64encode(userinfo.encode()).decode()}"]
