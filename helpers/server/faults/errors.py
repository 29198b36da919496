"""Modes that refuse: the errors of an API itself, in every shape they have in the wild."""

from __future__ import annotations

from typing import Any

from ..http1 import Reply, Request
from ..replies import error_reply, json_reply, page_reply, text_reply
from ..upstream import Ask
from .registry import Change, chat_mode, mode

REFUSABLE = ("temperature", "max_tokens", "seed", "stream_options")
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
    "no-model",
    "Lists its models, then answers 404: the model does not exist.",
    expects="no-such-model",
)
async def _no_model(request: Request, ask: Ask) -> Reply:
    name = request.json.get("model") or ""
    return error_reply(
        404,
        f"The model `{name}` does not exist or you do not have access to it.",
        code="model_not_found",
    )


@mode("html", "Answers 200 with a web page instead of the API.", expects="not-sse", cause="html")
async def _html(request: Request, ask: Ask) -> Reply:
    return page_reply(200, "Welcome", "This server has a web page, but no API here.")


@chat_mode(
    "too-long",
    "Refuses with 400: the prompt does not fit into the context.",
    expects="refused-request",
)
async def _too_long(request: Request, ask: Ask) -> Reply:
    return error_reply(
        400,
        "This model's maximum context length is 1024 tokens. However, your messages resulted in "
        "4096 tokens.",
        code="context_length_exceeded",
        param="messages",
    )


@chat_mode("error-500", "Answers 500 with a web page that says nothing.", expects="server-error")
async def _error_500(request: Request, ask: Ask) -> Reply:
    return page_reply(500, "500 Internal Server Error", "The server encountered an error.")


_failures: dict[tuple[str, bytes], int] = {}


def failing_first(times: int, refuse: Change) -> Change:
    """Return what refuses the same request so many times, then answers it."""

    async def change(request: Request, ask: Ask) -> Reply:
        key = (request.route, request.body)
        failed = _failures.pop(key, 0)
        if failed == times:
            return await ask(request)
        if len(_failures) > 1000:
            _failures.clear()
        _failures[key] = failed + 1
        return await refuse(request, ask)

    return change


async def _loading(request: Request, ask: Ask) -> Reply:
    return error_reply(503, "Loading model", kind="unavailable_error", code="503")


chat_mode("flaky", "Answers 503 the first time and well the second.", expects="server-error")(
    failing_first(1, _loading)
)


def _refuses(*names: str) -> Change:
    async def refuse(request: Request, ask: Ask) -> Reply:
        sent = next((name for name in names if name in request.json), None)
        if sent is None:
            return await ask(request)
        return error_reply(
            400,
            f"Unsupported parameter: '{sent}' is not supported with this model.",
            param=sent,
            code="unsupported_parameter",
        )

    return refuse


for _name in REFUSABLE:
    chat_mode(
        f"refuses-{_name.replace('_', '-')}",
        f"Refuses with 400 any request that sends {_name}.",
        legal=True,
    )(_refuses(_name))
chat_mode(
    "refuses-parameters",
    f"Refuses with 400 any request that sends {', '.join(REFUSABLE[:-1])} or {REFUSABLE[-1]}.",
    expects="refused-request",
)(_refuses(*REFUSABLE))
