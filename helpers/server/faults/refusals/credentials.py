"""Modes that refuse a missing or wrong key: 401 in every shape, and statuses used in its place."""

from __future__ import annotations

from typing import Any

from ...http1 import Reply, Request, header
from ...replies import error_reply, json_reply, page_reply, text_reply
from ...upstream import Ask
from ..registry import Change, chat_mode, mode

WRONG_KEY = "Incorrect API key provided."


@mode("unauthorized", "Refuses every request with 401, as for a wrong key.", expects="unauthorized")
async def _unauthorized(request: Request, ask: Ask) -> Reply:
    return error_reply(
        401,
        "Incorrect API key provided. You can find your API key in your account's settings.",
        code="invalid_api_key",
        headers=(("WWW-Authenticate", 'Bearer realm="demo"'),),
    )


SHAPES_OF_401: dict[str, tuple[str, Any]] = {
    "message": ("an error that has only a message", {"error": {"message": WRONG_KEY}}),
    "string": ("an error that is a string", {"error": WRONG_KEY}),
    "detail": ("a detail", {"detail": WRONG_KEY}),
    "details": (
        "a list of details",
        {"detail": [{"loc": ["header", "authorization"], "msg": WRONG_KEY, "type": "value_error"}]},
    ),
    "status": ("a status without a reason", {"status": "failure"}),
    "array": ("an array of one error", [{"error": {"code": 401, "message": WRONG_KEY}}]),
    "int-code": ("a number as its code", {"error": {"message": WRONG_KEY, "code": 401}}),
    "object": ('an object of type "error"', {"object": "error", "message": WRONG_KEY, "code": 401}),
}


def _refuses_with(body: Any) -> Change:
    async def refuse(request: Request, ask: Ask) -> Reply:
        return json_reply(401, body)

    return refuse


for _shape, (_what, _body) in SHAPES_OF_401.items():
    chat_mode(f"401-{_shape}", f"Refuses a chat with 401 and {_what}.", expects="unauthorized")(
        _refuses_with(_body)
    )


@chat_mode("401-html", "Refuses a chat with 401 and a web page.", expects="unauthorized")
async def _401_html(request: Request, ask: Ask) -> Reply:
    return page_reply(401, "401 Authorization Required", "nginx")


@chat_mode("401-text", "Refuses a chat with 401 and plain text.", expects="unauthorized")
async def _401_text(request: Request, ask: Ask) -> Reply:
    return text_reply(401, "Unauthorized", "text/plain")


@chat_mode("401-empty", "Refuses a chat with 401 and an empty body.", expects="unauthorized")
async def _401_empty(request: Request, ask: Ask) -> Reply:
    return text_reply(401, "", "text/plain")


@chat_mode(
    "400-key",
    "Refuses a wrong key with 400, as if the request were wrong.",
    expects="unauthorized",
)
async def _400_key(request: Request, ask: Ask) -> Reply:
    return error_reply(400, "No connected db.", code="400", kind="no_db_connection")


@chat_mode(
    "401-basic",
    "Asks for a user and a password (WWW-Authenticate: Basic).",
    expects="basic-auth",
)
async def _401_basic(request: Request, ask: Ask) -> Reply:
    title = "401 Authorization Required"
    wanted = (("WWW-Authenticate", 'Basic realm="Restricted"'),)
    return page_reply(401, title, "nginx/1.27.3", wanted)


@chat_mode(
    "500-no-key",
    "Answers 500 to a request without a key, as LiteLLM does.",
    expects="unauthorized",
)
async def _500_no_key(request: Request, ask: Ask) -> Reply:
    if header(request.headers, "authorization"):
        return await ask(request)
    message = "Authentication Error, No api key passed in."
    return error_reply(500, message, code="500", kind="auth_error", param="None")
