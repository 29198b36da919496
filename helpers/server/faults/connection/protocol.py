"""Modes of the protocol: TLS, other protocols, and connections that end before an answer."""

from __future__ import annotations

from ...http1 import Body, HangupError, Reply, Request, ResetError, once
from ...replies import page_reply
from ...upstream import Ask
from ..registry import chat_mode, mode


@chat_mode(
    "https-wanted",
    "Replies like an HTTPS server that received plain HTTP.",
    expects="refused-request",
)
async def _https_wanted(request: Request, ask: Ask) -> Reply:
    text = "The plain HTTP request was sent to HTTPS port"
    return page_reply(400, "400 Bad Request", text)


@mode("self-signed", "Speaks HTTPS with a self-signed certificate.", expects="tls", secure=True)
async def _self_signed(request: Request, ask: Ask) -> Reply:
    return await ask(request)


def _bare(data: bytes, end: type[HangupError] = HangupError) -> Reply:
    """A reply of these bytes only, after which the connection ends."""

    async def message(_: Body) -> Body:
        if data:
            yield data
        raise end("as requested")

    return Reply(200, (), once(b""), wire=message)


@chat_mode("not-http", "Answers in another protocol, like an SSH server.", expects="protocol")
async def _not_http(request: Request, ask: Ask) -> Reply:
    return _bare(b"SSH-2.0-OpenSSH_9.9\r\n")


@chat_mode("tls-bytes", "Answers plain HTTP with the bytes of a TLS alert.", expects="protocol")
async def _tls_bytes(request: Request, ask: Ask) -> Reply:
    return _bare(b"\x15\x03\x01\x00\x02\x02\x0a")


@chat_mode("http-2", "Answers in a frame of HTTP/2, like a gRPC server.", expects="protocol")
async def _http_2(request: Request, ask: Ask) -> Reply:
    return _bare(b"\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x64")


@chat_mode("no-head", "Sends its body without status line and headers.", expects="protocol")
async def _no_head(request: Request, ask: Ask) -> Reply:
    return _bare(b'{"object": "chat.completion", "choices": []}')


@chat_mode("interim-only", "Promises an answer (100 Continue) and hangs up.", expects="reset")
async def _interim_only(request: Request, ask: Ask) -> Reply:
    return _bare(b"HTTP/1.1 100 Continue\r\n\r\n" * 3)


@chat_mode("hangs-up", "Closes the connection without answering.", expects="reset")
async def _hangs_up(request: Request, ask: Ask) -> Reply:
    return _bare(b"")


@chat_mode("resets", "Resets the connection without answering (RST).", expects="reset")
async def _resets(request: Request, ask: Ask) -> Reply:
    return _bare(b"", ResetError)


@chat_mode("half-headers", "Closes the connection in the middle of its headers.", expects="reset")
async def _half_headers(request: Request, ask: Ask) -> Reply:
    return _bare(b"HTTP/1.1 200 OK\r\nContent-Type: text/ev")
