"""Modes of the surfaces besides chat: the list of models, embeddings, and the wording of errors."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ...http1 import Reply, Request, whole
from ...replies import error_reply, json_reply, page_reply
from ...upstream import Ask
from ..registry import chat_mode, mode

Make = Callable[[Any], Reply | None]
Reword = Callable[[Any], Reply]


def at_path(name: str, says: str, path: str) -> Callable[[Make], Make]:
    """Register a mode that edits the JSON answered at a path, or makes another reply of it."""

    def register(make: Make) -> Make:
        async def change(request: Request, ask: Ask) -> Reply:
            reply = await ask(request)
            if request.path.removeprefix("/v1") != path or reply.status != 200:
                return reply
            found = json.loads(await whole(reply.body))
            return make(found) or json_reply(200, found)

        mode(name, says, legal=True, group="surfaces")(change)
        return make

    return register


@at_path("models-array", "Lists its models as a bare array.", "/models")
def _models_array(listed: Any) -> Reply:
    return json_reply(200, listed["data"])


@at_path("models-bare-object", "Lists its models without saying that it is a list.", "/models")
def _models_bare_object(listed: Any) -> Reply:
    return json_reply(200, {"data": listed["data"]})


@at_path("models-nameless", "Lists a model without an id.", "/models")
def _models_nameless(listed: Any) -> Reply:
    data = [{"object": "model", "name": listed["data"][0]["id"], "created": 0, "owned_by": ""}]
    return json_reply(200, {"object": "list", "data": data})


@at_path("models-page", "Answers with a page where its models should be.", "/models")
def _models_page(_: Any) -> Reply:
    return page_reply(200, "Welcome", "This is no list.")


@at_path("model-other", "Retrieves a different model from the one asked for.",
     "/models/endpointscope-tiny")  # fmt: skip
def _model_other(model: Any) -> Reply:
    return json_reply(200, model | {"id": "another-model"})


@mode("no-model-by-name", "Has no path for a single model.", legal=True)
async def _no_model_by_name(request: Request, ask: Ask) -> Reply:
    if "/models/" in request.path:
        return error_reply(404, "Not Found")
    return await ask(request)


@at_path("embeds-one", "Embeds only the first of several inputs.", "/embeddings")
def _embeds_one(found: Any) -> Reply:
    return json_reply(200, found | {"data": found["data"][:1]})


@at_path("embeds-backwards", "Numbers its vectors from the end.", "/embeddings")
def _embeds_backwards(found: Any) -> Reply:
    for place, one in enumerate(reversed(found["data"])):
        one["index"] = place
    return json_reply(200, found)


@at_path("embeds-uncounted", "Embeds without counting tokens.", "/embeddings")
def _embeds_uncounted(found: Any) -> Reply:
    return json_reply(200, {name: value for name, value in found.items() if name != "usage"})


@mode("embeds-floats-only", "Gives lists of numbers where base64 was asked for.", legal=True)
async def _embeds_floats_only(request: Request, ask: Ask) -> Reply:
    if request.path.endswith("/embeddings"):
        request.json["encoding_format"] = "float"
    return await ask(request)


@mode("embeds-no-base64", "Refuses base64 with 400.", legal=True)
async def _embeds_no_base64(request: Request, ask: Ask) -> Reply:
    if request.json.get("encoding_format") == "base64":
        return error_reply(400, "encoding_format base64 is not supported.")
    return await ask(request)


@at_path("embeds-broken-base64", "Gives base64 that holds other numbers.", "/embeddings")
def _embeds_broken_base64(found: Any) -> Reply:
    for one in found["data"]:
        if isinstance(one["embedding"], str):
            one["embedding"] = "AAAAAAAAAAA="
    return json_reply(200, found)


@mode("no-embeddings", "Has no embeddings: 404.", legal=True)
async def _no_embeddings(request: Request, ask: Ask) -> Reply:
    if request.path.endswith("/embeddings"):
        return error_reply(404, "Not Found")
    return await ask(request)


def _rewords(name: str, says: str) -> Callable[[Reword], Reword]:
    """Register a mode that gives the refusals of chats another form."""

    def register(make: Reword) -> Reword:
        async def change(request: Request, ask: Ask) -> Reply:
            reply = await ask(request)
            if not 400 <= reply.status < 500:
                return reply
            words = json.loads(await whole(reply.body))["error"]["message"]
            return make((reply.status, words))

        chat_mode(name, says, legal=True, group="surfaces")(change)
        return make

    return register


@_rewords("errors-string", "Words its errors as a bare string.")
def _errors_string(error: Any) -> Reply:
    return json_reply(error[0], {"error": error[1]})


@_rewords("errors-detail", "Words its errors as FastAPI does.")
def _errors_detail(error: Any) -> Reply:
    return json_reply(422, {"detail": [{"loc": ["body"], "msg": error[1]}]})


@_rewords("errors-array", "Words its errors as a list of one.")
def _errors_array(error: Any) -> Reply:
    return json_reply(error[0], [{"error": {"code": error[0], "message": error[1]}}])


@_rewords("errors-page", "Words its errors as web pages.")
def _errors_page(error: Any) -> Reply:
    return page_reply(error[0], "Bad Request", error[1])


@_rewords("errors-500", "Answers 500 to any faulty request.")
def _errors_500(error: Any) -> Reply:
    return error_reply(500, error[1])


@_rewords("errors-200", "Answers any faulty request with 200 and an error in it.")
def _errors_200(error: Any) -> Reply:
    return json_reply(200, {"error": {"message": error[1]}})


@chat_mode("never-refuses", "Answers faulty requests, too.", legal=True)
async def _never_refuses(request: Request, ask: Ask) -> Reply:
    body = request.json
    sound = isinstance(body.get("messages"), list) and body.get("temperature") != "hot"
    if sound and (body.get("response_format") or {}).get("type") != "sound":
        return await ask(request)
    plain = {"messages": [{"role": "user", "content": "Write a poem."}], "temperature": 0}
    known = {"model": "endpointscope-tiny", "response_format": None}
    request.__dict__["json"] = body | plain | known
    request.body = json.dumps(request.json).encode()
    return await ask(request)


@chat_mode("context-cut", "Reads only the last 1000 words of a prompt.", legal=True)
async def _context_cut(request: Request, ask: Ask) -> Reply:
    messages = request.json.get("messages") or []
    for message in messages:
        words = str(message.get("content")).split(" ")
        if len(words) > 1000:
            message["content"] = " ".join(words[-1000:])
    request.body = json.dumps(request.json).encode()
    return await ask(request)
