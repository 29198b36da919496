"""Modes of the address: redirects, another path, another protocol on the port."""

from __future__ import annotations

import json
from typing import Any

from ..http1 import (
    Body,
    HangupError,
    Headers,
    Reply,
    Request,
    ResetError,
    header,
    once,
    whole,
)
from ..replies import json_reply, page_reply, text_reply
from ..upstream import Ask
from .registry import chat_mode, mode

MOVED = "?moved"


def _redirects(status: int, host: str = "") -> Any:
    """Return what sends a chat to the same place once more, or there by another host name."""

    async def redirect(request: Request, ask: Ask) -> Reply:
        if request.target.endswith(MOVED):
            request.target = request.target.removesuffix(MOVED)
            return await ask(request)
        port = header(request.headers, "host").rpartition(":")[2]
        place = f"http://{host}:{port}" if host else ""
        return _moved(status, f"{place}{request.route}{request.target}{MOVED}")

    return redirect


def _moved(status: int, location: str) -> Reply:
    return text_reply(status, "", "text/plain", (("Location", location),))


for _status in (301, 302, 307, 308):
    _keeps = "which keeps the POST" if _status > 302 else "which turns a POST into a GET"
    chat_mode(
        f"redirect-{_status}", f"Redirects a chat with {_status}, {_keeps}.",
        group="places", word="", trouble="redirected",
    )(_redirects(_status))  # fmt: skip
chat_mode(
    "redirect-host", "Redirects a chat with 307 to the same server by another name.",
    group="places", word="", trouble="redirected",
)(_redirects(307, "localhost"))  # fmt: skip


@chat_mode("redirect-loop", "Redirects a chat to itself, for ever.", word="", trouble="redirected")
async def _redirect_loop(request: Request, ask: Ask) -> Reply:
    return _moved(307, f"{request.route}{request.target}")


@mode("no-v1", "Answers without /v1 in its path, and with 404 below it.", legal=True, prefix="")
async def _no_v1(request: Request, ask: Ask) -> Reply:
    if request.path.startswith("/v1"):
        return page_reply(404, "Not Found", "The requested URL was not found on the server.")
    return await ask(request)


@mode("no-models", "Has no list of models: 404.", legal=True)
async def _no_models(request: Request, ask: Ask) -> Reply:
    if request.lists_models:
        return json_reply(404, {"detail": "Not Found"})
    return await ask(request)


@mode("models-undated", "Lists its models without the time they were made.", legal=True)
async def _models_undated(request: Request, ask: Ask) -> Reply:
    reply = await ask(request)
    if not request.lists_models or reply.status != 200:
        return reply
    listed = json.loads(await whole(reply.body))["data"]
    data = [{"id": m["id"], "object": "model", "owned_by": "organization_owner"} for m in listed]
    return json_reply(200, {"object": "list", "data": data})


@mode("paths-200", "Answers paths it does not know with 200 and an error.", legal=True)
async def _paths_200(request: Request, ask: Ask) -> Reply:
    reply = await ask(request)
    if reply.status != 404:
        return reply
    error = f"Unexpected endpoint or method. ({request.method} {request.path})"
    return json_reply(200, {"error": error})


@chat_mode(
    "https-wanted",
    "Answers as a server of HTTPS does that is asked in plain HTTP.",
    word="",
    trouble="refused-request",
)
async def _https_wanted(request: Request, ask: Ask) -> Reply:
    text = "The plain HTTP request was sent to HTTPS port"
    return page_reply(400, "400 Bad Request", text)


@mode(
    "self-signed",
    "Speaks HTTPS with a certificate that nobody signed.",
    word="",
    trouble="tls",
    secure=True,
)
async def _self_signed(request: Request, ask: Ask) -> Reply:
    return await ask(request)


def _bare(data: bytes, end: type[HangupError] = HangupError) -> Reply:
    """Return a reply of nothing but these bytes, then the end of the connection."""

    async def message(_: Body) -> Body:
        if data:
            yield data
        raise end("as asked")

    return Reply(200, (), once(b""), wire=message)


@chat_mode(
    "not-http", "Answers in another protocol, as a server of SSH does.", word="", trouble="protocol"
)
async def _not_http(request: Request, ask: Ask) -> Reply:
    return _bare(b"SSH-2.0-OpenSSH_9.9\r\n")


@chat_mode("tls-bytes", "Answers in TLS to a request in plain HTTP.", word="", trouble="protocol")
async def _tls_bytes(request: Request, ask: Ask) -> Reply:
    return _bare(b"\x15\x03\x01\x00\x02\x02\x0a")


@chat_mode("hangs-up", "Closes the connection in place of an answer.", word="", trouble="reset")
async def _hangs_up(request: Request, ask: Ask) -> Reply:
    return _bare(b"")


@chat_mode("resets", "Resets the connection in place of an answer (RST).", word="", trouble="reset")
async def _resets(request: Request, ask: Ask) -> Reply:
    return _bare(b"", ResetError)


@chat_mode("half-headers", "Closes the connection inside its headers.", word="", trouble="reset")
async def _half_headers(request: Request, ask: Ask) -> Reply:
    return _bare(b"HTTP/1.1 200 OK\r\nContent-Type: text/ev")


def _with_headers(reply: Reply, headers: Headers) -> Reply:
    reply.headers += headers
    return reply


@chat_mode("behind-proxies", "Adds the headers of a proxy and a CDN on its way.", legal=True)
async def _behind_proxies(request: Request, ask: Ask) -> Reply:
    return _with_headers(
        await ask(request), (("Via", "1.1 varnish"), ("Server", "nginx"), ("X-Cache", "MISS"))
    )
