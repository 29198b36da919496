"""The keys that a program's request carries: masked as if they had been configured."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, unquote

from ...secrets.shapes import (
    SHORTEST_ALONE,
    in_address,
    is_key_for_model,
    is_plain_key,
    is_secret_name,
)
from ...wire.parsing import parsed
from ...wire.recording import Headers

# Some clients send the key in the body. A prompt_cache_key is none.
_IN_BODY = re.compile(r"(?:api_?key|^key|token|secret|password|credentials?)$", re.I)
_DEEPEST = 3
_NAME = "authorization"


def carried(target: str, headers: Headers, body: bytes) -> Headers:
    """The secrets of a request as the headers that an endpoint of such a key would have."""
    found = {*_in_headers(headers), *_in_target(target), *_in_body(body)}
    return tuple((_NAME, value) for value in sorted(found))


def _in_headers(headers: Headers) -> Iterator[str]:
    for name, value in headers:
        if not is_secret_name(name):
            yield from (word for word in value.split() if is_plain_key(word))
            continue
        if name.lower() == "cookie":
            yield from (part.partition("=")[2].strip() for part in value.split(";"))
            continue
        scheme, _, credential = value.rpartition(" ")
        yield credential
        if scheme.strip().lower() == "basic":
            yield from _decoded(credential)


def _in_target(target: str) -> Iterator[str]:
    """Yield what is secret in a path and its query, by its name or by its shape."""
    path, _, query = target.partition("?")
    yield from (value for name, value in parse_qsl(query) if is_secret_name(name))
    yield from in_address(f"//host/?{query}")
    parts = map(unquote, path.split("/"))
    yield from (part for part in parts if is_plain_key(part) or is_key_for_model(part))


def _in_body(body: bytes) -> Iterator[str]:
    fields = parsed(body) if body.lstrip().startswith(b"{") else None
    yield from _in_fields(fields, _DEEPEST)


def _in_fields(fields: object, depth: int) -> Iterator[str]:
    """Yield the secrets of an object and of those inside it; lists hold what is said."""
    for name, value in fields.items() if isinstance(fields, dict) and depth else ():
        if isinstance(value, str) and _IN_BODY.search(name):
            yield value
        yield from _in_fields(value, depth - 1)


def _decoded(credential: str) -> Iterator[str]:
    """Yield user and password of Basic authentication; a short password may be any word."""
    try:
        userinfo = base64.b64decode(credential).decode()
    except ValueError:
        return
    yield userinfo
    if len(password := userinfo.partition(":")[2]) >= SHORTEST_ALONE:
        yield password
