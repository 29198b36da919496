"""The error that a server reports, in whichever of many formats."""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass
from typing import Any

from .surrogates import encodable

SHOWN, FEW = 500, 3
_CODES = (
    "code", "status_code", "error_code", "errcode", "errCode", "err_code", "retcode", "ret_code",
    "Code",
)  # fmt: skip
_SAID = (
    "message", "msg", "detail", "error", "description", "reason", "title", "Message",
    "errorMessage", "errorText", "status_msg", "error_msg", "errmsg", "errMsg", "err_msg", "retmsg",
    "ret_msg", "faultstring",
)  # fmt: skip
# Next to a code these say what failed; alone they may be part of an answer.
_BESIDE_A_CODE = (
    "msg", "status_msg", "error_msg", "errmsg", "errMsg", "err_msg", "retmsg", "ret_msg",
)  # fmt: skip
_HOLDERS = ("base_resp", "header", "ResponseMetadata", "meta")
_FAILED = ("failure", "error", "failed")


@dataclass(frozen=True)
class ServerError:
    """An error in the server's own words.

    message:  one readable text, cut at 500 characters
    code:     as the server gave it, numbers as text; "" if it gave none
    type:     the server's word for the kind of error; "" if it gave none
    body:     the whole JSON or text that it came in
    """

    message: str
    code: str = ""
    type: str = ""
    body: str = ""


def server_error(value: Any, body: str = "") -> ServerError | None:
    """The error in a decoded JSON value, None if it has none of the known shapes.

    Known shapes: {"error": {…}}, {"error": "…"}, {"errors": […]}, {"detail": "…"},
    {"detail": [{"loc", "msg"}]}, {"object": "error", "message"}, {"status": "failure"},
    {"message"}, {"code", "msg"}, {"base_resp": {…}}, {"fault": {…}}, {"errcode", "errmsg"},
    {"header": {"code", "message"}}, {"err": "…"}, and an array of any of them.
    """
    found = _found(value)
    if found is None:
        return None
    inner, outer = found
    words = _both(inner, outer) or _words(outer) or dumped(value)
    return ServerError(
        message=encodable(words)[:SHOWN],
        code=_plain(inner, outer, (*_CODES, "status")),
        type=_plain(inner, outer, ("type",)),
        body=encodable(body or dumped(value)),
    )


def text_error(body: str) -> ServerError:
    """The error in a body that is not JSON: a page's title, or the text itself."""
    title = re.search(r"<title[^<>]*>([^<]{1,500})</title", body, re.IGNORECASE)
    words = html.unescape(title[1]) if title else body
    return ServerError(message=" ".join(words[: 4 * SHOWN].split())[:SHOWN], body=body)


def _found(value: Any) -> tuple[Any, dict[str, Any]] | None:
    """The value that holds the error's words, and the object around it; None for no error."""
    if isinstance(value, list):
        return next((found for found in map(_found, value[:8]) if found), None)
    if not isinstance(value, dict):
        return None
    for name in ("error", "errors", "detail", "fault", "err", "Error"):
        if value.get(name):
            return value[name], value
    # AWS names the field after the exception.
    for name in value if len(value) <= FEW else ():
        if name.endswith(("Exception", "Error")) and _words(value[name]):
            return value[name], value
    for name in _HOLDERS:
        inside = value.get(name)
        if isinstance(inside, dict) and (_refuses(inside, "message") or inside.get("Error")):
            return inside.get("Error") or inside, value
    failed = value.get("status") in _FAILED or value.get("success") is False
    kind = value.get("object") == "error" or value.get("type") == "error"
    worded = any(
        isinstance(value.get(name), str) for name in ("message", "Message", "errorMessage")
    )
    if failed or kind or worded or _refuses(value):
        return value, value
    return None


def _both(inner: Any, outer: dict[str, Any]) -> str:
    """An error's message, with details from the fields next to it: {"error": "…", "message"}."""
    words, title = _words(inner), outer.get("title")
    if isinstance(title, str) and inner is outer.get("detail"):
        # RFC 9457: the title says what kind of problem it is, the detail what happened this time.
        return words if not title or title in words else f"{title.rstrip('.')}: {words}"
    if not isinstance(inner, str) or inner is outer.get("detail"):
        return words
    more = (_words(outer.get(name)) for name in ("error_description", "message", "detail"))
    detail = next((one for one in more if one and one not in words), "")
    return f"{words}: {detail}" if detail else words


def _refuses(value: Any, *names: str) -> bool:
    """Whether a code reports a failure, as in {"code": 401, "msg": "…"}; 0 means success."""
    # The words first: hardly any value has them, and each of many events is asked.
    if not any(isinstance(value.get(name), str) for name in (*_BESIDE_A_CODE, *names)):
        return False
    codes = (_plain(value, {}, (name,)) for name in _CODES)
    return any(code not in ("", "0", "200", "ok", "success") for code in codes)


def _words(value: Any) -> str:
    """The message in a value: itself, one of its fields, or those in a list."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, list):
        return "; ".join(filter(None, map(_words, value[:8])))
    if not isinstance(value, dict):
        return ""
    for name in _SAID:
        words = value.get(name)
        if isinstance(words, dict):
            words = _words(words) if name in ("error", "message") else ""
        if isinstance(words, str) and words.strip():
            place = value.get("loc")
            where = ".".join(map(str, place[:8])) + ": " if isinstance(place, list) else ""
            return where + words.strip()
    # ASP.NET and Rails list the errors of each field: {"messages": ["must not be empty"]}.
    fields = [
        (name, _words(reason)) for name, reason in list(value.items())[:8] if type(reason) is list
    ]
    return "; ".join(f"{name}: {reason}" for name, reason in fields if reason)


def _plain(inner: Any, outer: dict[str, Any], names: tuple[str, ...]) -> str:
    """The first of these fields that is a string or a number, as text; "" for none."""
    for holder in (inner, outer):
        for name in names:
            value = holder.get(name) if isinstance(holder, dict) else None
            if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
                return encodable(str(value))[:SHOWN]
    return ""


def dumped(value: Any) -> str:
    """A decoded value as JSON again, "" if it is nested too deeply for that."""
    try:
        return json.dumps(value, ensure_ascii=False)
    except (ValueError, RecursionError):
        return ""
