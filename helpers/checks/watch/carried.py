"""The keys that a program's request carries: masked as if they had been configured."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

from ...secrets.shapes import SHORTEST_ALONE, is_secret_name
from ...wire.parsing import parsed
from ...wire.recording import Headers

# Some clients send the key in the body. A prompt_cache_key is none.
_IN_BODY = re.compile(r"(?:api_?key|^key|token|secret|password|credentials?)$", re.I)
_NAME = "authorization"


def carried(target: str, headers: Headers, body: bytes) -> Headers:
    """The secrets of a request as the headers that an endpoint of such a key would have."""
    found = {*_in_headers(headers), *_in_target(target), *_in_body(body)}
    return tuple((_NAME, value) for value in sorted(found))


def _in_headers(headers: Headers) -> Iterator[str]:
    for name, value in headers:
        if not is_secret_name(name):
            continue
        if name.lower() == "cookie":
            yield from (part.partition("=")[2].strip() for part in value.split(";"))
            continue
        scheme, _, credential = value.rpartition(" ")
        yield credential
        if scheme.strip().lower() == "basic":
            yield from _decoded(credential)


def _in_target(target: str) -> Iterator[str]:
    query = parse_qsl(urlsplit(f"//host{target}").query)
    yield from (value for name, value in query if is_secret_name(name))


def _in_body(body: bytes) -> Iterator[str]:
    fields = parsed(body) if body.lstrip().startswith(b"{") else None
    for name, value in fields.items() if isinstance(fields, dict) else ():
        if isinstance(value, str) and _IN_BODY.search(name):
            yield value


def _decoded(credential: str) -> Iterator[str]:
    """Yield user and password of Basic authentication; a short password may be any word."""
    try:
        userinfo = base64.b64decode(credential).decode()
    except ValueError:
        return
    yield userinfo
    if len(password := userinfo.partition(":")[2]) >= SHORTEST_ALONE:
        yield password
