"""Modes of the address: redirects, missing paths and lists of models."""

from __future__ import annotations

import json

from ...http1 import Reply, Request, header, whole
from ...replies import json_reply, page_reply, text_reply
from ...upstream import Ask
from ..registry import Change, chat_mode, mode

MOVED = "?moved"


def _redirects(status: int, host: str = "") -> Change:
    """A change that redirects a chat once: to the same place, or to it under another host name."""

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


for _status in (301, 302):
    chat_mode(
        f"redirect-{_status}", f"Redirects a chat with {_status}, which turns a POST into a GET.",
        expects="redirected",
    )(_redirects(_status))  # fmt: skip
for _status in (307, 308):
    chat_mode(
        f"redirect-{_status}", f"Redirects a chat with {_status}, which keeps the POST.",
        legal=True, also=("redirected",),
    )(_redirects(_status))  # fmt: skip
chat_mode(
    "redirect-host",
    "Redirects a chat with 307 to the same server under another name.",
    expects="redirected",
)(_redirects(307, "localhost"))


@chat_mode("redirect-loop", "Redirects a chat to itself, forever.", expects="redirected")
async def _redirect_loop(request: Request, ask: Ask) -> Reply:
    return _moved(307, f"{request.route}{request.target}")


@mode("no-v1", "Serves its API without /v1 in the path; /v1 is a 404.", legal=True, prefix="")
async def _no_v1(request: Request, ask: Ask) -> Reply:
    if request.path.startswith("/v1"):
        return page_reply(404, "Not Found", "The requested URL was not found on the server.")
    return await ask(request)


@mode("no-models", "Has no list of models: 404.", legal=True)
async def _no_models(request: Request, ask: Ask) -> Reply:
    if request.lists_models:
        return json_reply(404, {"detail": "Not Found"})
    return await ask(request)


@mode("models-undated", "Lists its models without their creation times.", legal=True)
async def _models_undated(request: Request, ask: Ask) -> Reply:
    reply = await ask(request)
    if not request.lists_models or reply.status != 200:
        return reply
    listed = json.loads(await whole(reply.body))["data"]
    data = [{"id": m["id"], "object": "model", "owned_by": "organization_owner"} for m in listed]
    return json_reply(200, {"object": "list", "data": data})


@mode("paths-200", "Answers unknown paths with status 200 and an error.", legal=True)
async def _paths_200(request: Request, ask: Ask) -> Reply:
    reply = await ask(request)
    if reply.status != 404:
        return reply
    error = f"Unexpected endpoint or method. ({request.method} {request.path})"
    return json_reply(200, {"error": error})


@chat_mode("no-path", "Answers chats 404, in words of their own.", expects="not-found")
async def _no_path(request: Request, ask: Ask) -> Reply:
    return json_reply(404, {"detail": "Not Found"})
