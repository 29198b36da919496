"""Modes that refuse: every shape that errors have in the wild, with their statuses."""

from __future__ import annotations

from typing import Any

from ..http1 import Headers, Reply, Request
from ..replies import error_reply, json_reply, page_reply, text_reply
from ..upstream import Ask
from .registry import chat_mode, mode

REFUSABLE = ("temperature", "max_tokens", "seed", "stream_options")
WRONG_KEY = "Incorrect API key provided."


@mode(
    "unauthorized",
    "Refuses every request with 401, as for a wrong key.",
    word="",
    trouble="unauthorized",
)
async def _unauthorized(request: Request, ask: Ask) -> Reply:
    return error_reply(
        401,
        "Incorrect API key provided. You can find your API key in your account's settings.",
        code="invalid_api_key",
        headers=(("WWW-Authenticate", 'Bearer realm="demo"'),),
    )


SHAPES_OF_401: dict[str, tuple[str, Any]] = {
    "message": ("an error of nothing but a message", {"error": {"message": WRONG_KEY}}),
    "string": ("an error that is a string", {"error": WRONG_KEY}),
    "detail": ("a detail", {"detail": WRONG_KEY}),
    "details": (
        "a list of details",
        {"detail": [{"loc": ["header", "authorization"], "msg": WRONG_KEY, "type": "value_error"}]},
    ),
    "status": ("a status without a reason", {"status": "failure"}),
    "array": ("an array of one error", [{"error": {"code": 401, "message": WRONG_KEY}}]),
    "int-code": ("a number as its code", {"error": {"message": WRONG_KEY, "code": 401}}),
    "object": ("an object called error", {"object": "error", "message": WRONG_KEY, "code": 401}),
}


def _refuses_with(body: Any) -> Any:
    async def refuse(request: Request, ask: Ask) -> Reply:
        return json_reply(401, body)

    return refuse


for _shape, (_what, _body) in SHAPES_OF_401.items():
    chat_mode(
        f"401-{_shape}", f"Refuses a chat with 401 and {_what}.",
        group="errors", word="", trouble="unauthorized",
    )(_refuses_with(_body))  # fmt: skip


@chat_mode("401-html", "Refuses a chat with 401 and a web page.", word="", trouble="unauthorized")
async def _401_html(request: Request, ask: Ask) -> Reply:
    return page_reply(401, "401 Authorization Required", "nginx")


@chat_mode("401-text", "Refuses a chat with 401 and plain text.", word="", trouble="unauthorized")
async def _401_text(request: Request, ask: Ask) -> Reply:
    return text_reply(401, "Unauthorized", "text/plain")


@chat_mode("401-empty", "Refuses a chat with 401 and no word.", word="", trouble="unauthorized")
async def _401_empty(request: Request, ask: Ask) -> Reply:
    return text_reply(401, "", "text/plain")


@chat_mode(
    "400-key",
    "Refuses a wrong key with 400, as if the request were wrong.",
    word="",
    trouble="unauthorized",
)
async def _400_key(request: Request, ask: Ask) -> Reply:
    error = {
        "message": "No connected db.",
        "type": "no_db_connection",
        "param": None,
        "code": "400",
    }
    return json_reply(400, {"error": error})


@chat_mode(
    "no-model",
    "Lists its models, then answers 404: the model does not exist.",
    word="",
    trouble="no-such-model",
)
async def _no_model(request: Request, ask: Ask) -> Reply:
    name = request.json.get("model") or ""
    return error_reply(
        404,
        f"The model `{name}` does not exist or you do not have access to it.",
        code="model_not_found",
    )


@chat_mode(
    "no-path", "Answers 404: there is nothing below this path.", word="", trouble="wrong-path"
)
async def _no_path(request: Request, ask: Ask) -> Reply:
    return json_reply(404, {"detail": "Not Found"})


@mode("html", "Answers 200 with a web page in place of the API.", word="not SSE", cause="html")
async def _html(request: Request, ask: Ask) -> Reply:
    return page_reply(200, "Welcome", "This server has a web page, and no API here.")


@chat_mode(
    "too-long",
    "Refuses with 400: the prompt does not fit into the context.",
    word="",
    trouble="refused-request",
)
async def _too_long(request: Request, ask: Ask) -> Reply:
    return error_reply(
        400,
        "This model's maximum context length is 1024 tokens. However, your messages resulted in "
        "4096 tokens.",
        code="context_length_exceeded",
        param="messages",
    )


def _limited(message: str, code: str, headers: Headers = ()) -> Reply:
    return error_reply(429, message, code=code, kind="requests", headers=headers)


@chat_mode("rate-limited", "Answers 429 with Retry-After: 20.", word="", trouble="rate-limited")
async def _rate_limited(request: Request, ask: Ask) -> Reply:
    message = "Rate limit reached. Please try again in 20s."
    return _limited(message, "rate_limit_exceeded", (("Retry-After", "20"),))


@chat_mode(
    "rate-limited-date", "Answers 429 with a date in Retry-After.", word="", trouble="rate-limited"
)
async def _rate_limited_date(request: Request, ask: Ask) -> Reply:
    date = "Wed, 21 Oct 2099 07:28:00 GMT"
    return _limited("Rate limit reached.", "rate_limit_exceeded", (("Retry-After", date),))


@chat_mode(
    "rate-limited-mute", "Answers 429 and does not say how long.", word="", trouble="rate-limited"
)
async def _rate_limited_mute(request: Request, ask: Ask) -> Reply:
    return _limited("Too many requests.", "rate_limit_exceeded")


@chat_mode(
    "no-credit", "Answers 429: the account's quota is used up.", word="", trouble="rate-limited"
)
async def _no_credit(request: Request, ask: Ask) -> Reply:
    return _limited("You exceeded your current quota.", "insufficient_quota")


@chat_mode(
    "error-500", "Answers 500 with a web page that tells nothing.", word="", trouble="server-error"
)
async def _error_500(request: Request, ask: Ask) -> Reply:
    return page_reply(500, "500 Internal Server Error", "The server met an error.")


@chat_mode(
    "error-502",
    "Answers 502, as a proxy does before a server that is down.",
    word="",
    trouble="server-error",
)
async def _error_502(request: Request, ask: Ask) -> Reply:
    return page_reply(502, "502 Bad Gateway", "nginx")


@chat_mode(
    "error-504",
    "Answers 504, as a proxy does before a server that is slow.",
    word="",
    trouble="server-error",
)
async def _error_504(request: Request, ask: Ask) -> Reply:
    return page_reply(504, "504 Gateway Time-out", "nginx")


_failed_once: set[bytes] = set()


@chat_mode(
    "flaky", "Answers 503 the first time and well the second.", word="", trouble="server-error"
)
async def _flaky(request: Request, ask: Ask) -> Reply:
    if request.body in _failed_once:
        _failed_once.remove(request.body)
        return await ask(request)
    if len(_failed_once) > 1000:
        _failed_once.clear()
    _failed_once.add(request.body)
    return error_reply(503, "Loading model", kind="unavailable_error", code="503")


def _refuses(*names: str) -> Any:
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
        f"refuses-{_name.replace('_', '-')}", f"Refuses with 400 whoever sends {_name}.",
        group="errors", legal=True,
    )(_refuses(_name))  # fmt: skip
chat_mode(
    "refuses-parameters", f"Refuses with 400 whoever sends one of {', '.join(REFUSABLE)}.",
    group="errors", word="", trouble="refused-request",
)(_refuses(*REFUSABLE))  # fmt: skip
