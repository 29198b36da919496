"""Modes that refuse: what an API says about the model, the request, the account or itself."""

from __future__ import annotations

from ...http1 import Reply, Request
from ...replies import error_reply, json_reply, page_reply
from ...upstream import Ask
from ..registry import Change, chat_mode, mode

REFUSABLE = ("temperature", "max_tokens", "seed", "stream_options")


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
    expects="prompt-too-long",
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
    """A change that refuses the same request this many times, then answers it."""

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


chat_mode(
    "503-loading", "Answers 503 twice while it loads its model, then normally.", expects="loading"
)(failing_first(2, _loading))
chat_mode("flaky", "Answers 503 the first time and normally the second.", legal=True)(
    failing_first(1, _loading)
)


@chat_mode(
    "403-model",
    "Refuses with 403: the key has no access to the model.",
    expects="no-model-access",
)
async def _403_model(request: Request, ask: Ask) -> Reply:
    name = request.json.get("model") or ""
    message = f"Project `proj_demo` does not have access to model `{name}`"
    return error_reply(403, message, code="model_not_found")


@chat_mode(
    "403-plan",
    "Refuses with 403: the subscription does not include the model.",
    expects="no-model-access",
)
async def _403_plan(request: Request, ask: Ask) -> Reply:
    name = request.json.get("model") or ""
    detail = f"Your plan does not include the model {name}. Upgrade to use it."
    return json_reply(403, {"detail": detail})


@chat_mode(
    "403-region",
    "Refuses with 403: the API is not offered in this region.",
    expects="region-blocked",
)
async def _403_region(request: Request, ask: Ask) -> Reply:
    return error_reply(
        403,
        "Country, region, or territory not supported",
        code="unsupported_country_region_territory",
        kind="request_forbidden",
    )


@chat_mode("402", "Refuses with 402: the balance is used up.", expects="payment-required")
async def _402(request: Request, ask: Ask) -> Reply:
    return error_reply(402, "Insufficient Balance", kind="unknown_error", code="402")


@chat_mode("408", "Answers 408: the request took too long.", expects="request-timeout")
async def _408(request: Request, ask: Ask) -> Reply:
    return error_reply(408, "Request timed out.", kind="timeout")


@mode(
    "404-everything-json",
    "Answers every path with the same 404 in JSON.",
    expects="wrong-path",
)
async def _404_everything_json(request: Request, ask: Ask) -> Reply:
    return json_reply(404, {"error": {"code": 404, "message": "File Not Found"}})


@chat_mode(
    "400-mentions-model",
    "Refuses too long a prompt with 400 and names the model.",
    expects="refused-request",
)
async def _400_mentions_model(request: Request, ask: Ask) -> Reply:
    name = request.json.get("model") or ""
    message = f"{name} has a context of 1024 tokens, but 4096 were requested."
    return error_reply(400, message, kind="BadRequestError", code="400")


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
